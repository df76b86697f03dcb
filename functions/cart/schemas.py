"""Bodies and answers of cart and orders."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StrictBool

from cabinet.accounts.model import PaymentMethod
from cabinet.accounts.rules import MAX_BINDINGS
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks, format_rubles
from cabinet.payments.cards import card_rules
from cabinet.payments.cards.model import SavedCard
from cabinet.payments.cart.context import CartContext
from cabinet.payments.errors import BankUnavailable
from cabinet.payments.model import CartLine, Order, RefundStatus
from cabinet.payments.orders import attempt_rules
from cabinet.payments.orders.split import OrderDraft, PaymentOption
from cabinet.payments.orders.state_machine import Status
from cabinet.web.responses import response_from

MAX_ORDERS = 100
"""A cart has as many lines at most, so as many orders."""
METHOD_TITLES: dict[PaymentMethod, str] = {
    "card": "Банковская карта",
    "sbp": "СБП",
    "saved_card": "Сохранённая карта",
}


class NewCartItems(DeferredModel):
    """A receipt whose services are to be paid."""

    model_config = ConfigDict(extra="ignore")

    account_id: Annotated[str, Field(min_length=1, max_length=128)]
    receipt_id: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-[^#\x00-\x1f]{1,64}$")]
    with_preliminary: StrictBool = False
    pay_ahead: StrictBool = False
    """The deliberate second step after 409 `receipt_paid`."""


class DueReceipts(DeferredModel):
    """Whose receipts are to be paid: of the accounts named, or of all that can be paid here."""

    account_ids: (
        Annotated[
            list[Annotated[str, Field(min_length=1, max_length=128)]],
            Field(min_length=1, max_length=MAX_BINDINGS),
        ]
        | None
    ) = None
    with_preliminary: StrictBool = False


class CartItemUpdate(DeferredModel):
    """Another sum for one item, in kopecks."""

    amount: Annotated[int, Field(strict=True)]


class CheckoutRequest(DeferredModel):
    """Which of the cart's orders to pay, and the cart's version that the subscriber has seen."""

    order: Annotated[int, Field(strict=True, ge=1, le=MAX_ORDERS)] = 1
    version: Annotated[int, Field(strict=True, ge=0)] | None = None
    method: PaymentMethod | None = None
    """By card when unsaid, or as the order can be paid."""
    total: Annotated[int, Field(strict=True, ge=0)] | None = None
    """What the subscriber was shown for this order, commission included: another sum is not charged."""
    pay_anyway: bool = False
    """The deliberate second step after 409 `already_being_paid`."""
    saved_card_id: Annotated[str, Field(max_length=64)] | None = None
    """The card to pay by, with the method `saved_card`."""
    save_card: StrictBool = False
    """The payer agrees that the bank keeps the card that they pay by."""
    card_consent_version: Annotated[str, Field(max_length=32)] | None = None
    """Of the consent that was read; another one than is in force is 422 `consent_outdated`."""


class PaymentRequest(DeferredModel):
    """How to go on with an order; without a method as it was begun."""

    pay_anyway: bool = False
    """The deliberate second step after 409 `already_being_paid` or `payment_unconfirmed`."""
    method: PaymentMethod | None = None
    """Another one: an order with a number of its own takes the place of this one."""
    total: Annotated[int, Field(strict=True, ge=0)] | None = None
    """What the subscriber was shown for the method, commission included: another sum is not charged."""


class CartItemResponse(DeferredModel):
    """One service; `stale` says that a newer receipt has come and the item must be added again.

    `paid` is what of `due` was paid through the cabinet and is not accounted yet: `due` − `paid` is left.
    """

    item_id: str
    service: str
    amount: Kopecks
    due: Kopecks
    paid: Kopecks
    limit: Kopecks
    stale: bool


class CartPayee(DeferredModel):
    """The services whose money one payee receives."""

    payee: str
    items: list[CartItemResponse]


class CartReceipt(DeferredModel):
    """The services of one receipt."""

    receipt_id: str
    title: str
    payees: list[CartPayee]


class CartGroup(DeferredModel):
    """All of one account; `order` is the number of the order that it will be paid in."""

    account_id: str
    address: str
    supplier_name: str
    receipts: list[CartReceipt]
    subtotal: Kopecks
    order: int


class CartCommission(DeferredModel):
    """The supplier's rule as a sentence, and what it comes to."""

    text: str
    amount: Kopecks


class PaymentMethodResponse(DeferredModel):
    """One way of paying: what it costs, and what the bank will ask for in all."""

    method: PaymentMethod
    title: str
    commission: CartCommission
    total: Kopecks
    can_save: bool = False
    """The card that is paid by can be saved."""
    saved_card_id: str | None = None
    masked_pan: str | None = None
    expires_on: date | None = None
    expired: bool | None = None
    """Of a saved card: shown, but not to be paid by."""


class PaymentMethods(DeferredModel):
    """The ways of paying, the usual one first."""

    items: list[PaymentMethodResponse]


class CartOrder(DeferredModel):
    """One payment that the cart will need; `commission` and `total` are those of its first method."""

    order: int
    account_ids: list[str]
    amount: Kopecks
    commission: CartCommission
    total: Kopecks
    methods: list[PaymentMethodResponse]


