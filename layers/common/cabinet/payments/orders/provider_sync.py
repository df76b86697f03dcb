"""Asks the bank about one order: ask, decide by the rules, write; again when somebody was first.

Callbacks, reconciliation, another try to pay and the staff's commands all come through here.
"""

from dataclasses import replace
from datetime import datetime

from cabinet.aws.failures import error_location
from cabinet.core.errors import Conflict
from cabinet.core.logging import Event, log_error, log_event
from cabinet.payments.bank_outages import BankResponses
from cabinet.payments.ledger import AlreadyPosted
from cabinet.payments.model import Attempt, Order
from cabinet.payments.orders import attempt_rules, rules
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.rules import Outcome
from cabinet.payments.orders.store import StaleOrder
from cabinet.payments.providers.base import (
    NoUsableAnswer,
    ProviderDeclined,
    ProviderPaymentState,
    ProviderPaymentStatus,
)
from cabinet.payments.providers.factory import get_card_provider, get_provider

_MAX_RETRIES = 8
"""Two for an answer that both pays and refunds, the rest for rivals."""


_ALARMS = {"duplicate_charges": Event.ORDER_CHARGED_TWICE, "refund": Event.REFUND_STUCK}
_PAID_STATES = (ProviderPaymentState.PAID, ProviderPaymentState.REFUNDED, ProviderPaymentState.REVERSED)


class BankStatusUnknown(Exception):
    """The bank did not report the order's state."""


def sync_order(order: Order, now: datetime, responses: BankResponses | None = None) -> Order:
    """Ask the bank about the order's attempts and write what follows; silence changes nothing.

    Every attempt is asked about that could have been paid; `responses` counts whether the bank answered. The
    order is returned as stored then.
    """
    if not attempt_rules.attempts_to_check(order):
        return _apply_no_answer_and_save(order, now)
    for attempt in attempt_rules.attempts_to_check(order):
        bank_status = ask_attempt(order, attempt)
        if responses is not None:
            responses.add(order.merchant.contract, has_answered=bank_status is not None)
        order = (
            apply_and_save(order, attempt.number, bank_status, now)
            if bank_status is not None
            else _apply_no_answer_and_save(order, now)
        )
    return order


def sync_attempt(order: Order, number: str, bank_order_id: str, now: datetime) -> Order:
    """Ask the bank about the one attempt that a callback names; raises BankStatusUnknown.

    The identifier is the callback's own: the answer to it may be of a payment that we know nothing of. An
    empty one is that of the attempt.
    """
    attempt = next((known for known in order.attempts if known.number == number), None)
    if attempt is None:
        return order
    known = bank_order_id or attempt.bank_order_id
    bank_status = ask_attempt(order, attempt.model_copy(update={"bank_order_id": known}))
    if bank_status is None:
        raise BankStatusUnknown
    return apply_and_save(order, number, bank_status, now)


def ask_attempt(order: Order, attempt: Attempt) -> ProviderPaymentStatus | None:
    """Return the bank's status answer about one attempt, None for silence."""
    refund_ids = [order.bank_refund_id(refund) for refund in order.refunds if refund.status != "refused"]
    try:
        bank_status = get_provider(order.merchant).status(attempt.number, attempt.bank_order_id, refund_ids)
    except (NoUsableAnswer, ProviderDeclined) as error:
        log_event(
            Event.BANK_CALL_FAILED,
            order_id=order.order_id,
            contract=order.merchant.contract,
            error=str(error)[:80],
            place=error_location(error.__traceback__),
        )
        return None
    bank_status = replace(bank_status, bank_order_id=bank_status.bank_order_id or attempt.bank_order_id)
    return _ask_for_kept_card(order, bank_status) if _lacks_card(order, bank_status) else bank_status


def _lacks_card(order: Order, bank_status: ProviderPaymentStatus) -> bool:
    """Tell whether a card is to be kept that the bank's status answer does not name."""
    is_paid = bank_status.payment_state is ProviderPaymentState.PAID and order.status == "paid"
    return is_paid and order.card_consent is not None and bank_status.card is None


def _ask_for_kept_card(order: Order, bank_status: ProviderPaymentStatus) -> ProviderPaymentStatus:
    """Ask for the cards that the bank keeps for the payer: a single one is that of the payment."""
    try:
        found = get_card_provider(order.merchant).saved_cards(order.client_id)
    except (NoUsableAnswer, ProviderDeclined) as error:
        log_event(Event.BANK_CALL_FAILED, order_id=order.order_id, error=str(error)[:80])
        return bank_status
    return replace(bank_status, card=found[0]) if len(found) == 1 else bank_status


def payment_at_bank(order: Order) -> ProviderPaymentStatus | None:
    """Return the bank's status answer about the money that it took for an order, None when it took none.

    Raises BankStatusUnknown when it says nothing of some attempt, and of no payment.
    """
    words = [ask_attempt(order, attempt) for attempt in attempt_rules.attempts_to_check(order)]
    paid = [
        bank_status
        for bank_status in words
        if bank_status is not None and bank_status.payment_state in _PAID_STATES
    ]
    if paid:
        return paid[0]
    if None in words:
        raise BankStatusUnknown
    return None


def paid_attempt(order: Order) -> Attempt:
    """Return the attempt whose payment was credited, or is under review; raises BankStatusUnknown."""
    known = [attempt for attempt in order.attempts if attempt.bank_order_id]
    if not known:
        raise BankStatusUnknown
    payment = order.credited_bank_order_id or order.reviewed_bank_order_id
    of_payment = (attempt for attempt in known if attempt.bank_order_id == payment)
    found = next(of_payment, known[-1])
    return found.model_copy(update={"bank_order_id": payment or found.bank_order_id})


def apply_and_save(order: Order, number: str, bank_status: ProviderPaymentStatus, now: datetime) -> Order:
    """Write what the bank's status answer makes of the order, and return the order as stored then."""
    for _ in range(_MAX_RETRIES):
        outcome = rules.apply_status(order, number, bank_status, now)
        if outcome.order == order:
            return order
        order = write(order, outcome)
    raise Conflict


def write(order: Order, outcome: Outcome) -> Order:
    """Commit one outcome; if another writer was first, return the stored order, for a new decision."""
    try:
        changed = order_store.commit(order, outcome)
    except (StaleOrder, AlreadyPosted):
        return order_store.current(order.order_id)
    if outcome.posting is not None:
        log_event(Event.ORDER_POSTED, order_id=order.order_id, payment_id=outcome.posting.payment_id)
    if outcome.alarm is not None:
        log_error(
            _ALARMS.get(outcome.alarm, Event.ORDER_TO_REVIEW), order_id=order.order_id, reason=outcome.alarm
        )
    return changed


def _apply_no_answer_and_save(order: Order, now: datetime) -> Order:
    outcome = rules.apply_no_answer(order, now)
    return write(order, outcome) if outcome.order != order else order
