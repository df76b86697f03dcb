"""One visit to the bank about one order: ask, decide by the rules, write; again when somebody was first.

Callbacks, reconciliation, another try to pay and the staff's commands all come through here.
"""

from dataclasses import replace
from datetime import datetime

from cabinet.errors import Conflict
from cabinet.log import Event, alarm, note
from cabinet.payments import rules, store
from cabinet.payments.bank.dialects import bank_of
from cabinet.payments.bank.port import BankRefused, BankSilent, Standing, Told
from cabinet.payments.ledger import AlreadyPosted
from cabinet.payments.model import Attempt, Order
from cabinet.payments.rules import Outcome
from cabinet.payments.store import OrderMoved

_STEPS = 8
"""Two for an answer that both pays and refunds, the rest for rivals."""


_ALARMS = {"charged_twice": Event.ORDER_CHARGED_TWICE, "refund": Event.REFUND_STUCK}
_TAKEN = (Standing.PAID, Standing.REFUNDED, Standing.REVERSED)


class NotAnswered(Exception):
    """The bank did not say how the order stands."""


def visit(order: Order, now: datetime) -> Order:
    """Ask the bank about the order's attempts and write what follows; silence changes nothing.

    Every attempt is asked about that could have been paid. The order is returned as it stands then.
    """
    if not rules.questions(order):
        return _hear_nothing(order, now)
    for attempt in rules.questions(order):
        told = ask_attempt(order, attempt)
        order = hear(order, attempt.number, told, now) if told is not None else _hear_nothing(order, now)
    return order


def visit_attempt(order: Order, number: str, bank_order_id: str, now: datetime) -> Order:
    """Ask the bank about the one attempt that a callback names; raises NotAnswered.

    The identifier is the callback's own: the answer to it may be of a payment that we know nothing of. An
    empty one is that of the attempt.
    """
    attempt = next((known for known in order.attempts if known.number == number), None)
    if attempt is None:
        return order
    known = bank_order_id or attempt.bank_order_id
    told = ask_attempt(order, attempt.model_copy(update={"bank_order_id": known}))
    if told is None:
        raise NotAnswered
    return hear(order, number, told, now)


def ask_attempt(order: Order, attempt: Attempt) -> Told | None:
    """Return the bank's word about one attempt, None for silence."""
    try:
        told = bank_of(order.merchant).status(attempt.number, attempt.bank_order_id)
    except (BankSilent, BankRefused) as error:
        note(Event.BANK_SILENT, order_id=order.order_id, error=str(error)[:80])
        return None
    return replace(told, bank_order_id=told.bank_order_id or attempt.bank_order_id)


def payment_at_bank(order: Order) -> Told | None:
    """Return the bank's word of the money that it took for an order, None when it took none.

    Raises NotAnswered when it says nothing of some attempt, and of no payment.
    """
    words = [ask_attempt(order, attempt) for attempt in rules.questions(order)]
    paid = [told for told in words if told is not None and told.standing in _TAKEN]
    if paid:
        return paid[0]
    if None in words:
        raise NotAnswered
    return None


def paid_attempt(order: Order) -> Attempt:
    """Return the attempt whose payment was credited, or is under review; raises NotAnswered."""
    known = [attempt for attempt in order.attempts if attempt.bank_order_id]
    if not known:
        raise NotAnswered
    of_payment = (attempt for attempt in known if attempt.bank_order_id == order.paid_by)
    found = next(of_payment, known[-1])
    return found.model_copy(update={"bank_order_id": order.paid_by or found.bank_order_id})


def hear(order: Order, number: str, told: Told, now: datetime) -> Order:
    """Write what the bank's word makes of the order, and return the order as it stands then."""
    for _ in range(_STEPS):
        outcome = rules.answered(order, number, told, now)
        if outcome.order == order:
            return order
        order = write(order, outcome)
    raise Conflict


def write(order: Order, outcome: Outcome) -> Order:
    """Commit one outcome; when somebody was first, return the order as it stands, for deciding anew."""
    try:
        changed = store.commit(order, outcome)
    except (OrderMoved, AlreadyPosted):
        return store.current(order.order_id)
    if outcome.posting is not None:
        note(Event.ORDER_POSTED, order_id=order.order_id, payment_id=outcome.posting.payment_id)
    if outcome.alarm is not None:
        alarm(
            _ALARMS.get(outcome.alarm, Event.ORDER_TO_REVIEW), order_id=order.order_id, reason=outcome.alarm
        )
    return changed


def _hear_nothing(order: Order, now: datetime) -> Order:
    outcome = rules.unanswered(order, now)
    return write(order, outcome) if outcome.order != order else order