class CartResponse(DeferredModel):
    """The cart. `orders` has several entries when several banks or very many accounts are to be paid."""

    groups: list[CartGroup]
    count: int
    commission: CartCommission
    total: Kopecks
    orders: list[CartOrder]
    note: str | None
    version: int


class SavedCardResponse(DeferredModel):
    """A card that a bank keeps; `masked_pan` is its last digits, `used_by` the accounts with its autopay."""

    saved_card_id: str
    masked_pan: str
    expires_on: date | None
    expired: bool
    bank_name: str
    used_by: list[str]


class SavedCardList(DeferredModel):
    """The subscriber's cards, the latest saved first."""

    items: list[SavedCardResponse]


class ConsentResponse(DeferredModel):
    """A consent's text in force; `sha256` is that of the text in UTF-8."""

    version: str
    title: str
    text: str
    sha256: str


class SbpPayment(DeferredModel):
    """How an order is paid by СБП until `expires_at`.

    `link` opens the app of the payer's own bank on a phone; `qr_png` is the bank's code for the camera of
    one, a data URI, or null where the bank drew none.
    """

    link: str
    qr_png: str | None
    expires_at: datetime


class CheckoutResponse(DeferredModel):
    """Where to pay, and how many orders are left in the cart. `amount` is what the bank will ask for.

    `payment_url` is the bank's page, for СБП the same link as in `sbp`. A saved card is charged at once: then
    `status` says what came of it, and there is a page only where the bank wants the payer to confirm.
    """

    order_id: str
    status: Status
    method: PaymentMethod
    amount: Kopecks
    payment_url: str | None
    sbp: SbpPayment | None
    expires_at: datetime
    remaining: int


class OrderItem(DeferredModel):
    """One paid service; `address` is empty in orders from before it was kept."""

    account_id: str
    address: str
    receipt: str
    payee: str
    service: str
    amount: Kopecks


class TimelineEntry(DeferredModel):
    """One entry of the order's timeline, in words."""

    at: datetime
    what: str


class OrderRefund(DeferredModel):
    """Money given back, or asked of the bank (`requested`); `at` is when its state was last set."""

    amount: Kopecks
    at: datetime
    status: RefundStatus
    reason: str


class OrderResponse(DeferredModel):
    """An order; `amount` goes to the payees, the bank takes `total`."""

    order_id: str
    status: Status
    method: PaymentMethod
    masked_pan: str | None
    """Of the saved card that pays it."""
    amount: Kopecks
    commission: Kopecks
    total: Kopecks
    refunded: Kopecks
    items: list[OrderItem]
    created_at: datetime
    paid_at: datetime | None
    payment_url: str | None
    sbp: SbpPayment | None
    can_pay: bool
    replaced_by: str | None
    can_cancel: bool
    fiscal_url: str | None
    refunds: list[OrderRefund]
    timeline: list[TimelineEntry]


class OrderPage(DeferredModel):
    """A page of orders, the newest first."""

    items: list[OrderResponse]
    next: str | None


def cart_response(
    context: CartContext, version: int, cards: Sequence[SavedCard], today: date
) -> CartResponse:
    """Return the cart grouped as the manual shows it: account, receipt, payee."""
    orders = [
        _draft_response(number, draft, payment_methods(draft, cards, today))
        for number, draft in enumerate(context.drafts, 1)
    ]
    by_account: dict[tuple[str, int], list[CartLine]] = {}
    for number, draft in enumerate(context.drafts, 1):
        for line in draft.lines:
            by_account.setdefault((line.account_id, number), []).append(line)
    usual = [draft.option(None) for draft in context.drafts]
    texts = dict.fromkeys(text for option in usual for text in option.commission_texts)
    count = sum(len(draft.lines) for draft in context.drafts)
    return CartResponse(
        groups=[_group(context, lines, number) for (_, number), lines in by_account.items()],
        count=count,
        commission=CartCommission(text=" ".join(texts), amount=sum(option.commission for option in usual)),
        total=sum(order.total for order in orders),
        orders=orders,
        note=_note(context.drafts),
        version=version,
    )


def checkout_response(order: Order, remaining: int) -> CheckoutResponse:
    """Return where to pay; raises BankUnavailable when the order has no link."""
    attempt = order.attempt
    if attempt is None or (attempt.payment_url is None and not attempt_rules.is_charged(order)):
        raise BankUnavailable
    return CheckoutResponse(
        order_id=order.order_id,
        status=order.status,
        method=order.method,
        amount=order.total,
        payment_url=attempt.payment_url,
        sbp=sbp_payment(order, attempt.payment_url),
        expires_at=attempt.ends_at,
        remaining=remaining,
    )


def sbp_payment(order: Order, link: str | None) -> SbpPayment | None:
    """Return how an order is paid by СБП; None for another method, and where nothing can be paid."""
    attempt = order.attempt
    if order.method != "sbp" or attempt is None or link is None:
        return None
    picture = f"data:image/png;base64,{attempt.qr_png}" if attempt.qr_png else None
    return SbpPayment(link=link, qr_png=picture, expires_at=attempt.ends_at)


