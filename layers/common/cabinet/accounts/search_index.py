"""The rows by which the desk finds accounts: written with the account, read a page at a time."""

from collections.abc import Callable, Iterable

from cabinet.accounts.keys import account_key, holder_changes_partition
from cabinet.accounts.model import Account, Address
from cabinet.accounts.search_index_rules import index_rows
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table, Transaction
from cabinet.core.identifiers import supplier_part

PAGE_SIZE = 100
"""Maximum accounts read in one search: a batch reads no more."""
_IS_OF_ACCOUNT = "attribute_not_exists(pk) OR #account_id = :account_id"


def changes_of_rows(
    before: Item | None, after: Item | None, account_id: str
) -> list[Callable[[Transaction], object]]:
    """Return the writes by which an account's rows follow its item; for the transaction of the item's change.

    `before` and `after` have the item's ``holder`` and ``address``, and ``holder_since`` and ``bound`` if the
    item has them; None where there is no account.
    """
    old, new = _rows(before, account_id), _rows(after, account_id)
    return [_put(row) for row in new if row not in old] + [_delete(row) for row in old if row not in new]


def write_rows(accounts: Iterable[Item]) -> int:
    """Write the rows of accounts from before there was an index, and return how many; safe to repeat."""
    written = 0
    transaction = Transaction()
    for row in (row for item in accounts for row in _rows(item, item["account_id"])):
        if len(transaction) == dynamo.MAX_ACTIONS:
            transaction.commit()
            transaction = Transaction()
        _put(row)(transaction)
        written += 1
    if len(transaction):
        transaction.commit()
    return written


def find(partition: str, begins: str, covers: Callable[[list[str]], bool]) -> tuple[list[Account], bool]:
    """Return accounts of the suppliers that `covers` says, and whether the page was full; a query, a batch.

    The caller compares them with what was asked: a row may be older than its account.
    """
    page = dynamo.query(Table.ACCOUNTS, partition, begins=begins, limit=PAGE_SIZE)
    named = [row["account_id"] for row in page.items if covers([supplier_part(row["account_id"])])]
    rows = dynamo.batch_get([(Table.ACCOUNTS, account_key(each)) for each in dict.fromkeys(named)])
    return [Account.model_validate(row) for row in rows if row is not None], page.next_key is not None


def holder_changes(supplier_id: str, limit: int) -> list[Account]:
    """Return accounts whose holder changed while they were bound, newest first; a query, a batch."""
    page = dynamo.query(Table.ACCOUNTS, holder_changes_partition(supplier_id), limit=limit, newest_first=True)
    rows = dynamo.batch_get([(Table.ACCOUNTS, account_key(row["account_id"])) for row in page.items])
    return [Account.model_validate(row) for row in rows if row is not None]


def _rows(item: Item | None, account_id: str) -> list[Item]:
    if item is None:
        return []
    changed_on = (item.get("holder_since") or "") if item.get("bound") else ""
    return index_rows(account_id, item["holder"], Address.model_validate(item["address"]), changed_on)


def _put(row: Item) -> Callable[[Transaction], object]:
    """Return the write of a row, which may exist already: its content never differs."""
    return lambda transaction: transaction.put(
        Table.ACCOUNTS, row, condition=_IS_OF_ACCOUNT, on_conflict=dynamo.conflict,
        account_id=row["account_id"],
    )  # fmt: skip


def _delete(row: Item) -> Callable[[Transaction], object]:
    return lambda transaction: transaction.delete(
        Table.ACCOUNTS, (row["pk"], row["sk"]), condition=_IS_OF_ACCOUNT, on_conflict=dynamo.conflict,
        account_id=row["account_id"],
    )  # fmt: skip
