"""Receipts, documents and payments in storage: read a page at a time, never the whole history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cabinet import dynamo
from cabinet.accounts.keys import account_partition, receipt_key
from cabinet.billing.model import AccountPayment, Receipt
from cabinet.dynamo import Table
from cabinet.periods import Period
from cabinet.wire import Item

PAGE = 24
"""Lines on one page of a list: two years of receipts."""
KINDS = 10
"""Kinds of receipts that an account may have at once."""


@dataclass(frozen=True, slots=True)
class Lines[T]:
    """A page of a list, and the raw key where the next one begins."""

    items: list[T]
    next_key: Item | None


def receipts_at(account_id: str, wanted: Sequence[tuple[Period, str]]) -> list[Receipt]:
    """Return the receipts of the given periods and kinds, in one round trip; absent ones are left out."""
    keys = [(Table.ACCOUNTS, receipt_key(account_id, period, kind)) for period, kind in wanted]
    rows = dynamo.batch_get(keys) if keys else []
    return [Receipt.model_validate(row) for row in rows if row is not None]


def receipts_of(account_id: str, period: Period) -> list[Receipt]:
    """Return all receipts of one month; one query."""
    prefix = f"RECEIPT#{period}#"
    page = dynamo.query(Table.ACCOUNTS, account_partition(account_id), begins=prefix, limit=KINDS)
    return [Receipt.model_validate(row) for row in page.items]


def payments(
    account_id: str, after: Item | None = None, *, before: date | None = None
) -> Lines[AccountPayment]:
    """Return a page of «История оплат», the last received first; with `before`, of earlier days alone."""
    page = _page(account_id, "PAYMENT#", after, f"PAYMENT#{before}" if before else "PAYMENT#~")
    return Lines([AccountPayment.model_validate(row) for row in page.items], page.next_key)


def documents(account_id: str, after: Item | None = None) -> Lines[Item]:
    """Return a page of «Документы» ({document_id, title, issued_on}), the newest period first."""
    page = _page(account_id, "DOCUMENT#", after, "DOCUMENT#~")
    return Lines(page.items, page.next_key)


def _page(account_id: str, low: str, after: Item | None, high: str) -> dynamo.Page:
    return dynamo.query(
        Table.ACCOUNTS,
        account_partition(account_id),
        between=(low, high),
        limit=PAGE,
        after=after,
        newest_first=True,
    )
