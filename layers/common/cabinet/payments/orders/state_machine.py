"""The graph of an order's states, as data: what may follow what, and how often a state is asked about.

Nothing else in the product decides whether a state may change (docs/payments.md, States).
"""

from datetime import timedelta
from typing import Literal

type Status = Literal["created", "registered", "paid", "declined", "expired", "review", "refunded"]

TRANSITIONS: dict[Status, frozenset[Status]] = {
    "created": frozenset({"registered", "paid", "declined", "expired", "review"}),
    "registered": frozenset({"paid", "declined", "expired", "review"}),
    # Late money: the bank's answer that it was paid counts after any refusal; so does another try to pay.
    "declined": frozenset({"registered", "paid", "review"}),
    "expired": frozenset({"registered", "paid", "review"}),
    # Left by a person's decision, or when the bank at last confirms what was ordered.
    "review": frozenset({"paid", "declined", "expired"}),
    "paid": frozenset({"refunded"}),
    "refunded": frozenset(),
}

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

CHECK_SCHEDULE: dict[Status, tuple[timedelta, ...]] = {
    "created": (_MINUTE, 5 * _MINUTE, 30 * _MINUTE, _HOUR, _DAY, _DAY, _DAY),
    "registered": (_MINUTE, 5 * _MINUTE, 30 * _MINUTE, _HOUR, _DAY, _DAY, _DAY),
    # The bank has answered; these look for late money.
    "declined": (_HOUR, _DAY, 3 * _DAY),
    "expired": (_HOUR, _DAY, 3 * _DAY),
    # These look for a refund whose callback was lost, and for a second charge through an older link.
    "paid": (_DAY, 7 * _DAY, 30 * _DAY),
    "review": (),
    "refunded": (),
}
"""Pauses before the bank is asked, counted from the last change or question; then checks stop."""

AWAITING_PAYMENT: frozenset[Status] = frozenset({"created", "registered"})
"""States whose checks must not stop without an answer: after the last check a person decides."""

FAILED: frozenset[Status] = frozenset({"declined", "expired"})
"""States of a failed order; it can be tried again for a day."""

AWAITING_PAYMENT_OR_REVIEW: frozenset[Status] = AWAITING_PAYMENT | {"review"}
"""States in which an order keeps its receipts reserved: money may be on its way."""


class IllegalTransition(Exception):
    """A programming error: a state was to follow one that it may not follow."""


def require_transition(before: Status, after: Status) -> None:
    """Raise IllegalTransition unless `after` may follow `before`."""
    if after not in TRANSITIONS[before]:
        raise IllegalTransition(f"{before} -> {after}")
