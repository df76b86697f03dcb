"""Routes of cart and orders: add, adjust, remove, check out, look, pay again."""

from typing import Annotated

from cabinet import clock
from cabinet.accounts.keys import profile_key
from cabinet.alone import create_router, where_it_stands
from cabinet.billing.model import Receipt
from cabinet.billing.paying import not_counted
from cabinet.cursors import read_cursor, write_cursor
from cabinet.dynamo import Table
from cabinet.errors import Conflict, FeatureUnavailable, IdempotencyConflict, NotFound, raises
from cabinet.http import IdempotencyKey, Identifier, create_app, lambda_handler
from cabinet.idempotency import Once, once
from cabinet.payments import cart as rules
from cabinet.payments import cart_store, checkout, store
from cabinet.payments.cart_facts import facts_of, receipt_key_of, require_payable
from cabinet.payments.errors import (
    BankUnavailable,
    BeingPrepared,
    CartChanged,
    CartEmpty,
    CartFull,
    NothingToPay,
    OrderClosed,
    PayeeUnsaid,
)
from cabinet.payments.keys import cart_key, order_key
from cabinet.payments.model import Cart
from cabinet.session import IsSubscriber, Subscriber, owned_account_with, signed, subscriber_with
from cabinet.tokens import TokenInvalid
from fastapi import Depends, Query, Request, Response

from cart.models import (
    CartItemChange,
    CartShown,
    CheckoutShown,
    CheckoutWish,
    NewCartItems,
    OrderPage,
    OrderShown,
    shown_cart,
    shown_checkout,
    shown_order,
)

_ORDERS_ON_A_PAGE = 20

router = create_router()
IsSigned = Depends(where_it_stands(signed))


@raises(subscriber_with)
def user_and_cart(request: Request) -> tuple[Subscriber, Cart]:
    """Return who is asking with the cart; one batch."""
    who, (row,) = subscriber_with(request, lambda user_id: [(Table.PAYMENTS, cart_key(user_id))])
    return who, cart_store.cart_in(row)


type HasCart = Annotated[tuple[Subscriber, Cart], Depends(where_it_stands(user_and_cart))]


@router.get("/api/cart", tags=["cart"])
def show_cart(mine: HasCart) -> CartShown:
    """Show the cart by accounts, receipts and payees, with the orders that it will become."""
    return _shown(*mine)


@router.post("/api/cart/items", status_code=201, tags=["cart"], dependencies=[IsSigned])
@raises(owned_account_with, CartFull, Conflict, FeatureUnavailable, NothingToPay, PayeeUnsaid)
def add_receipt(new: NewCartItems, request: Request) -> CartShown:
    """Add the services of a receipt; the same again changes nothing."""
    owned, (receipt_row, cart_row) = owned_account_with(
        request,
        new.account_id,
        lambda user_id: [
            (Table.ACCOUNTS, receipt_key_of(new.account_id, new.receipt_id)),
            (Table.PAYMENTS, cart_key(user_id)),
        ],
        consistent=True,
    )
    owned.require("payments")
    if owned.supplier.merchant is None:
        raise FeatureUnavailable
    if receipt_row is None:
        raise NotFound
    receipt = Receipt.model_validate(receipt_row)
    lines = rules.receipt_lines(
        owned.supplier,
        new.account_id,
        receipt,
        receipt_row.get("digest", ""),
        not_counted(owned.account, receipt),
        with_preliminary=new.with_preliminary,
    )
    user_id = owned.subscriber.user_id
    cart = cart_store.change(user_id, cart_store.cart_in(cart_row), lambda cart: rules.add(cart, lines))
    return _shown(owned.subscriber, cart)


@router.patch("/api/cart/items/{item_id}", tags=["cart"])
@raises(NotFound, Conflict)
def adjust_item(item_id: Identifier, wanted: CartItemChange, mine: HasCart) -> CartShown:
    """Change the sum of one item."""
    who, cart = mine
    changed = cart_store.change(who.user_id, cart, lambda cart: rules.adjust(cart, item_id, wanted.amount))
    return _shown(who, changed)


