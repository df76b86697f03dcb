"""Autopay is paused after a restore: restored tables do not show what it has charged since (docs/adr/0077).

A restore writes the row before it puts the tables into use. While the row exists, no run does anything and no
charge can be written. A person removes it after comparing with the banks' statements.
"""

from dataclasses import dataclass
from datetime import datetime

from cabinet.audit.store import AddAuditRow
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Item, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.errors import DomainError, NotFound
from cabinet.payments.keys import autopay_hold_key

_IS_SEEN = "#since = :seen"


class AutopayHeld(DomainError):
    """A charge was about to be written while autopay is held. Never shown to anybody."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Since when autopay is held (ISO time in UTC), and after what: ``backup:<id>``, ``stack:<name>``."""

    since: str
    after: str


def hold_row(after: str, now: datetime) -> Item:
    """Return the row, which is to be put into Payments where there is none yet."""
    return {**key_attributes(autopay_hold_key()), "since": clock.timestamp(now), "after": after}


def current_hold() -> Hold | None:
    """Return the current hold."""
    row = dynamo.get(Table.PAYMENTS, autopay_hold_key(), consistent=True)
    return None if row is None else Hold(row["since"], row["after"])


def require_released(transaction: Transaction) -> None:
    """Add to a transaction that autopay is not held; AutopayHeld."""
    transaction.check(Table.PAYMENTS, autopay_hold_key(), condition=IS_ABSENT, on_conflict=AutopayHeld)


def release(hold: Hold, record: AddAuditRow) -> None:
    """Lift the hold that was seen, with its row in the audit log; raises NotFound when it is another."""
    transaction = Transaction()
    transaction.delete(
        Table.PAYMENTS, autopay_hold_key(), condition=_IS_SEEN, on_conflict=NotFound, seen=hold.since
    )
    record(transaction)
    transaction.commit()
