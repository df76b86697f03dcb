"""From cart to order: what was shown is what is ordered, its receipts reserved in the same transaction.

The order row comes first, then the bank (`attempts`), then its answer; each is repeatable.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import PaymentMethod, Supplier
from cabinet.aws.dynamo import Transaction
from cabinet.core.errors import Conflict, raises
from cabinet.core.money import Kopecks, format_rubles
from cabinet.idempotency import DuplicateRequest, IdempotentRequest
from cabinet.payments import merchants
from cabinet.payments.cards import card_rules, consent
from cabinet.payments.cards import store as card_store
from cabinet.payments.cards.model import SavedCard, SavedCards
from cabinet.payments.cards.store import CardEnded
from cabinet.payments.cart import store as cart_store
from cabinet.payments.cart.context import CartContext, load_context
from cabinet.payments.cart.rules import has_other_commission, paid_meanwhile, remove, with_commissions
from cabinet.payments.errors import (
    AlreadyBeingPaid,
    CartChanged,
    CartEmpty,
    MethodUnavailable,
    SavedCardUnavailable,
)
from cabinet.payments.given_consent import GivenConsent
from cabinet.payments.model import Cart, Order, OrderLine
from cabinet.payments.orders import attempt_rules
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.attempts import register, resume
from cabinet.payments.orders.competing_orders import require_no_competing_order
from cabinet.payments.orders.provider_sync import sync_order
from cabinet.payments.orders.reservations import Reservations, StaleReservations
from cabinet.payments.orders.split import OrderDraft, PaymentOption

_STALE = "По некоторым услугам вышла новая квитанция. Добавьте их в корзину заново и проверьте суммы."
_PAID = "Часть услуг за это время оплачена другим заказом. Проверьте суммы: платить ещё раз не нужно."
_MAX_RETRIES = 5


@dataclass(frozen=True, slots=True)
class CheckoutTerms:
    """What a subscriber wants to pay, and what they were shown."""

    user_id: str
    draft_number: int = 1
    """Which of the cart's drafts is ordered, from 1."""
    method: PaymentMethod | None = None
    """How it is to be paid; None: by card, or as it can be paid."""
    total: Kopecks | None = None
    """What was shown, with the commission; None where the client does not say."""
    pay_anyway: bool = False
    """The second, deliberate step after AlreadyBeingPaid."""
    card_id: str | None = None
    """The saved card to pay by, where that is the method."""
    card_consent: GivenConsent | None = None
    """The request to save the card that is used to pay."""
    client_ip: str = ""
    """The payer's network address."""


def build_order(
    draft: OrderDraft,
    option: PaymentOption,
    accounts: Mapping[str, Account],
    suppliers: Mapping[str, Supplier],
    *,
    now: datetime,
    user_id: str | None = None,
    email: str | None = None,
    card: SavedCard | None = None,
) -> Order:
    """Return the order that a draft becomes, paid by `card` if given; its first attempt is this request's."""
    first_supplier = suppliers[draft.lines[0].supplier_id]
    order = Order(
        order_id=order_store.new_order_id(now),
        user_id=user_id,
        email=email,
        merchant=option.merchant,
        method=option.method,
        card=card_rules.order_card(card) if card is not None else None,
        time_zones={line.supplier_id: suppliers[line.supplier_id].time_zone for line in draft.lines},
        suppliers_with_webhook=sorted(
            {each.supplier_id for each in draft.lines if suppliers[each.supplier_id].webhook}
        ),
        lines=[
            OrderLine.model_validate(line.model_dump() | {"address": accounts[line.account_id].address.line})
            for line in draft.lines
        ],
        amount=draft.amount,
        commission=option.commission,
        commission_vat=first_supplier.commission_rule(option.method).vat,
        created_at=now,
        is_reserving=True,
    ).with_event("Заказ создан", now)
    return attempt_rules.start_attempt(order, now)


@raises(CartChanged, CartEmpty, MethodUnavailable, SavedCardUnavailable, resume)
def check_out(
    seen: Cart,
    cards: SavedCards,
    terms: CheckoutTerms,
    idempotent_request: IdempotentRequest,
    email: str | None,
    now: datetime,
) -> tuple[Order, int]:
    """Make the order asked for of the cart and take it to the bank.

    Returns the order with its link, and how many orders are left in the cart. Raises CartEmpty, CartChanged
    (stale items, other sums than were shown, another tab), MethodUnavailable, SavedCardUnavailable,
    AlreadyBeingPaid, BankUnavailable (the order survives; the same key continues with it).
    """
    for attempt in range(_MAX_RETRIES):
        context = load_context(terms.user_id, seen, consistent=attempt > 0)
        draft, option = _matching_draft(context, seen, terms)
        order = build_order(
            draft,
            option,
            context.accounts,
            context.suppliers,
            now=now,
            user_id=terms.user_id,
            email=email,
            card=_payer_card(cards, option, terms, now),
        )
        order = _with_card_options(order, option, terms)
        if not terms.pay_anyway:
            try:
                require_no_competing_order(order, context.reservations)
            except AlreadyBeingPaid:
                rival = idempotent_request.stored_response()
                if rival is None:
                    raise
                return replay_response(rival, now)  # a second press of the same button was first
        try:
            reply = create_order(
                order,
                idempotent_request,
                len(context.drafts) - 1,
                context.reservations,
                cart_line_removal(terms.user_id, seen, draft),
            )
        except StaleReservations:
            continue  # another payment of one of these accounts has begun: the next read shows which
        if reply["order_id"] == order.order_id:
            return register(order), len(context.drafts) - 1
        return replay_response(reply, now, pay_anyway=terms.pay_anyway)
    raise Conflict


