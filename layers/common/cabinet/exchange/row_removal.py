"""Removal of one wrong row of a registry by a person: a receipt, a payment, a meter. Each with a reason.

One transaction deletes the row, corrects the account's item, adds the deleted content to the audit log, and
shows the removal in «Безопасность» to every resident with a binding. A registry that names the row again
brings it back; an undone import does not (`imports.undo_removals`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cabinet.accounts.keys import account_key, account_partition, user_id_from_row
from cabinet.accounts.store import bindings_of_account
from cabinet.audit.model import Action, Author
from cabinet.audit.store import Subject, record
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Item, Key, Table, Transaction
from cabinet.billing.keys import document_key, payment_key, receipt_key
from cabinet.billing.receipt_removal_rules import REMOVED_RECEIPTS, previous_period, without_receipt
from cabinet.core.errors import Conflict
from cabinet.core.identifiers import supplier_part
from cabinet.exchange.errors import RowNotRemovable
from cabinet.identity.model import SecurityEvent
from cabinet.identity.security_log import record_event
from cabinet.metering.keys import meter_key
from cabinet.metering.meter_summaries import summary_changes

MAX_PAYMENTS = 100
_MAX_NOTIFIED = 15
"""Users notified of one removal at most: a transaction holds no more; an account has a few."""
_MAX_RETRIES = 5


@dataclass(frozen=True, slots=True)
class StoredRows:
    """Rows of an account, the newest first: what registries brought, and payments made in the cabinet."""

    receipts: list[Item]
    """Their rows in the list of documents."""
    payments: list[Item]
    meters: list[Item]


def show_rows(author: Author, account_id: str, now: datetime) -> StoredRows:
    """Return an account's rows; the access is audited. Raises NotFound."""
    _account(account_id)
    partition = account_partition(account_id)

    def rows(prefix: str, limit: int = 200) -> list[Item]:
        return dynamo.query(
            Table.ACCOUNTS, partition, begins=prefix, newest_first=True, limit=limit, consistent=True
        ).items

    found = StoredRows(rows("DOCUMENT#"), rows("PAYMENT#", MAX_PAYMENTS), rows("METER#"))
    transaction = Transaction()
    record(transaction, author, Action.ACCOUNT_ROWS_SHOWN, _subject(account_id), now)
    _notify(transaction, account_id, SecurityEvent.STAFF_LOOKED, now)
    transaction.commit()
    return found


def remove_receipt(
    author: Author, account_id: str, period: str, kind: str, reason: str, now: datetime
) -> None:
    """Take a receipt away; the latest one of its kind is then the one before. Raises NotFound, Conflict."""
    key = receipt_key(account_id, period, kind)
    for _ in range(_MAX_RETRIES):
        account, receipt = _account(account_id), _row(key)
        documents = dynamo.query_all(
            Table.ACCOUNTS, account_partition(account_id), begins="DOCUMENT#", consistent=True
        )
        names = [tuple(str(each["sk"]).split("#", 2)[1:]) for each in documents]
        others = [(name[0], name[1]) for name in names if name != (period, kind)]
        earlier = previous_period((period, kind), others)
        previous = None if earlier is None else _row(receipt_key(account_id, earlier, kind))
        change = without_receipt(account, (period, kind), others, previous)
        change[REMOVED_RECEIPTS] = sorted({*account.get(REMOVED_RECEIPTS, ()), f"{period}#{kind}"})
        transaction = Transaction()
        _change_account(transaction, account, change)
        if previous is not None:
            transaction.check(Table.ACCOUNTS, _key_of(previous), **_unchanged(previous))
        transaction.delete(Table.ACCOUNTS, key, **_unchanged(receipt))
        document = document_key(account_id, period, kind)
        transaction.delete(Table.ACCOUNTS, document, condition=IS_PRESENT, on_conflict=Conflict)
        removed = {name: receipt.get(name) for name in ("period", "kind_title", "main", "penalty", "stamp")}
        _audit(transaction, author, Action.RECEIPT_REMOVED, account_id, removed, reason, now)
        if _committed(transaction):
            return
    raise Conflict