@router.delete("/api/cart/items/{item_id}", tags=["cart"])
@raises(NotFound, Conflict)
def remove_item(item_id: Identifier, mine: HasCart) -> CartShown:
    """Take one item out."""
    who, cart = mine
    return _shown(who, cart_store.change(who.user_id, cart, lambda cart: rules.remove_one(cart, item_id)))


@router.delete("/api/cart", status_code=204, tags=["cart"])
@raises(Conflict)
def clear_cart(mine: HasCart) -> Response:
    """Take everything out."""
    who, cart = mine
    cart_store.change(who.user_id, cart, rules.clear)
    return Response(status_code=204)


@router.post("/api/cart/checkout", status_code=201, tags=["cart"], dependencies=[IsSigned])
@raises(BankUnavailable, BeingPrepared, CartChanged, CartEmpty, IdempotencyConflict, NotFound, OrderClosed)
def check_out(wish: CheckoutWish, key: IdempotencyKey, request: Request) -> CheckoutShown:
    """Make an order of the cart and return the bank's page; the same key goes on with the same order."""

    def this_request(user_id: str) -> Once:
        return once(user_id, "checkout", key, wish.model_dump())

    who, (reply_row, cart_row, profile) = subscriber_with(
        request,
        lambda user_id: [
            (Table.USERS, this_request(user_id).row_key),
            (Table.PAYMENTS, cart_key(user_id)),
            (Table.USERS, profile_key(user_id)),
        ],
    )
    now = clock.now()
    keyed = this_request(who.user_id)
    reply = keyed.reply_in(reply_row)
    if reply is not None:
        return shown_checkout(*checkout.answered_again(reply, now))
    cart = cart_store.cart_in(cart_row)
    if wish.version is not None and wish.version != cart.version:
        raise CartChanged
    email = (profile or {}).get("email")
    placed = checkout.check_out(facts_of(who.user_id, cart), cart, wish.order, who.user_id, keyed, email, now)
    return shown_checkout(*placed)


@router.get("/api/orders", tags=["orders"])
@raises(TokenInvalid)
def list_orders(who: IsSubscriber, cursor: Annotated[str | None, Query(max_length=2048)] = None) -> OrderPage:
    """List the subscriber's orders, the newest first."""
    name = f"orders/{who.user_id}"
    orders, next_key = store.of_subscriber(who.user_id, _ORDERS_ON_A_PAGE, read_cursor(name, cursor))
    now = clock.now()
    return OrderPage(items=[shown_order(order, now) for order in orders], next=write_cursor(name, next_key))


@router.get("/api/orders/{order_id}", tags=["orders"])
@raises(subscriber_with, NotFound)
def show_order(order_id: Identifier, request: Request) -> OrderShown:
    """Show one order with its timeline."""
    who, (row,) = subscriber_with(request, lambda _: [(Table.PAYMENTS, order_key(order_id))])
    order = store.order_in(row)
    if order.user_id != who.user_id:
        raise NotFound
    return shown_order(order, clock.now())


@router.post("/api/orders/{order_id}/payment", status_code=201, tags=["orders"])
@raises(subscriber_with, require_payable, BankUnavailable, BeingPrepared, NotFound, OrderClosed)
def pay_again(order_id: Identifier, request: Request) -> CheckoutShown:
    """Return the link of an order that waits for its payment, or of a new attempt at the same order."""
    who, (row,) = subscriber_with(request, lambda _: [(Table.PAYMENTS, order_key(order_id))])
    order = store.order_in(row)
    if order.user_id != who.user_id:
        raise NotFound
    require_payable(who.user_id, order.account_ids)
    return shown_checkout(checkout.continued(order, clock.now()), 0)


def _shown(who: Subscriber, cart: Cart) -> CartShown:
    return shown_cart(facts_of(who.user_id, cart), cart.version)


app = create_app("cart", router)
handler = lambda_handler(app)
