"""Who has refused paper for an account, and the line that tells the supplier when that changes.

An account may have several subscribers: nothing is printed while any of them has refused paper. So each
account has a row of those who have, and a line waits for the registry whenever the first refuses or the last
withdraws (`accounts/exports.py` carries it out).
"""

from cabinet import dynamo
from cabinet.dynamo import IS_ABSENT, Key, Table, Transaction
from cabinet.errors import Conflict
from cabinet.shards import shard_of
from cabinet.wire import Item

WAITING_SHARDS = 4

_AS_READ = "#turn = :seen"


class RefusalsMoved(Conflict):
    """Another subscriber of the account has decided meanwhile: look again."""


def refusals_key(account_id: str) -> Key:
    """Return the key of an account's row."""
    return f"PAPERLESS#{account_id}", "ACCOUNT"


def waiting_partition(supplier_id: str, shard: int) -> str:
    """Return one shard of a supplier's lines that no registry has carried out yet."""
    return f"EXPORT#refusals#{supplier_id}#{shard}"


def read(account_id: str) -> Item | None:
    """Return an account's row, for `decide`."""
    return dynamo.get(Table.ACCOUNTS, refusals_key(account_id), consistent=True)


def decide(
    transaction: Transaction, account_id: str, user_id: str, record: Item, standing: Item | None
) -> None:
    """Add a subscriber's decision to the transaction that keeps it on the binding.

    Parameters
    ----------
    record
        The decision: ``enabled`` (refused, or paper again), ``at``, and the statement's ``version`` and
        ``sha256``.
    standing
        What `read` has shown; the transaction is refused (RefusalsMoved) when that is no longer so.
    """
    before: dict[str, Item] = (standing or {}).get("refused_by", {})
    after = {user: theirs for user, theirs in before.items() if user != user_id}
    if record["enabled"]:
        after[user_id] = {name: record[name] for name in ("at", "version", "sha256")}
    turn = int((standing or {}).get("turn", 0)) + 1
    pk, sk = refusals_key(account_id)
    row = {"pk": pk, "sk": sk, "account_id": account_id, "refused_by": after, "turn": turn}
    if standing is None:
        transaction.put(Table.ACCOUNTS, row, when=IS_ABSENT, otherwise=RefusalsMoved)
    else:
        transaction.put(Table.ACCOUNTS, row, when=_AS_READ, otherwise=RefusalsMoved, seen=standing["turn"])
    if bool(before) != bool(after):
        transaction.put(
            Table.ACCOUNTS, _line(account_id, record, turn), when=IS_ABSENT, otherwise=RefusalsMoved
        )


def end_all(transaction: Transaction, account_id: str, at: str, standing: Item | None) -> None:
    """Add the end of all refusals to the transaction that changes the account's holder.

    Who has refused paper was the former holder, or had been let in by that name: the new one gets paper.
    """
    refused_by: dict[str, Item] = (standing or {}).get("refused_by", {})
    if standing is None or not refused_by:
        return
    record = max(refused_by.values(), key=lambda each: str(each["at"])) | {"enabled": False, "at": at}
    turn = int(standing["turn"]) + 1
    transaction.put(
        Table.ACCOUNTS,
        standing | {"refused_by": {}, "turn": turn},
        when=_AS_READ, otherwise=RefusalsMoved, seen=standing["turn"],
    )  # fmt: skip
    transaction.put(Table.ACCOUNTS, _line(account_id, record, turn), when=IS_ABSENT, otherwise=RefusalsMoved)


def _line(account_id: str, record: Item, turn: int) -> Item:
    supplier_id, _, number = account_id.partition(":")
    return {
        "pk": waiting_partition(supplier_id, shard_of(account_id, WAITING_SHARDS)),
        "sk": f"{account_id}#{turn:010d}",
        "turn": turn,
        "ls": number,
        "refused": int(record["enabled"]),
        "at": record["at"],
        "statement_version": record["version"],
        "statement_sha256": record["sha256"],
    }
