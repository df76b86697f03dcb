"""From cart to the bank's page: the order row first, then the bank, then its answer; each repeatable.

However often and from however many tabs it is tried, an order has one living link: a link is only given
out after it was stored as the order's current attempt, and a new attempt is only begun when no other can
be alive.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cabinet.accounts.model import Supplier
from cabinet.aws.dynamo import Transaction
from cabinet.core import clock
from cabinet.core.errors import ServiceUnavailable
from cabinet.core.logging import Event, log_event
from cabinet.core.settings import http_settings
from cabinet.idempotency import DuplicateRequest, IdempotentRequest
from cabinet.payments import merchants
from cabinet.payments.cart import store as cart_store
from cabinet.payments.cart.context import CartContext
from cabinet.payments.cart.rules import remove
from cabinet.payments.errors import BankUnavailable, CartChanged, CartEmpty, OrderClosed, PaymentInProgress
from cabinet.payments.model import Cart, Order, OrderLine
from cabinet.payments.orders import rules
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.provider_sync import sync_order
from cabinet.payments.orders.split import OrderDraft
from cabinet.payments.orders.store import StaleOrder
from cabinet.payments.providers.base import (
    ProviderConnectionError,
    ProviderDeclined,
    ProviderTimeout,
    Registration,
)
from cabinet.payments.providers.factory import get_provider

_STALE = "По некоторым услугам вышла новая квитанция. Добавьте их в корзину заново и проверьте суммы."
_STILL_OPEN = "Банк ещё не сообщил, чем закончилась прошлая попытка. Подождите несколько минут."


def build_order(
    draft: OrderDraft, suppliers: Mapping[str, Supplier], user_id: str, email: str | None, now: datetime
) -> Order:
    """Return the order that a draft becomes, its first attempt claimed by this request."""
    order = Order(
        order_id=order_store.new_order_id(now),
        user_id=user_id,
        email=email,
        merchant=draft.merchant,
        time_zones={line.supplier_id: suppliers[line.supplier_id].time_zone for line in draft.lines},
        lines=[OrderLine.model_validate(line.model_dump()) for line in draft.lines],
        amount=draft.amount,
        commission=draft.commission,
        created_at=now,
    ).noted("Заказ создан", now)
    return rules.start_attempt(order, now)


def check_out(
    facts: CartContext,
    seen: Cart,
    which: int,
    user_id: str,
    once: IdempotentRequest,
    email: str | None,
    now: datetime,
) -> tuple[Order, int]:
    """Make the `which`-th order (from 1) of the cart and take it to the bank.

    Returns the order with its link, and how many orders are left in the cart. Raises CartEmpty, CartChanged
    (stale items, or another tab), BankUnavailable (the order survives; the same key goes on with it).
    """
    if not facts.drafts:
        raise CartEmpty
    if facts.stale:
        raise CartChanged(_STALE, items=sorted(facts.stale))
    if which > len(facts.drafts):
        raise CartChanged
    draft = facts.drafts[which - 1]
    order = build_order(draft, facts.suppliers, user_id, email, now)
    reply = create_order(seen, draft, order, once, len(facts.drafts) - 1)
    if reply["order_id"] == order.order_id:
        return register(order), len(facts.drafts) - 1
    return replay_response(reply, now)


def replay_response(reply: dict[str, Any], now: datetime) -> tuple[Order, int]:
    """Return the order of a key that was used before: as it was answered then, or continued."""
    order = order_store.current(str(reply["order_id"]))
    if order.attempt is None or order.attempt.payment_url is None:
        order = resume(order, now)
    return order, int(reply["remaining"])


def create_order(
    cart: Cart, draft: OrderDraft, order: Order, once: IdempotentRequest, remaining: int
) -> dict[str, Any]:
    """Write the order, take its lines out of the cart and keep the reply: one transaction.

    Returns the stored reply: of this request, or of the rival with the same key that was first.
    Raises CartChanged when another tab was first.
    """
    reply: dict[str, Any] = {"order_id": order.order_id, "remaining": remaining}
    transaction = Transaction()
    once.remember(transaction, reply)
    cart_store.replace(transaction, order.user_id, remove(cart, {line.item_id for line in draft.lines}))
    order_store.create(transaction, order)
    merchants.register_merchant(transaction, order.merchant)
    try:
        transaction.commit()
    except DuplicateRequest:
        return once.stored_response() or reply
    merchants.cache_registered(order.merchant)
    return reply


def resume(order: Order, now: datetime) -> Order:
    """Return the order with a link that can be paid, begun anew where that is safe.

    Raises
    ------
    BankUnavailable
        The bank did not answer; the order stays and can be tried again.
    PaymentInProgress
        Another request is at it.
    OrderClosed
        Nothing is to be paid any more.
    """
    if order.status == "registered" and order.attempt is not None and now >= order.attempt.ends_at:
        order = sync_order(order, now)
        if order.status == "registered":
            raise PaymentInProgress(_STILL_OPEN)
    if order.status == "registered":
        return order
    if order.status != "created" and not rules.is_retryable(order, now):
        raise OrderClosed
    if order.attempt is not None and rules.is_claimed(order.attempt, now):
        raise PaymentInProgress
    if len(order.attempts) >= rules.MAX_ATTEMPTS:
        raise OrderClosed
    try:
        claimed = order_store.replace(order, rules.start_attempt(order, now))
    except StaleOrder:
        raise PaymentInProgress from None
    return register(claimed)


def register(order: Order) -> Order:
    """Tell the bank of the attempt that this request has claimed, and keep its answer.

    Never repeated: an attempt whose answer was lost has a link that nobody holds; the next one has another
    number. Raises BankUnavailable, PaymentInProgress.
    """
    attempt = order.attempt
    if attempt is None:
        raise OrderClosed
    try:
        answer = get_provider(order.merchant).register(build_registration(order, attempt.number))
    except (ProviderConnectionError, ProviderDeclined) as error:
        _release_claim(order, rules.attempt_failed(order))
        log_event(Event.BANK_REFUSED, order_id=order.order_id, error=str(error)[:80])
        raise BankUnavailable from None
    except ProviderTimeout as error:
        _release_claim(order, rules.attempt_abandoned(order))
        log_event(Event.BANK_SILENT, order_id=order.order_id, error=str(error)[:80])
        raise BankUnavailable from None
    changed = rules.mark_registered(order, answer.bank_order_id, answer.payment_url, clock.now())
    try:
        return order_store.replace(order, changed)
    except StaleOrder:
        # Somebody thought that we were dead: what stands is what counts, and our link stays unknown.
        raise PaymentInProgress from None


def build_registration(order: Order, number: str) -> Registration:
    """Return what is registered at the bank for an order; the commission is a line of its own."""
    origin = http_settings().site_origin
    lines = [(line.service, line.amount) for line in order.lines]
    if order.commission:
        lines.append(("Комиссия", order.commission))
    dialect = "gorod" if order.merchant.dialect == "gorod" else "rbs"
    return Registration(
        number=number,
        amount=order.total,
        description=f"Оплата ЖКУ, заказ {order.order_id}",
        payer=order.user_id,
        return_url=f"{origin}/orders/{order.order_id}",
        callback_url=f"{origin}/api/payments/{dialect}/callback",
        session_seconds=int(rules.SESSION.total_seconds()),
        lines=lines,
    )


def _release_claim(order: Order, released: Order) -> None:
    """Give up our claim, so that the next try need not wait until it ends."""
    try:
        order_store.replace(order, released)
    except (StaleOrder, ServiceUnavailable):
        return
