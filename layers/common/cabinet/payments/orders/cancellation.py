"""Cancelling an unpaid order: the bank closes its page first, then its receipts can be paid again."""

from datetime import datetime

from cabinet.accounts.bank_capabilities import CAPABILITIES
from cabinet.core.errors import Conflict, raises
from cabinet.core.logging import Event, log_event
from cabinet.payments.errors import (
    BankUnavailable,
    NotCancellable,
    OrderClosed,
    PaymentInProgress,
    PaymentUnconfirmed,
)
from cabinet.payments.model import Order
from cabinet.payments.orders import attempt_rules, rules
from cabinet.payments.orders.provider_sync import sync_order, write
from cabinet.payments.orders.state_machine import AWAITING_PAYMENT, FAILED
from cabinet.payments.providers.base import NoUsableAnswer, ProviderDeclined
from cabinet.payments.providers.factory import get_provider

_MAX_RETRIES = 5
_NOT_ANSWERING = "Банк сейчас не отвечает. Заказ остаётся как есть: попробуйте отменить его через минуту."


@raises(BankUnavailable, PaymentInProgress, Conflict, NotCancellable, OrderClosed, PaymentUnconfirmed)
def cancel(order: Order, now: datetime) -> Order:
    """Cancel an order and return it, cancelled or paid meanwhile.

    Raises
    ------
    OrderClosed
        It was paid before, or is under review.
    PaymentInProgress
        A request is registering it at this moment.
    PaymentUnconfirmed, NotCancellable, BankUnavailable
        It may still be paid: the bank has begun to, cannot close its page, or does not answer.
    """
    if order.status not in AWAITING_PAYMENT | FAILED:
        raise OrderClosed
    is_closed = False
    for _ in range(_MAX_RETRIES):
        if order.status in AWAITING_PAYMENT:
            order = sync_order(order, now)
        if order.status in AWAITING_PAYMENT:
            order = _close_page(order, now)
            is_closed = order.status in AWAITING_PAYMENT
        # The bank's answer may be written first, as a refusal: that the page was closed by us is noted.
        if not is_closed or rules.is_cancelled(order) or order.status not in AWAITING_PAYMENT | FAILED:
            return order
        order = write(order, rules.mark_cancelled(order, now))
    raise Conflict


def _close_page(order: Order, now: datetime) -> Order:
    """Let the bank close the page; return the order as the bank's status answer then makes it."""
    attempt = order.attempt
    if seconds_left := attempt_rules.claim_seconds_left(order, now):
        raise PaymentInProgress(seconds_left)
    if attempt_rules.is_unconfirmed(order):
        raise PaymentUnconfirmed
    capabilities = CAPABILITIES[order.merchant.dialect]
    is_reachable = attempt is not None and (
        attempt.payment_url is not None or attempt.charge_begun_at is not None
    )
    if attempt is None or not is_reachable or capabilities.asks_before_paying:
        # Nobody holds a link, and no card is being charged; or the bank asks us before it takes money, and
        # is refused from now on.
        return order
    if not capabilities.can_cancel:
        raise NotCancellable
    try:
        get_provider(order.merchant).cancel(attempt.bank_order_id or "", attempt.qr_id)
    except NoUsableAnswer:
        raise BankUnavailable(_NOT_ANSWERING) from None
    except ProviderDeclined as error:
        log_event(Event.BANK_OPERATION_FAILED, order_id=order.order_id, error=error.code[:80])
        order = sync_order(order, now)
        if order.status in AWAITING_PAYMENT:
            raise NotCancellable from None
    return order
