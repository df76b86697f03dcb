"""Receipts, documents and payments in storage: read a page at a time, never the whole history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cabinet.accounts.keys import account_partition
from cabinet.accounts.model import Account
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table
from cabinet.billing import rules
from cabinet.billing.keys import receipt_key
from cabinet.billing.model import AccountPayment, ChargeLine, Receipt
from cabinet.core.periods import Period, shift_period

PAGE_SIZE = 24
"""Lines on one page of a list: two years of receipts."""
MAX_KINDS = 10
"""Kinds of receipts that an account may have at once."""


@dataclass(frozen=True, slots=True)
class Page[T]:
    """A page of a list, and the raw key where the next one begins."""

    items: list[T]
    next_key: Item | None


def get_receipts(account_id: str, wanted: Sequence[tuple[Period, str]]) -> list[Receipt]:
    """Return the receipts of the given periods and kinds, in one round trip; absent ones are left out."""
    keys = [(Table.ACCOUNTS, receipt_key(account_id, period, kind)) for period, kind in wanted]
    rows = dynamo.batch_get(keys) if keys else []
    return [Receipt.model_validate(row) for row in rows if row is not None]


def list_receipts(account_id: str, period: Period) -> list[Receipt]:
    """Return all receipts of one month; one query."""
    prefix = f"RECEIPT#{period}#"
    page = dynamo.query(Table.ACCOUNTS, account_partition(account_id), begins=prefix, limit=MAX_KINDS)
    return [Receipt.model_validate(row) for row in page.items]


def list_receipts_shown(account: Account, period: Period | None) -> list[Receipt]:
    """Return the receipts of one month that the account's reader may see; without a month none."""
    if period is None or not account.shows(period):
        return []
    return list_receipts(account.account_id, period)


def list_two_months(account: Account, period: Period) -> tuple[list[Receipt], list[Receipt]]:
    """Return the shown receipts of one month and of the month before; one query."""
    previous = shift_period(period, -1)
    page = dynamo.query(
        Table.ACCOUNTS,
        account_partition(account.account_id),
        between=(f"RECEIPT#{previous}#", f"RECEIPT#{period}#~"),
        limit=2 * MAX_KINDS,
        newest_first=True,
    )
    receipts = [each for each in map(Receipt.model_validate, page.items) if account.shows(each.period)]
    return (
        [receipt for receipt in receipts if receipt.period == period],
        [receipt for receipt in receipts if receipt.period == previous],
    )


def list_months(account: Account, last: Period, months: int) -> list[Receipt]:
    """Return the shown receipts of `months` months up to `last`, the newest first; one query.

    What one answer of the table cannot hold is left out by whole months, the oldest first.
    """
    first = shift_period(last, 1 - months)
    page = dynamo.query(
        Table.ACCOUNTS,
        account_partition(account.account_id),
        between=(f"RECEIPT#{first}#", f"RECEIPT#{last}#~"),
        limit=months * MAX_KINDS,
        newest_first=True,
    )
    receipts = [Receipt.model_validate(row) for row in page.items]
    whole = [each for each in receipts if page.next_key is None or each.period > receipts[-1].period]
    return [each for each in whole if account.shows(each.period)]


def last_charges(account: Account) -> list[ChargeLine]:
    """Return the charges of the account's newest receipt of each kind, the newest first."""
    receipts = get_receipts(account.account_id, rules.latest_receipts(account, MAX_KINDS))
    return [line for receipt in rules.newest_first(receipts) for line in receipt.charges]


def list_payments(
    account_id: str, after: Item | None = None, *, since: date | None = None, before: date | None = None
) -> Page[AccountPayment]:
    """Return a page of «История оплат», the last received first; of `since` or later, earlier than `before`.

    A payment of zero was withdrawn by a registry: it is stored, but not shown.
    """
    low, high = f"PAYMENT#{since or ''}", f"PAYMENT#{before}" if before else "PAYMENT#~"
    page = _query_page(account_id, low, after, high)
    return Page([AccountPayment.model_validate(row) for row in page.items if row["amount"]], page.next_key)


def list_documents(account_id: str, after: Item | None = None, *, since: Period | None = None) -> Page[Item]:
    """Return a page of «Документы» ({document_id, title, issued_on}) of `since` or later, newest first."""
    page = _query_page(account_id, f"DOCUMENT#{since or ''}", after, "DOCUMENT#~")
    return Page(page.items, page.next_key)


def _query_page(account_id: str, low: str, after: Item | None, high: str) -> dynamo.Page:
    return dynamo.query(
        Table.ACCOUNTS,
        account_partition(account_id),
        between=(low, high),
        limit=PAGE_SIZE,
        after=after,
        newest_first=True,
    )
