"""Routes of cart and orders: add, adjust, remove, check out, look, pay again. Of guests: `guest.py`."""

from dataclasses import asdict
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from cabinet.autopay.store import list_rules
from cabinet.aws.dynamo import Table
from cabinet.billing.amounts_due import pending_payments
from cabinet.billing.model import Receipt
from cabinet.billing.rules import may_pay_receipt
from cabinet.core import clock
from cabinet.core.errors import (
    Conflict,
    FeatureUnavailable,
    IdempotencyConflict,
    InvalidFields,
    NotFound,
    raises,
)
from cabinet.idempotency import IdempotentRequest, identify_request
from cabinet.identity.keys import profile_key
from cabinet.identity.model import Subscriber
from cabinet.payments.cards import consent
from cabinet.payments.cards import store as card_store
from cabinet.payments.cards.model import SavedCards
from cabinet.payments.cards.service import delete_card
from cabinet.payments.cart import rules
from cabinet.payments.cart import store as cart_store
from cabinet.payments.cart.context import load_context, receipt_key_from_id, require_payable
from cabinet.payments.cart.due_receipts import load_due
from cabinet.payments.errors import CartChanged, CartFull, NothingToPay, PayeeMissing, ReceiptPaid
from cabinet.payments.keys import cards_key, cart_key, order_key
from cabinet.payments.model import Cart, Order
from cabinet.payments.orders import checkout
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.attempts import resume
from cabinet.payments.orders.cancellation import cancel
from cabinet.payments.orders.checkout import CheckoutTerms
from cabinet.payments.orders.method_change import change_method, options_for
from cabinet.signed_tokens import TokenInvalid
from cabinet.web.app import IdempotencyKey, Identifier, create_app, get_client_ip
from cabinet.web.auth import (
    CurrentBindings,
    CurrentSubscriber,
    load_owned_account,
    load_subscriber,
    require_credentials,
)
from cabinet.web.inline_routes import create_router, run_inline_or_in_thread
from cabinet.web.pagination import decode_cursor, encode_cursor
from cart import autopay, guest
from cart.card_schemas import ConsentResponse, SavedCardList, saved_card_list
from cart.cart_schemas import (
    MAX_ORDERS,
    CartItemUpdate,
    CartResponse,
    DueReceipts,
    NewCartItems,
)
from cart.order_schemas import (
    CheckoutRequest,
    CheckoutResponse,
    OrderPage,
    OrderResponse,
    PaymentRequest,
)
from cart.payment_schemas import PaymentMethodResponse, PaymentMethods, payment_methods

_ORDERS_ON_A_PAGE = 20

router = create_router()
RequireSession = Depends(run_inline_or_in_thread(require_credentials))


@raises(load_subscriber)
def user_and_cart(request: Request) -> tuple[Subscriber, Cart, SavedCards]:
    """Return who is asking with the cart and the saved cards; one batch."""
    who, (row, cards) = load_subscriber(
        request,
        lambda user_id: [(Table.PAYMENTS, cart_key(user_id)), (Table.PAYMENTS, cards_key(user_id))],
    )
    return who, cart_store.parse_cart(row), card_store.parse_cards(who.user_id, cards)


type UserAndCart = Annotated[
    tuple[Subscriber, Cart, SavedCards], Depends(run_inline_or_in_thread(user_and_cart))
]


@raises(load_subscriber)
def user_and_cards(request: Request) -> tuple[Subscriber, SavedCards]:
    """Return who is asking with the saved cards; one batch."""
    who, (row,) = load_subscriber(request, lambda user_id: [(Table.PAYMENTS, cards_key(user_id))])
    return who, card_store.parse_cards(who.user_id, row)


type UserAndCards = Annotated[tuple[Subscriber, SavedCards], Depends(run_inline_or_in_thread(user_and_cards))]


@raises(load_subscriber, NotFound)
def load_own_order(request: Request, order_id: str) -> tuple[Subscriber, Order]:
    """Return who is asking with an order of theirs; one batch."""
    who, (row,) = load_subscriber(request, lambda _: [(Table.PAYMENTS, order_key(order_id))])
    order = order_store.parse_order(row)
    if order.user_id != who.user_id:
        raise NotFound
    return who, order


@router.get("/api/cart", tags=["cart"])
def get_cart(mine: UserAndCart) -> CartResponse:
    """Show the cart by accounts, receipts and payees, with the orders that it will become."""
    return _cart_response(*mine)


