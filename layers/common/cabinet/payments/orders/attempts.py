"""Attempts at paying an order: each registered at the bank once, its link stored before it is given out.

However often and from however many tabs it is tried, an order has one living link: a link is only given
out after it was stored as the order's current attempt, and a new attempt is only begun when no other can
be alive.
"""

from contextlib import suppress
from datetime import datetime

from cabinet.accounts.bank_capabilities import CAPABILITIES
from cabinet.core import clock
from cabinet.core.errors import Conflict, ServiceUnavailable, raises
from cabinet.core.logging import Event, log_event
from cabinet.core.settings import http_settings
from cabinet.payments.errors import (
    AlreadyBeingPaid,
    BankUnavailable,
    OrderClosed,
    PaymentInProgress,
    PaymentUnconfirmed,
    SavedCardUnavailable,
)
from cabinet.payments.model import Order
from cabinet.payments.orders import attempt_rules, reservations
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.card_charges import charge_attempt
from cabinet.payments.orders.competing_orders import require_no_competing_order, require_not_paid_since
from cabinet.payments.orders.fiscal_lines import order_lines
from cabinet.payments.orders.provider_sync import sync_order
from cabinet.payments.orders.reservations import StaleReservations
from cabinet.payments.orders.store import StaleOrder
from cabinet.payments.providers.base import (
    NoUsableAnswer,
    ProviderConnectionError,
    ProviderDeclined,
    Registration,
)
from cabinet.payments.providers.factory import get_provider

_MAX_RETRIES = 5
_STILL_OPEN = "Банк ещё не сообщил, чем закончилась прошлая попытка. Подождите несколько минут."


@raises(
    AlreadyBeingPaid,
    BankUnavailable,
    PaymentInProgress,
    Conflict,
    OrderClosed,
    PaymentUnconfirmed,
    SavedCardUnavailable,
)
def resume(order: Order, now: datetime, *, pay_anyway: bool = False) -> Order:
    """Return the order with a link that can be paid, begun anew where that is safe.

    Raises
    ------
    BankUnavailable
        The bank did not answer; the order stays and can be tried again.
    PaymentInProgress
        Another request is at it.
    PaymentUnconfirmed
        The bank may have the money already; `pay_anyway` returns the link all the same, while it lives.
    AlreadyBeingPaid
        Another order is paying, or has paid, the same receipts since; `pay_anyway` begins all the same.
    SavedCardUnavailable
        The card that was to be charged has ended.
    OrderClosed
        Nothing is to be paid any more.
    """
    is_over = order.attempt is not None and now >= order.attempt.ends_at
    if order.status == "registered" and is_over:
        order = sync_order(order, now)
        if order.status == "registered":
            raise (
                PaymentUnconfirmed
                if attempt_rules.is_unconfirmed(order)
                else PaymentInProgress(60, _STILL_OPEN)
            )
    if order.status == "registered":
        if not pay_anyway:
            if attempt_rules.is_unconfirmed(order):
                raise PaymentUnconfirmed
            require_not_paid_since(order, reservations.load_reservations(order.account_ids))
        return order
    if order.status != "created" and not attempt_rules.is_retryable(order, now):
        raise OrderClosed
    if seconds_left := attempt_rules.claim_seconds_left(order, now):
        raise PaymentInProgress(seconds_left)
    if len(order.attempts) >= attempt_rules.MAX_ATTEMPTS:
        raise OrderClosed
    return register(claim_attempt(order, now, pay_anyway=pay_anyway))


def claim_attempt(order: Order, now: datetime, *, pay_anyway: bool) -> Order:
    """Return the order with a new attempt that is ours, its receipts reserved."""
    begun = attempt_rules.start_attempt(order, now)
    for _ in range(_MAX_RETRIES):
        try:
            known = reservations.load_reservations(order.account_ids)
            if not pay_anyway:
                require_not_paid_since(order, known)
            if order.is_reserving:
                return order_store.replace(order, begun)
            if not pay_anyway:
                require_no_competing_order(order, known)
            return order_store.replace_and_reserve(order, begun, known)
        except StaleReservations:
            continue
        except StaleOrder:
            raise PaymentInProgress from None
    raise Conflict


def register(order: Order) -> Order:
    """Register the attempt that this request has claimed at the bank, and store the answer.

    Never repeated: an attempt whose answer was lost has a link that nobody holds; the next one has another
    number. A saved card is charged at once. Raises BankUnavailable, PaymentInProgress, SavedCardUnavailable.
    """
    attempt = order.attempt
    if attempt is None:
        raise OrderClosed
    try:
        answer = get_provider(order.merchant).register(build_registration(order, attempt.number))
    except (ProviderConnectionError, ProviderDeclined) as error:
        _release_claim(order, attempt_rules.without_last_attempt(order))
        log_event(Event.BANK_OPERATION_FAILED, order_id=order.order_id, error=str(error)[:80])
        raise BankUnavailable from None
    except NoUsableAnswer as error:
        _release_claim(order, attempt_rules.with_claim_ended(order))
        log_event(Event.BANK_CALL_FAILED, order_id=order.order_id, error=str(error)[:80])
        raise BankUnavailable from None
    if order.card is not None:
        return charge_attempt(order, order.card, answer, clock.now())
    changed = attempt_rules.mark_registered(order, answer, clock.now())
    try:
        return order_store.replace(order, changed)
    except StaleOrder:
        # Another request took over after our claim had ended: its state counts, and our link stays unknown.
        raise PaymentInProgress from None


def build_registration(order: Order, number: str) -> Registration:
    """Return what is registered at the bank for an order."""
    origin = http_settings().site_origin
    callback = CAPABILITIES[order.merchant.dialect].callback
    return Registration(
        number=number,
        amount=order.total,
        description=f"Оплата ЖКУ, заказ {order.order_id}",
        payer=order.user_id or order.order_id,
        return_url=f"{origin}{order.page}",
        callback_url=f"{origin}/api/payments/{callback}/callback",
        session_seconds=int(attempt_rules.SESSION.total_seconds()),
        lines=order_lines(order),
        email=order.email,
        method=order.method,
        is_unattended=order.autopay is not None,
        client_id=order.client_id if order.card is not None or order.card_consent is not None else "",
    )


def _release_claim(order: Order, released: Order) -> None:
    """Give up our claim, so that the next try need not wait until it ends."""
    with suppress(StaleOrder, ServiceUnavailable):
        order_store.replace(order, released)
