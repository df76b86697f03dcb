"""Writes letters of a fan-out, each person once: a row that says "told" and the letters, in one transaction.

Several people share a transaction, since a transaction's price is by item but its time is by call; where
one of them turns out to be told already, each goes alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cabinet.dynamo import MAX_ACTIONS, Key, Table, Transaction
from cabinet.errors import Conflict
from cabinet.messaging.outbox import Letter, enqueue, letter_key, nudge_keys
from cabinet.wire import Item


class ToldAlready(Conflict):
    """Somebody else has told this person meanwhile."""


def told_partition(user_id: str) -> str:
    """Return where it stands what a user has been told, and of which accounts."""
    return f"TOLD#{user_id}"


@dataclass(frozen=True, slots=True)
class Telling:
    """One person's letters and the row that remembers them, with the condition under which it is written."""

    row: Item
    when: str
    letters: Sequence[Letter]
    bound: dict[str, object] = field(default_factory=dict)


def tell(tellings: Sequence[Telling]) -> int:
    """Write all of them and nudge the mailer; return how many letters are new."""
    written = 0
    for group in _groups(tellings):
        done = _commit(group)
        keys: list[Key] = [letter_key(letter) for telling in done for letter in telling.letters]
        nudge_keys(keys)
        written += len(keys)
    return written


def _groups(tellings: Sequence[Telling]) -> Iterator[list[Telling]]:
    """Cut into groups that fit a transaction each."""
    group: list[Telling] = []
    size = 0
    for telling in tellings:
        actions = 1 + len(telling.letters)
        if size + actions > MAX_ACTIONS:
            yield group
            group, size = [], 0
        group.append(telling)
        size += actions
    if group:
        yield group


def _commit(group: Sequence[Telling]) -> Sequence[Telling]:
    try:
        _transaction(group).commit()
    except Conflict:
        return [telling for telling in group if len(group) > 1 and _commit([telling])]
    return group


def _transaction(group: Sequence[Telling]) -> Transaction:
    transaction = Transaction()
    for telling in group:
        transaction.put(
            Table.MESSAGES, telling.row, when=telling.when, otherwise=ToldAlready, **telling.bound
        )
        for letter in telling.letters:
            enqueue(transaction, letter)
    return transaction
