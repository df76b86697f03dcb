"""Where the rows come from: page by page, never more of them in memory than one window."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import batched

from cabinet.accounts.keys import account_key, account_partition
from cabinet.accounts.model import Account
from cabinet.accounts.store import accounts_of_supplier
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import BATCH_LIMIT, Item, Key, Table
from cabinet.billing.keys import receipt_key
from cabinet.billing.model import split_receipt_id
from cabinet.core.periods import Period, shift_period
from cabinet.exchange.gis.model import Outcome
from cabinet.exchange.gis.payment_row_rules import PaymentPart, payment_parts, payment_row
from cabinet.exchange.gis.reading_row_rules import month_values, needs_history, reading_row, values_in_meter
from cabinet.exchange.gis.template_rules import GisKind
from cabinet.metering.meter_summaries import meters_from_summaries
from cabinet.metering.model import Meter, Reading
from cabinet.metering.queries import list_meters
from cabinet.payments.keys import EXPORT_QUEUE_SHARDS, GSI_BY_SUBSCRIBER, supplier_payments_partition

THREADS = 8
_WINDOW = 256
"""Accounts whose meters are read together."""
_PAGE = 500
_PARTS_TOGETHER = BATCH_LIMIT // 2
_HISTORY_MONTHS = 2
"""Months before and after the asked one in which readings of it may have been taken."""

type Source = Callable[[Supplier, Period, Collection[str]], Iterator[Outcome]]
"""Yields the rows of a supplier's month for a template that has some columns."""


def reading_rows(supplier: Supplier, period: Period, columns: Collection[str]) -> Iterator[Outcome]:
    """Yield a row for each meter that was read for the month, whoever submitted it."""

    def rows_of(row: Item) -> list[Outcome]:
        return _rows_of_account(Account.model_validate(row), period, columns)

    with ThreadPoolExecutor(THREADS) as executor:
        for window in batched(accounts_of_supplier(supplier.supplier_id), _WINDOW, strict=False):
            for rows in executor.map(rows_of, window):
                yield from rows


def payment_rows(supplier: Supplier, period: Period, columns: Collection[str]) -> Iterator[Outcome]:
    """Yield a row for each receipt that was paid here in the month, by the supplier's clock."""
    for parts in batched(_parts(supplier.supplier_id, period), _PARTS_TOGETHER, strict=False):
        yield from _rows_of_parts(parts, columns)


SOURCES: dict[GisKind, Source] = {"readings": reading_rows, "payments": payment_rows}


def _rows_of_account(account: Account, period: Period, columns: Collection[str]) -> list[Outcome]:
    if not _may_have_readings(account, period):
        return []
    found = []
    for meter in list_meters(account.account_id):
        values = values_in_meter(meter, period)
        if needs_history(meter, values, period):
            values = month_values(_history(account.account_id, meter, period), period)
        row = reading_row(account, meter, values, period, columns)
        if row is not None:
            found.append(row)
    return found


def _may_have_readings(account: Account, period: Period) -> bool:
    """Tell by the account's own item whether any of its meters was read for the month or later."""
    known = meters_from_summaries(account)
    if known is None:
        return True
    asked = f"{period}-01"
    return any(
        (reading.period or "") >= period or reading.taken_on.isoformat() >= asked
        for meter in known
        for reading in meter.last.values()
    )


def _history(account_id: str, meter: Meter, period: Period) -> Iterator[Reading]:
    prefix = f"READING#{meter.meter_id}#"
    first, last = (shift_period(period, months) for months in (-_HISTORY_MONTHS, _HISTORY_MONTHS))
    rows = dynamo.query_all(
        Table.ACCOUNTS, account_partition(account_id), between=(f"{prefix}{first}-", f"{prefix}{last}-~")
    )
    return (Reading.model_validate(row) for row in rows)


def _parts(supplier_id: str, period: Period) -> Iterator[PaymentPart]:
    between = f"{period}-01", f"{period}-31~"
    for shard in range(EXPORT_QUEUE_SHARDS):
        rows = dynamo.query_all(
            Table.PAYMENTS, supplier_payments_partition(supplier_id, shard), index=GSI_BY_SUBSCRIBER,
            between=between, limit=_PAGE,
        )  # fmt: skip
        for row in rows:
            yield from payment_parts(row)


def _rows_of_parts(parts: tuple[PaymentPart, ...], columns: Collection[str]) -> Iterator[Outcome]:
    keys: list[tuple[Table, Key]] = [(Table.ACCOUNTS, account_key(part.account_id)) for part in parts]
    keys += [
        (Table.ACCOUNTS, receipt_key(part.account_id, *split_receipt_id(part.receipt_id))) for part in parts
    ]
    found = dynamo.batch_get(keys, attributes=_READ)
    for part, account, receipt in zip(parts, found[: len(parts)], found[len(parts) :], strict=True):
        document = str((receipt or {}).get("gis_document", ""))
        yield payment_row(part, Account.model_validate(account) if account else None, document, columns)


_READ = ("account_id", "supplier_id", "holder", "address", "els", "izhku", "gis_document")
"""Attributes of accounts and receipts that the rows use or the model requires."""
