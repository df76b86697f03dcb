"""Charging a saved card: once per attempt, by the request that has recorded that it does.

What is written before the call decides: after a crash between the two nothing is charged, and no other
request charges the same attempt. After the call the bank is asked, since its success is not yet a payment.
"""

from contextlib import suppress
from datetime import datetime

from cabinet.accounts.keys import binding_key
from cabinet.aws.dynamo import Table, Transaction
from cabinet.core.errors import raises
from cabinet.core.logging import Event, log_event
from cabinet.payments.cards import service as card_service
from cabinet.payments.cards import store as card_store
from cabinet.payments.cards.store import CardEnded
from cabinet.payments.errors import PaymentInProgress, SavedCardUnavailable
from cabinet.payments.keys import autopay_key
from cabinet.payments.model import Order, OrderCard
from cabinet.payments.orders import attempt_rules, rules
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.provider_sync import sync_order
from cabinet.payments.orders.store import StaleOrder
from cabinet.payments.providers.base import (
    CardCharge,
    NoUsableAnswer,
    ProviderDeclined,
    RegistrationResult,
    SavedCardNotFound,
)
from cabinet.payments.providers.factory import get_card_provider, get_provider


@raises(PaymentInProgress, SavedCardUnavailable)
def charge_attempt(order: Order, card: OrderCard, registered: RegistrationResult, now: datetime) -> Order:
    """Charge the order's last attempt, which the bank has just registered; return the stored order.

    Raises
    ------
    PaymentInProgress
        Another request took over; nothing was charged.
    SavedCardUnavailable
        The card was deleted meanwhile; nothing was charged, and the order is declined.
    """
    charging = attempt_rules.mark_charging(order, registered, now)
    try:
        order = order_store.replace_for_charge(
            order, charging, lambda transaction: _require_card(transaction, order, card)
        )
    except StaleOrder:
        raise PaymentInProgress from None
    except CardEnded:
        _decline_uncharged(order, now)
        raise SavedCardUnavailable from None
    wanted = CardCharge(
        registered.bank_order_id,
        card.bank_card_id,
        order.client_ip,
        is_unattended=order.autopay is not None,
    )
    try:
        link = get_card_provider(order.merchant).charge(wanted)
    except SavedCardNotFound:
        card_service.drop_card(order.client_id, card.saved_card_id)
        return _close_at_bank(order, registered, now)
    except ProviderDeclined as error:
        log_event(Event.BANK_OPERATION_FAILED, order_id=order.order_id, error=str(error)[:80])
        return _close_at_bank(order, registered, now)
    except NoUsableAnswer as error:
        log_event(Event.BANK_CALL_FAILED, order_id=order.order_id, error=str(error)[:80])
        link = None
    return sync_order(order, now) if link is None else _store_link(order, link)


def _require_card(transaction: Transaction, order: Order, card: OrderCard) -> None:
    card_store.require_active(transaction, order.client_id, card.saved_card_id)
    if order.autopay is None:
        return
    # The moment of sending: switched off, unbound or deleted before it, nothing is sent.
    transaction.check(
        Table.PAYMENTS, autopay_key(order.client_id, order.autopay.account_id),
        condition="#revision = :revision AND #enabled = :on", on_conflict=CardEnded,
        revision=order.autopay.revision, on=True,
    )  # fmt: skip
    transaction.check(
        Table.USERS, binding_key(order.client_id, order.autopay.account_id),
        condition="#bound_at = :bound_at", on_conflict=CardEnded, bound_at=order.autopay.bound_at,
    )  # fmt: skip


def _store_link(order: Order, link: str) -> Order:
    """Store the page where the payer confirms; a request that was first has the bank's answer already."""
    attempt = order.attempt
    if attempt is None:
        return order
    try:
        return order_store.replace(
            order, order.with_attempt(attempt.model_copy(update={"payment_url": link}))
        )
    except StaleOrder:
        return order_store.current(order.order_id)


def _close_at_bank(order: Order, registered: RegistrationResult, now: datetime) -> Order:
    """Close at the bank what it has refused to charge, so that it stays refused; then ask for its state."""
    try:
        get_provider(order.merchant).cancel(registered.bank_order_id, None)
    except (ProviderDeclined, NoUsableAnswer) as error:
        is_refused = isinstance(error, ProviderDeclined)
        event = Event.BANK_OPERATION_FAILED if is_refused else Event.BANK_CALL_FAILED
        log_event(event, order_id=order.order_id, error=str(error)[:80])
    return sync_order(order, now)


def _decline_uncharged(order: Order, now: datetime) -> None:
    """Decline an order whose card has ended: nobody has the link to its page."""
    with suppress(StaleOrder):
        order_store.replace(order, rules.mark_card_ended(order, now).order)
