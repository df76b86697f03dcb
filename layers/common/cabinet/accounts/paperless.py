"""Paper opt-outs of an account, and the line that reports their changes to the supplier.

An account may have several subscribers: nothing is printed while any of them has opted out. So each
account has a row of those who have, and a line waits for the registry whenever the first refuses or the last
withdraws (`exchange/exports/paperless.py` carries it out); a supplier with a webhook gets an event too.
"""

from cabinet.accounts.keys import supplier_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Item, Key, Table, Transaction
from cabinet.core.errors import Conflict
from cabinet.core.identifiers import supplier_part
from cabinet.core.sharding import shard_for
from cabinet.webhooks.events import WebhookEvent, enqueue_event
from cabinet.webhooks.model import EventKind

QUEUE_SHARDS = 4

_VERSION_UNCHANGED = "#turn = :seen"


class StalePaperless(Conflict):
    """Another subscriber of the account has decided meanwhile: look again."""


def paperless_key(account_id: str) -> Key:
    """Return the key of an account's row."""
    return f"PAPERLESS#{account_id}", "ACCOUNT"


def queue_partition(supplier_id: str, shard: int) -> str:
    """Return one shard of a supplier's lines that no registry has carried out yet."""
    return f"EXPORT#refusals#{supplier_id}#{shard}"


def get_row(account_id: str) -> Item | None:
    """Return an account's row, for `record_decision`."""
    return dynamo.get(Table.ACCOUNTS, paperless_key(account_id), consistent=True)


def record_decision(
    transaction: Transaction, account_id: str, user_id: str, record: Item, existing: Item | None,
    *, has_webhook: bool | None = None,
) -> None:  # fmt: skip
    """Add a subscriber's decision to the transaction that keeps it on the binding.

    Parameters
    ----------
    record
        The decision: ``enabled`` (refused, or paper again), ``at``, and the statement's ``version`` and
        ``sha256``.
    existing
        What `get_row` has shown; the transaction is refused (StalePaperless) when that is no longer so.
    has_webhook
        Whether the supplier is notified by a webhook; None: looked up if there is something to report.
    """
    before: dict[str, Item] = (existing or {}).get("refused_by", {})
    after = {user: theirs for user, theirs in before.items() if user != user_id}
    if record["enabled"]:
        after[user_id] = {name: record[name] for name in ("at", "version", "sha256")}
    version = int((existing or {}).get("turn", 0)) + 1
    pk, sk = paperless_key(account_id)
    row = {"pk": pk, "sk": sk, "account_id": account_id, "refused_by": after, "turn": version}
    if existing is None:
        transaction.put(Table.ACCOUNTS, row, condition=IS_ABSENT, on_conflict=StalePaperless)
    else:
        transaction.put(
            Table.ACCOUNTS,
            row,
            condition=_VERSION_UNCHANGED,
            on_conflict=StalePaperless,
            seen=existing["turn"],
        )
    if bool(before) != bool(after):
        _notify_supplier(transaction, account_id, record, version, has_webhook)


MAX_WITHDRAWAL_ACTIONS = 2
"""The account's row and its line in the export queue; one more where the supplier has a webhook."""


def withdraw_all(
    transaction: Transaction, account_id: str, at: str, existing: Item | None, *, has_webhook: bool
) -> None:
    """Add the withdrawal of all opt-outs to the transaction that changes the account's holder.

    The opt-out was made by the former holder, or under that name: the new holder gets paper.
    """
    refused_by: dict[str, Item] = (existing or {}).get("refused_by", {})
    if existing is None or not refused_by:
        return
    record = max(refused_by.values(), key=lambda each: str(each["at"])) | {"enabled": False, "at": at}
    version = int(existing["turn"]) + 1
    transaction.put(
        Table.ACCOUNTS,
        existing | {"refused_by": {}, "turn": version},
        condition=_VERSION_UNCHANGED, on_conflict=StalePaperless, seen=existing["turn"],
    )  # fmt: skip
    _notify_supplier(transaction, account_id, record, version, has_webhook)


def restore_all(transaction: Transaction, row: Item, at: str) -> None:
    """Restore the opt-outs in `row` that a mistaken registry withdrew, in the transaction that undoes it.

    The withdrawal may have been reported to the supplier already, so the opt-out is reported again: the last
    line of an account counts.
    """
    account_id, version = str(row["account_id"]), int(row["turn"]) + 1
    latest = max(row["refused_by"].values(), key=lambda each: str(each["at"]))
    transaction.put(
        Table.ACCOUNTS, row | {"turn": version}, condition=_VERSION_UNCHANGED, on_conflict=StalePaperless,
        seen=row["turn"],
    )  # fmt: skip
    _notify_supplier(transaction, account_id, latest | {"enabled": True, "at": at}, version, None)


def _notify_supplier(
    transaction: Transaction, account_id: str, record: Item, version: int, has_webhook: bool | None
) -> None:
    """Add the registry's line and, where there is a webhook, the event; the next sweep sends the event."""
    transaction.put(
        Table.ACCOUNTS, _line(account_id, record, version), condition=IS_ABSENT, on_conflict=StalePaperless
    )
    if has_webhook is None:
        supplier = dynamo.get(Table.ACCOUNTS, supplier_key(supplier_part(account_id)))
        has_webhook = bool(supplier and supplier.get("webhook"))
    if has_webhook:
        data = {"paperless": bool(record["enabled"]), "decided_at": record["at"]}
        enqueue_event(transaction, WebhookEvent(EventKind.PAPERLESS_CHANGED, account_id, f"{version}", data))


def _line(account_id: str, record: Item, version: int) -> Item:
    supplier_id, _, number = account_id.partition(":")
    return {
        "pk": queue_partition(supplier_id, shard_for(account_id, QUEUE_SHARDS)),
        "sk": f"{account_id}#{version:010d}",
        "turn": version,
        "ls": number,
        "refused": int(record["enabled"]),
        "at": record["at"],
        "statement_version": record["version"],
        "statement_sha256": record["sha256"],
    }
