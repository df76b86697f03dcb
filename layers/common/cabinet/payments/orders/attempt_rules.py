"""Attempts at paying an order: when one may be begun, is claimed, can be paid, has failed. Pure."""

from dataclasses import asdict
from datetime import datetime, timedelta
from math import ceil

from cabinet.accounts.supplier_model import PaymentMethod
from cabinet.payments.model import Attempt, Order
from cabinet.payments.orders.state_machine import CHECK_SCHEDULE, FAILED
from cabinet.payments.providers.base import RegistrationResult

SESSION = timedelta(minutes=20)
"""How long the bank's page can be paid."""
GRACE = timedelta(minutes=10)
"""After the session's end a payment that the bank is still busy with may still be reported."""
CLAIM_DURATIONS: dict[PaymentMethod, timedelta] = {
    "card": timedelta(seconds=15),
    "sbp": timedelta(seconds=25),
    "saved_card": timedelta(seconds=25),
}
"""Leases, longer than the bank may take to answer, with our own writes around it: each call has 2 s to
connect and 8 s to speak; СБП takes two, one for the order and one for its code, and so does a saved card.

No money depends on it: a request that outlives it cannot store its link, and no other link is given out.
"""
REPEATABLE_FOR = timedelta(days=1)
"""A declined or expired order can be paid again for a day; then its sums may be out of date."""
MAX_ATTEMPTS = 20


def start_attempt(order: Order, now: datetime) -> Order:
    """Return the order with a new attempt, whose number is new to the bank."""
    count = len(order.attempts) + 1
    number = order.order_id if count == 1 else f"{order.order_id}-{count}"
    attempt = Attempt(number=number, begun_at=now, ends_at=now + SESSION)
    begun = schedule_first_check(
        order.model_copy(update={"attempts": [*order.attempts, attempt], "checks_scheduled": 0}), now
    )
    if order.status not in FAILED:
        return begun
    # Should this request die, the receipts are free again when the attempt can no longer be paid.
    return begun.model_copy(update={"due_at": attempt.ends_at + GRACE})


def without_last_attempt(order: Order) -> Order:
    """Return the order without its last attempt: the bank did not take it, so its number is free."""
    return without_reservation_if_failed(order.model_copy(update={"attempts": order.attempts[:-1]}))


def with_claim_ended(order: Order) -> Order:
    """Return an order whose attempt may exist at the bank: its claim ends now, its number is used up."""
    attempt = _current(order)
    changed = attempt.model_copy(update={"begun_at": attempt.begun_at - CLAIM_DURATIONS[order.method]})
    return without_reservation_if_failed(order.with_attempt(changed))


def claim_seconds_left(order: Order, now: datetime) -> int:
    """Return for how many seconds some request may still be registering the last attempt; 0: none is."""
    attempt = order.attempt
    if attempt is None or attempt.payment_url is not None or attempt.is_dead:
        return 0
    return max(ceil((attempt.begun_at + CLAIM_DURATIONS[order.method] - now).total_seconds()), 0)


def is_unconfirmed(order: Order) -> bool:
    """Tell whether the bank has asked if it may take the money and not said that it did («Город»)."""
    return order.status == "registered" and any(a.bank_asked_at is not None for a in order.attempts)


def active_link(order: Order, now: datetime) -> str | None:
    """Return the link of an order that can be paid by it now."""
    attempt = order.attempt
    if attempt is None or order.status != "registered" or is_unconfirmed(order) or now >= attempt.ends_at:
        return None
    return attempt.payment_url


def mark_registered(order: Order, registered: RegistrationResult, now: datetime) -> Order:
    """Return the order whose attempt the bank has taken."""
    attempt = _current(order).model_copy(update=asdict(registered) | {"ends_at": now + SESSION})
    moved = order.transition_to("registered", "Заказ передан в банк, ожидается оплата", now)
    return schedule_first_check(moved.with_attempt(attempt), now)


def mark_charging(order: Order, registered: RegistrationResult, now: datetime) -> Order:
    """Return the order whose attempt the bank has taken, and whose saved card this request is to charge.

    The bank's page of it, where any card could pay, is given to nobody.
    """
    moved = mark_registered(order, registered, now)
    attempt = _current(moved).model_copy(update={"payment_url": None, "charge_begun_at": now})
    return moved.with_attempt(attempt)


def is_charged(order: Order) -> bool:
    """Tell whether the saved card of the last attempt was or may have been charged."""
    return order.attempt is not None and order.attempt.charge_begun_at is not None


def is_retryable(order: Order, now: datetime) -> bool:
    """Tell whether a new attempt may be begun: the bank has confirmed that the last one failed."""
    return may_be_replaced(order, now) and len(order.attempts) < MAX_ATTEMPTS


def can_pay(order: Order, now: datetime) -> bool:
    """Tell whether the order can be paid now: by its link, or by another attempt."""
    waits = order.status == "registered" and not is_unconfirmed(order)
    return order.status == "created" or waits or is_retryable(order, now)


def may_be_replaced(order: Order, now: datetime) -> bool:
    """Tell whether an order by another method may replace it: it failed recently."""
    return order.status in FAILED and order.replaced_by is None and now < order.created_at + REPEATABLE_FOR


def attempts_to_check(order: Order) -> list[Attempt]:
    """Return the attempts to ask the bank about: the last, and older ones not known to be dead."""
    last = order.attempt
    return [attempt for attempt in order.attempts if attempt is last or not attempt.is_dead]


def without_reservation_if_failed(order: Order) -> Order:
    """Return a failed order without its reservation, which is the order's, not one attempt's."""
    if order.status not in FAILED:
        return order
    return order.model_copy(update={"is_reserving": False})


def schedule_first_check(order: Order, now: datetime) -> Order:
    """Return an order whose status has just changed with its first check due."""
    return order.model_copy(update={"checks_scheduled": 1, "due_at": now + CHECK_SCHEDULE[order.status][0]})


def _current(order: Order) -> Attempt:
    attempt = order.attempt
    if attempt is None:
        raise LookupError(f"{order.order_id} has no attempt")
    return attempt