def remove_payment(
    author: Author, account_id: str, received_on: str, payment_id: str, reason: str, now: datetime
) -> None:
    """Take a payment of the registry's away; raises NotFound, RowNotRemovable, Conflict.

    A payment through the cabinet is no row of a registry: money goes back by a refund.
    """
    payment = _row(payment_key(account_id, received_on, payment_id))
    if payment.get("order_id") or payment.get("returned"):
        raise RowNotRemovable
    transaction = Transaction()
    transaction.delete(Table.ACCOUNTS, _key_of(payment), **_unchanged(payment))
    removed = {name: payment.get(name) for name in ("kind", "received_on", "amount", "stamp")}
    _audit(transaction, author, Action.PAYMENT_REMOVED, account_id, removed, reason, now)
    transaction.commit()


def remove_meter(author: Author, account_id: str, meter_id: str, reason: str, now: datetime) -> None:
    """Take a meter away; its readings stay in storage and are shown nowhere. Raises NotFound, Conflict."""
    for _ in range(_MAX_RETRIES):
        account, meter = _account(account_id), _row(meter_key(account_id, meter_id))
        transaction = Transaction()
        # A reading submitted meanwhile has changed the version: then it is checked again.
        transaction.delete(
            Table.ACCOUNTS, _key_of(meter), condition="attribute_exists(pk) AND #version = :seen",
            on_conflict=Conflict, seen=meter["version"],
        )  # fmt: skip
        if meter_id in (account.get("meter_terms") or {}):
            gone = summary_changes({meter_id: None})
            transaction.update(
                Table.ACCOUNTS, account_key(account_id), gone.expression, condition=IS_PRESENT,
                on_conflict=Conflict, names=gone.names,
            )  # fmt: skip
        removed = {name: meter.get(name) for name in ("number", "service", "place", "last")}
        _audit(transaction, author, Action.METER_REMOVED, account_id, removed, reason, now)
        if _committed(transaction):
            return
    raise Conflict


def _committed(transaction: Transaction) -> bool:
    try:
        transaction.commit()
    except Conflict:
        return False
    return True


def _account(account_id: str) -> Item:
    return _row(account_key(account_id))


def _row(key: Key) -> Item:
    return dynamo.require(Table.ACCOUNTS, key, consistent=True)


def _key_of(row: Item) -> Key:
    return str(row["pk"]), str(row["sk"])


def _unchanged(row: Item, names: tuple[str, ...] = ("stamp", "digest")) -> dict[str, Any]:
    """Return the condition that a row of a registry is as it was read."""
    parts = [f"#{name} = :seen_{name}" if name in row else f"attribute_not_exists(#{name})" for name in names]
    seen = {f"seen_{name}": row[name] for name in names if name in row}
    return {"condition": " AND ".join([IS_PRESENT, *parts]), "on_conflict": Conflict} | seen


def _change_account(transaction: Transaction, account: Item, change: dict[str, Any]) -> None:
    values = change | {"revision": (account.get("revision") or 0) + 1}
    sets = ", ".join(f"#{name} = :{name}" for name in values)
    # An undo restores the revision, so it proves nothing without the mark.
    seen = _unchanged(account, ("revision", "mark"))
    transaction.update(Table.ACCOUNTS, _key_of(account), f"SET {sets}", **seen, **values)


def _audit(
    transaction: Transaction, author: Author, action: Action, account_id: str, removed: dict[str, Any],
    reason: str, now: datetime,
) -> None:  # fmt: skip
    subject = _subject(account_id)
    record(transaction, author, action, subject, now, before=removed, reason=reason)
    _notify(transaction, account_id, SecurityEvent.STAFF_CORRECTED, now)


def _notify(transaction: Transaction, account_id: str, what: SecurityEvent, now: datetime) -> None:
    for binding in bindings_of_account(account_id)[:_MAX_NOTIFIED]:
        record_event(transaction, user_id_from_row(binding), what, now, "")


def _subject(account_id: str) -> Subject:
    return Subject(f"account:{account_id}", (supplier_part(account_id),))
