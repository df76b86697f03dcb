"""Writes emails and pushes of a fan-out, each person once: with what was sent, in one transaction.

Several people share a transaction, since a transaction's price is by item but its time is by call; where
one of them turns out to be sent already, each goes alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cabinet.aws.dynamo import MAX_ACTIONS, Item, Key, Table, Transaction
from cabinet.core.errors import Conflict
from cabinet.outbox.emails import Email, enqueue, outbox_key, wake_mailer_for
from cabinet.outbox.pushes import Push, enqueue_push, wake_pusher


class AlreadyNotified(Conflict):
    """Somebody else has mailed this person meanwhile."""


def dedupe_partition(user_id: str) -> str:
    """Return the partition of what a user has been sent, by account."""
    return f"SENT#{user_id}"


@dataclass(frozen=True, slots=True)
class NotificationUnit:
    """One person's emails and pushes and the row that remembers them, with its condition."""

    row: Item
    condition: str
    emails: Sequence[Email]
    condition_values: dict[str, object] = field(default_factory=dict)
    pushes: Sequence[Push] = ()


def send_once(units: Sequence[NotificationUnit]) -> int:
    """Write all of them and wake the workers; return how many emails are new."""
    written = 0
    for group in _groups(units):
        done = _commit(group)
        keys: list[Key] = [outbox_key(email) for unit in done for email in unit.emails]
        wake_mailer_for(keys)
        wake_pusher(*(push for unit in done for push in unit.pushes))
        written += len(keys)
    return written


def _groups(units: Sequence[NotificationUnit]) -> Iterator[list[NotificationUnit]]:
    """Cut into groups that fit a transaction each."""
    group: list[NotificationUnit] = []
    size = 0
    for unit in units:
        actions = 1 + len(unit.emails) + len(unit.pushes)
        if size + actions > MAX_ACTIONS:
            yield group
            group, size = [], 0
        group.append(unit)
        size += actions
    if group:
        yield group


def _commit(group: Sequence[NotificationUnit]) -> Sequence[NotificationUnit]:
    try:
        _transaction(group).commit()
    except Conflict:
        return [unit for unit in group if len(group) > 1 and _commit([unit])]
    return group


def _transaction(group: Sequence[NotificationUnit]) -> Transaction:
    transaction = Transaction()
    for unit in group:
        transaction.put(
            Table.MESSAGES,
            unit.row,
            condition=unit.condition,
            on_conflict=AlreadyNotified,
            **unit.condition_values,
        )
        for email in unit.emails:
            enqueue(transaction, email)
        for push in unit.pushes:
            enqueue_push(transaction, push)
    return transaction