@router.get("/api/cart/payment-methods", tags=["cart"])
@raises(NotFound)
def list_payment_methods(
    mine: UserAndCart, order: Annotated[int, Query(ge=1, le=MAX_ORDERS)] = 1
) -> PaymentMethods:
    """List the ways of paying one of the cart's orders, each with its commission and total."""
    who, cart, cards = mine
    drafts = load_context(who.user_id, cart).drafts
    if order > len(drafts):
        raise NotFound
    return PaymentMethods(items=payment_methods(drafts[order - 1], cards.active, clock.now().date()))


@router.post("/api/cart/items", status_code=201, tags=["cart"], dependencies=[RequireSession])
@raises(load_owned_account, CartFull, Conflict, FeatureUnavailable, NothingToPay, PayeeMissing, ReceiptPaid)
def add_receipt(new: NewCartItems, request: Request) -> CartResponse:
    """Add the services of a receipt; the same again changes nothing."""
    owned, (receipt_row, cart_row, card_row) = load_owned_account(
        request,
        new.account_id,
        lambda user_id: [
            (Table.ACCOUNTS, receipt_key_from_id(new.account_id, new.receipt_id)),
            (Table.PAYMENTS, cart_key(user_id)),
            (Table.PAYMENTS, cards_key(user_id)),
        ],
        consistent=True,
    )
    if not owned.supplier.payment_methods:
        raise FeatureUnavailable
    if receipt_row is None:
        raise NotFound
    receipt = Receipt.model_validate(receipt_row)
    if not may_pay_receipt(owned.account, receipt):
        raise NotFound
    lines = rules.receipt_lines(
        owned.supplier,
        new.account_id,
        receipt,
        receipt_row.get("digest", ""),
        pending_payments(owned.account, receipt),
        with_preliminary=new.with_preliminary,
        pay_ahead=new.pay_ahead,
    )
    user_id = owned.subscriber.user_id
    cart = cart_store.change(user_id, cart_store.parse_cart(cart_row), lambda cart: rules.add(cart, lines))
    return _cart_response(owned.subscriber, cart, card_store.parse_cards(user_id, card_row))


@router.post("/api/cart/receipts", status_code=201, tags=["cart"], dependencies=[RequireSession])
@raises(load_due, CartFull, Conflict)
def add_everything_due(wanted: DueReceipts, who: CurrentBindings) -> CartResponse:
    """Add all receipts that are due, of all accounts or of those named: all of them or none.

    The same again changes nothing; sums that the subscriber has adjusted stay.
    """
    user_id = who.subscriber.user_id
    cart, cards, receipts = load_due(
        user_id, who.bindings, wanted.account_ids, with_preliminary=wanted.with_preliminary
    )
    cart = cart_store.change(user_id, cart, lambda cart: rules.add_all(cart, receipts))
    return _cart_response(who.subscriber, cart, cards)


@router.patch("/api/cart/items/{item_id}", tags=["cart"])
@raises(NotFound, Conflict)
def adjust_item(item_id: Identifier, wanted: CartItemUpdate, mine: UserAndCart) -> CartResponse:
    """Change the sum of one item."""
    who, cart, cards = mine
    changed = cart_store.change(who.user_id, cart, lambda cart: rules.adjust(cart, item_id, wanted.amount))
    return _cart_response(who, changed, cards)


@router.delete("/api/cart/items/{item_id}", tags=["cart"])
@raises(NotFound, Conflict)
def remove_item(item_id: Identifier, mine: UserAndCart) -> CartResponse:
    """Take one item out."""
    who, cart, cards = mine
    changed = cart_store.change(who.user_id, cart, lambda cart: rules.remove_one(cart, item_id))
    return _cart_response(who, changed, cards)


@router.delete("/api/cart", status_code=204, tags=["cart"])
@raises(Conflict)
def clear_cart(mine: UserAndCart) -> Response:
    """Take everything out."""
    who, cart, _ = mine
    cart_store.change(who.user_id, cart, rules.clear)
    return Response(status_code=204)


@router.post("/api/cart/checkout", status_code=201, tags=["cart"], dependencies=[RequireSession])
@raises(checkout.check_out, IdempotencyConflict, InvalidFields, NotFound)
def check_out(form: CheckoutRequest, key: IdempotencyKey, request: Request) -> CheckoutResponse:
    """Make an order of the cart and return the bank's page; the same key continues with the same order."""

    def identify(user_id: str) -> IdempotentRequest:
        return identify_request(user_id, "checkout", key, form.model_dump())

    who, (reply_row, cart_row, card_row, profile) = load_subscriber(
        request,
        lambda user_id: [
            (Table.USERS, identify(user_id).row_key),
            (Table.PAYMENTS, cart_key(user_id)),
            (Table.PAYMENTS, cards_key(user_id)),
            (Table.USERS, profile_key(user_id)),
        ],
    )
    now = clock.now()
    idempotent_request = identify(who.user_id)
    reply = idempotent_request.response_from_row(reply_row)
    if reply is not None:
        return CheckoutResponse.of(*checkout.replay_response(reply, now, pay_anyway=form.pay_anyway))
    cart = cart_store.parse_cart(cart_row)
    if form.version is not None and form.version != cart.version:
        raise CartChanged
    client_ip = get_client_ip(request)
    terms = CheckoutTerms(
        who.user_id,
        form.order,
        form.method,
        form.total,
        form.pay_anyway,
        form.saved_card_id,
        consent.accept_consent(form.card_consent_version, client_ip, now) if form.save_card else None,
        client_ip,
    )
    cards = card_store.parse_cards(who.user_id, card_row)
    email = (profile or {}).get("email")
    return CheckoutResponse.of(*checkout.check_out(cart, cards, terms, idempotent_request, email, now))


