"""Giving money back: written down first, then asked of the bank, then booked by the bank's own word.

The same identifier is the same refund, here and at the bank. Before it is sent, and again after any doubt,
the bank is asked what it has refunded already: a lost answer, a silent bank and a dead process all end in
one refund. Reconciliation continues with whatever was left.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from cabinet.accounts.bank_capabilities import CAPABILITIES
from cabinet.core import clock
from cabinet.core.logging import Event, log_error, log_event
from cabinet.core.money import Kopecks
from cabinet.payments import refund_rules
from cabinet.payments.emails import order_email_address
from cabinet.payments.errors import RefundImpossible
from cabinet.payments.model import Order, Refund
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.fiscal_lines import refund_lines
from cabinet.payments.orders.provider_sync import (
    BankStatusUnknown,
    apply_and_save,
    ask_attempt,
    paid_attempt,
)
from cabinet.payments.orders.store import StaleOrder
from cabinet.payments.providers.base import (
    BankRefund,
    NoUsableAnswer,
    ProviderConnectionError,
    ProviderDeclined,
    ProviderPaymentStatus,
)
from cabinet.payments.providers.factory import get_provider

_BY_LETTER = (
    "Банк не возвращает деньги по этому договору через интерфейс: возврат оформляется письмом в банк."
)


def derive_refund_id(
    order_id: str, reason: str, amount: Kopecks | None, lines: Mapping[int, Kopecks], *, surplus: bool
) -> str:
    """Return the identifier of a request without one: the same request typed twice is the same refund."""
    wanted = (
        f"{order_id}\n{' '.join(reason.split()).casefold()}\n{amount}\n{sorted(lines.items())}\n{surplus}"
    )
    return hashlib.sha256(wanted.encode()).hexdigest()[:8]


def require_refund_interface(order: Order) -> None:
    """Raise RefundImpossible for a bank that gives money back by letter alone.

    Raises BankStatusUnknown when the secret with the credentials of the contract is missing.
    """
    if not CAPABILITIES[order.merchant.dialect].can_refund:
        raise RefundImpossible(_BY_LETTER)
    try:
        get_provider(order.merchant)
    except ProviderConnectionError as error:
        raise BankStatusUnknown from error


def sync_bank_status(order: Order, now: datetime) -> tuple[ProviderPaymentStatus, Order]:
    """Return the bank's answer about an order, and the order after it; raises BankStatusUnknown."""
    attempt = paid_attempt(order)
    bank_status = ask_attempt(order, attempt)
    if bank_status is None:
        raise BankStatusUnknown
    return bank_status, apply_and_save(order, attempt.number, bank_status, now)


def continue_refund(order: Order, now: datetime) -> Order:
    """Bring the order's open refund as far as the bank lets it, and return the order as stored then.

    Raises BankStatusUnknown when the bank is silent: the refund stays, and the next call continues.
    """
    bank_status, order = sync_bank_status(order, now)
    refund = order.open_refund
    if refund is None or refund_rules.is_being_sent(refund, clock.now()):
        return order
    if not refund_rules.is_covered(order, refund):
        return order_store.replace(
            order, refund_rules.mark_refused(order, refund, refund_rules.NOTHING_LEFT, now)
        )
    try:
        # By the clock of this moment: a run of reconciliation may have begun minutes ago.
        order = order_store.replace(order, refund_rules.mark_sent(order, refund, clock.now()))
    except StaleOrder:
        return order_store.current(order.order_id)  # somebody else is at it
    return _send(order, refund, refund_rules.amount_at_bank(bank_status) or 0, now)


def _send(order: Order, refund: Refund, deposited: Kopecks, now: datetime) -> Order:
    attempt = paid_attempt(order)
    wanted = BankRefund(
        order.bank_refund_id(refund),
        refund.amount,
        deposited,
        attempt.number,
        tuple(refund_lines(order, refund)),
        order_email_address(order, order.email),
    )
    payment = order.credited_bank_order_id or attempt.bank_order_id or ""
    code = ""
    try:
        get_provider(order.merchant).refund(payment, wanted)
    except ProviderDeclined as error:
        code = error.code
    except NoUsableAnswer as error:
        log_event(
            Event.BANK_CALL_FAILED, order_id=order.order_id, refund_id=refund.refund_id, error=str(error)[:80]
        )
        raise BankStatusUnknown from None
    _, order = sync_bank_status(order, now)
    still_open = order.open_refund
    if code and still_open is not None and still_open.refund_id == refund.refund_id:
        order = order_store.replace(order, refund_rules.mark_refused(order, still_open, code, now))
        log_error(Event.REFUND_REFUSED, order_id=order.order_id, refund_id=refund.refund_id, error=code[:80])
    return order