def order_response(order: Order, now: datetime) -> OrderResponse:
    """Return an order; the link only while it can be paid."""
    waits = order.status == "registered" and not attempt_rules.is_unconfirmed(order)
    link = attempt_rules.active_link(order, now)
    return response_from(
        OrderResponse,
        order,
        total=order.total,
        masked_pan=order.card.masked_pan if order.card is not None else None,
        items=[
            response_from(OrderItem, line, receipt=line.receipt_title, payee=line.payee_name)
            for line in order.lines
        ],
        payment_url=link,
        sbp=sbp_payment(order, link),
        can_pay=attempt_rules.can_pay(order, now),
        can_cancel=order.status == "created" or waits,
    )


def _group(context: CartContext, lines: list[CartLine], number: int) -> CartGroup:
    account = context.accounts[lines[0].account_id]
    receipts: dict[str, dict[str, list[CartLine]]] = {}
    for line in lines:
        receipts.setdefault(line.receipt_id, {}).setdefault(line.payee_name, []).append(line)
    titles = {line.receipt_id: line.receipt_title for line in lines}
    return CartGroup(
        account_id=account.account_id,
        address=account.address.line,
        supplier_name=context.suppliers[account.supplier_id].name,
        receipts=[
            CartReceipt(
                receipt_id=receipt_id,
                title=titles[receipt_id],
                payees=[
                    CartPayee(payee=payee, items=[_item(line, context) for line in of_payee])
                    for payee, of_payee in payees.items()
                ],
            )
            for receipt_id, payees in receipts.items()
        ],
        subtotal=sum(line.amount for line in lines),
        order=number,
    )


def _item(line: CartLine, context: CartContext) -> CartItemResponse:
    paid = context.paid.get(line.item_id, 0)
    return response_from(CartItemResponse, line, paid=paid, stale=line.item_id in context.stale)


def _draft_response(number: int, draft: OrderDraft, methods: list[PaymentMethodResponse]) -> CartOrder:
    return CartOrder(
        order=number,
        account_ids=list(dict.fromkeys(line.account_id for line in draft.lines)),
        amount=draft.amount,
        commission=methods[0].commission,
        total=methods[0].total,
        methods=methods,
    )


def payment_methods(
    draft: OrderDraft, cards: Sequence[SavedCard], today: date
) -> list[PaymentMethodResponse]:
    """Return the ways of paying an order of the cart; each card that its bank keeps is one."""
    return [*payment_methods_of_guest(draft, can_save=True), *_saved_ways(draft, cards, today)]


def payment_methods_of_guest(draft: OrderDraft, *, can_save: bool = False) -> list[PaymentMethodResponse]:
    """Return the ways of paying that need no card of one's own here."""
    return [
        method_response(option, can_save=can_save)
        for option in draft.options
        if option.method != "saved_card"
    ]


def _saved_ways(draft: OrderDraft, cards: Sequence[SavedCard], today: date) -> list[PaymentMethodResponse]:
    return [
        method_response(option).model_copy(
            update={
                "title": _card_title(card),
                "saved_card_id": card.saved_card_id,
                "masked_pan": card.masked_pan,
                "expires_on": card_rules.expires_on(card),
                "expired": card_rules.is_expired(card, today),
            }
        )
        for option in draft.options
        if option.method == "saved_card"
        for card in cards
        if card.merchant.contract == option.merchant.contract
    ]


def method_response(option: PaymentOption, *, can_save: bool = False) -> PaymentMethodResponse:
    """Return one way of paying."""
    return PaymentMethodResponse(
        method=option.method,
        title=METHOD_TITLES[option.method],
        commission=CartCommission(text=" ".join(option.commission_texts), amount=option.commission),
        total=option.total,
        can_save=can_save and option.method == "card" and "saved_card" in option.merchant.methods,
    )


def _card_title(card: SavedCard) -> str:
    """Return «Карта …1234, до 08/27»."""
    until = f", до {card.expires[5:]}/{card.expires[2:4]}" if card.expires else ""
    return f"Карта {card.masked_pan}{until}"


def saved_card_list(
    cards: Sequence[SavedCard], today: date, used: Sequence[tuple[str, str]]
) -> SavedCardList:
    """Return the subscriber's cards; `used` are card and account of each autopay rule."""
    return SavedCardList(
        items=[
            response_from(
                SavedCardResponse,
                card,
                expires_on=card_rules.expires_on(card),
                expired=card_rules.is_expired(card, today),
                used_by=[account_id for card_id, account_id in used if card_id == card.saved_card_id],
            )
            for card in cards
        ]
    )


def _note(drafts: list[OrderDraft]) -> str | None:
    """Say plainly why a cart needs several payments."""
    if len(drafts) < 2:
        return None
    sums = ", ".join(f"{format_rubles(draft.option(None).total)} руб." for draft in drafts)
    several = len({draft.merchant for draft in drafts}) > 1
    why = "У организаций разные договоры с банком" if several else "В корзине очень много лицевых счетов"
    return f"{why}, поэтому оплата пройдёт по частям, по одному платежу: {sums}"