@router.get("/api/orders", tags=["orders"])
@raises(TokenInvalid)
def list_orders(
    who: CurrentSubscriber, cursor: Annotated[str | None, Query(max_length=2048)] = None
) -> OrderPage:
    """List the subscriber's orders, the newest first."""
    name = f"orders/{who.user_id}"
    orders, next_key = order_store.list_by_subscriber(
        who.user_id, _ORDERS_ON_A_PAGE, decode_cursor(name, cursor)
    )
    now = clock.now()
    return OrderPage(
        items=[OrderResponse.of(order, now) for order in orders], next=encode_cursor(name, next_key)
    )


@router.get("/api/orders/{order_id}", tags=["orders"])
@raises(load_own_order)
def get_order(order_id: Identifier, request: Request) -> OrderResponse:
    """Show one order with its timeline."""
    _, order = load_own_order(request, order_id)
    return OrderResponse.of(order, clock.now())


@router.post("/api/orders/{order_id}/payment", status_code=201, tags=["orders"])
@raises(load_own_order, require_payable, change_method)
def retry_payment(
    order_id: Identifier, request: Request, form: PaymentRequest | None = None
) -> CheckoutResponse:
    """Return the link of an order, of a new attempt at it, or of one by another method in its place."""
    who, order = load_own_order(request, order_id)
    require_payable(who.user_id, order.account_ids)
    wanted = form or PaymentRequest()
    now = clock.now()
    if wanted.method is None:
        return CheckoutResponse.of(resume(order, now, pay_anyway=wanted.pay_anyway), 0)
    changed = change_method(order, wanted.method, wanted.total, now, pay_anyway=wanted.pay_anyway)
    return CheckoutResponse.of(changed, 0)


@router.get("/api/orders/{order_id}/payment-methods", tags=["orders"])
@raises(load_own_order)
def list_order_payment_methods(order_id: Identifier, request: Request) -> PaymentMethods:
    """List the ways in which an order can be paid, each with its commission and total."""
    _, order = load_own_order(request, order_id)
    return PaymentMethods(items=[PaymentMethodResponse.of(option) for option in options_for(order)])


@router.post("/api/orders/{order_id}/cancel", tags=["orders"])
@raises(load_own_order, cancel)
def cancel_order(order_id: Identifier, request: Request) -> OrderResponse:
    """Give an order up that nobody has paid; one that is paid meanwhile is returned as paid."""
    _, order = load_own_order(request, order_id)
    now = clock.now()
    return OrderResponse.of(cancel(order, now), now)


@router.get("/api/saved-cards", tags=["saved-cards"])
def list_saved_cards(mine: UserAndCards) -> SavedCardList:
    """List the cards that the banks keep for the subscriber."""
    who, cards = mine
    used = [(rule.saved_card_id, rule.account_id) for rule in list_rules(who.user_id) if rule.enabled]
    return saved_card_list(cards.active, clock.now().date(), used)


@router.get("/api/saved-cards/consent", tags=["saved-cards"])
def get_card_consent(_: CurrentSubscriber) -> ConsentResponse:
    """Return what is agreed to by having a card saved."""
    return ConsentResponse(**asdict(consent.current()))


@router.delete("/api/saved-cards/{saved_card_id}", status_code=204, tags=["saved-cards"])
@raises(delete_card)
def delete_saved_card(saved_card_id: Identifier, mine: UserAndCards) -> Response:
    """End a card: nothing is charged by it any more, and the bank deletes it."""
    who, cards = mine
    delete_card(who.user_id, cards, saved_card_id, clock.now())
    return Response(status_code=204)


def _cart_response(who: Subscriber, cart: Cart, cards: SavedCards) -> CartResponse:
    return CartResponse.of(load_context(who.user_id, cart), cart.version, cards.active, clock.now().date())


app = create_app("cart", router, guest.router, autopay.router)