def _payer_card(
    cards: SavedCards, option: PaymentOption, terms: CheckoutTerms, now: datetime
) -> SavedCard | None:
    """Return the card to pay by, None for another method; raises SavedCardUnavailable."""
    if option.method != "saved_card":
        return None
    card = cards.cards.get(terms.card_id or "")
    if card is None or not card_rules.may_pay(card, option.merchant, now.date()):
        raise SavedCardUnavailable
    return card


def _with_card_options(order: Order, option: PaymentOption, terms: CheckoutTerms) -> Order:
    """Return the order with the payer's address where a card is charged, their consent where one is kept."""
    is_kept = option.method == "card" and "saved_card" in option.merchant.methods
    return order.model_copy(
        update={
            "card_consent": terms.card_consent if is_kept else None,
            "client_ip": terms.client_ip if order.card is not None else "",
        }
    )


def _matching_draft(
    context: CartContext, seen: Cart, terms: CheckoutTerms
) -> tuple[OrderDraft, PaymentOption]:
    """Return the draft asked for and the way of paying it, if both are what the subscriber was shown."""
    if not context.drafts:
        raise CartEmpty
    if context.stale:
        raise CartChanged(_STALE, items=sorted(context.stale))
    if terms.draft_number > len(context.drafts):
        raise CartChanged
    draft = context.drafts[terms.draft_number - 1]
    option = draft.option(terms.method)
    total = option.total
    require_shown_total(terms.total, total)
    if terms.total is None and has_other_commission(draft.lines, context.suppliers, option.method):
        # The cart is updated, so a retry accepts the new commission.
        cart_store.change(terms.user_id, seen, lambda cart: with_commissions(cart, context.suppliers))
        raise CartChanged(f"Комиссия изменилась: теперь к оплате {format_rubles(total)} руб.", total=total)
    paid = paid_meanwhile(draft.lines, context.paid)
    if paid and not terms.pay_anyway:
        raise CartChanged(_PAID, items=paid)
    return draft, option


@raises(CartChanged)
def require_shown_total(shown: Kopecks | None, total: Kopecks) -> None:
    """Raise CartChanged when another sum would be charged than was shown; None: the client does not say."""
    if shown is not None and shown != total:
        was = f"На экране было {format_rubles(shown)} руб., теперь {format_rubles(total)} руб."
        raise CartChanged(f"{was} Проверьте суммы и нажмите «Оплатить» ещё раз.", total=total)


def replay_response(reply: dict[str, Any], now: datetime, *, pay_anyway: bool = False) -> tuple[Order, int]:
    """Return the order of a key that was used before: as it was answered then, or continued."""
    order = order_store.current(str(reply["order_id"]))
    if attempt_rules.is_charged(order):
        synced = sync_order(order, now) if order.status == "registered" else order
        return synced, int(reply["remaining"])
    if order.attempt is None or order.attempt.payment_url is None or attempt_rules.is_unconfirmed(order):
        order = resume(order, now, pay_anyway=pay_anyway)
    return order, int(reply["remaining"])


def cart_line_removal(user_id: str, cart: Cart, draft: OrderDraft) -> Callable[[Transaction], None]:
    """Return what takes an order's lines out of the cart, in the order's own transaction."""
    left = remove(cart, {line.item_id for line in draft.lines})
    return lambda transaction: cart_store.add_changed_cart(transaction, user_id, left)


def _keep_cart(_: Transaction) -> None:
    """Leave the transaction as it is: the order was made without a cart."""


def create_order(
    order: Order,
    idempotent_request: IdempotentRequest,
    remaining: int,
    known: Mapping[str, Reservations],
    change_cart: Callable[[Transaction], None] = _keep_cart,
) -> dict[str, Any]:
    """Write the order, reserve its receipts, change the cart, keep the reply: one transaction.

    Returns the stored reply: of this request, or of the rival with the same key that was first.
    Raises CartChanged when another tab was first, StaleReservations when another user of an account was,
    SavedCardUnavailable when the card was deleted meanwhile.
    """
    reply: dict[str, Any] = {"order_id": order.order_id, "remaining": remaining}
    transaction = Transaction()
    idempotent_request.store_response(transaction, reply)
    change_cart(transaction)
    order_store.add_new_order(
        transaction, order, {account_id: known[account_id] for account_id in order.account_ids}
    )
    merchants.register_merchant(transaction, order.merchant)
    if order.card is not None:
        card_store.require_active(transaction, order.client_id, order.card.saved_card_id)
    if order.card_consent is not None:
        consent.record(transaction, order.client_id, order.card_consent)
    try:
        transaction.commit()
    except CardEnded:
        raise SavedCardUnavailable from None
    except DuplicateRequest:
        return idempotent_request.stored_response() or reply
    merchants.cache_registered(order.merchant)
    return reply
