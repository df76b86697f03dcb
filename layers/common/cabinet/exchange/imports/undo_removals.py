"""Receipts that a person has removed since an import: its undo does not restore them in the account.

The account's item as the import found it names them. If it names some that were ever removed
(`row_removal`), the list of documents says which of them are gone.
"""

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table
from cabinet.billing.receipt_removal_rules import ReceiptName
from cabinet.core.periods import Period
from cabinet.exchange.imports.undo_rules import UndoDecision, exclude_removed_receipts, removed_receipts


def apply_removals(undo: UndoDecision) -> None:
    """Correct what the account's item is to say; nothing is read if nothing was ever removed.

    The condition of the account's item ensures that nothing more is removed before it is written.
    """
    if not removed_receipts(undo):
        return
    partition = undo.changes[0].key[0]
    targets = {change.key[1]: change.target for change in undo.changes}
    documents = dynamo.query_all(Table.ACCOUNTS, partition, begins="DOCUMENT#", consistent=True)
    remaining = {_name(str(row["sk"])) for row in documents if targets.get(str(row["sk"]), row) is not None}
    last: dict[str, Period] = {}
    for period, kind in remaining:
        last[kind] = max(period, last.get(kind, ""))
    newest: dict[str, Item] = {}
    for kind, period in last.items():
        sort_key = f"RECEIPT#{period}#{kind}"
        row = targets.get(sort_key) or dynamo.get(Table.ACCOUNTS, (partition, sort_key), consistent=True)
        if row is not None:
            newest[kind] = row
    exclude_removed_receipts(undo, remaining, newest)


def _name(sort_key: str) -> ReceiptName:
    _, period, kind = sort_key.split("#", 2)
    return period, kind
