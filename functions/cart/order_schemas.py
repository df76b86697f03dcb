"""Bodies and answers of checking out, paying again, and of orders."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StrictBool

from cabinet.accounts.supplier_model import PaymentMethod
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.payments.errors import BankUnavailable
from cabinet.payments.model import Order, RefundStatus
from cabinet.payments.orders import attempt_rules
from cabinet.payments.orders.state_machine import Status
from cabinet.web.responses import response_from
from cart.cart_schemas import MAX_ORDERS
from cart.payment_schemas import SbpPayment


class CheckoutRequest(DeferredModel):
    """Which of the cart's orders to pay, and the cart's version that the subscriber has seen."""

    order: Annotated[int, Field(strict=True, ge=1, le=MAX_ORDERS)] = 1
    version: Annotated[int, Field(strict=True, ge=0)] | None = None
    method: PaymentMethod | None = None
    """By default by card, or as the order can be paid."""
    total: Annotated[int, Field(strict=True, ge=0)] | None = None
    """What the subscriber was shown for this order, commission included: another sum is not charged."""
    pay_anyway: bool = False
    """The deliberate second step after 409 `already_being_paid`."""
    saved_card_id: Annotated[str, Field(max_length=64)] | None = None
    """The card to pay by, with the method `saved_card`."""
    save_card: StrictBool = False
    """The payer agrees that the bank keeps the card that they pay by."""
    card_consent_version: Annotated[str, Field(max_length=32)] | None = None
    """Version of the consent that was read; 422 `consent_outdated` unless it is in force."""


class PaymentRequest(DeferredModel):
    """How to continue with an order; without a method as it was begun."""

    pay_anyway: bool = False
    """The deliberate second step after 409 `already_being_paid` or `payment_unconfirmed`."""
    method: PaymentMethod | None = None
    """Another one: an order with a number of its own replaces this one."""
    total: Annotated[int, Field(strict=True, ge=0)] | None = None
    """What the subscriber was shown for the method, commission included: another sum is not charged."""


class CheckoutResponse(DeferredModel):
    """Where to pay, and how many orders are left in the cart. `amount` is what the bank will ask for.

    `payment_url` is the bank's page, for СБП the same link as in `sbp`. A saved card is charged at once: then
    `status` is its outcome, and there is a page only if the bank wants the payer to confirm.
    """

    order_id: str
    status: Status
    method: PaymentMethod
    amount: Kopecks
    payment_url: str | None
    sbp: SbpPayment | None
    expires_at: datetime
    remaining: int

    @classmethod
    def of(cls, order: Order, remaining: int) -> Self:
        """Return where to pay; raises BankUnavailable when the order has no link."""
        attempt = order.attempt
        if attempt is None or (attempt.payment_url is None and not attempt_rules.is_charged(order)):
            raise BankUnavailable
        return cls(
            order_id=order.order_id,
            status=order.status,
            method=order.method,
            amount=order.total,
            payment_url=attempt.payment_url,
            sbp=SbpPayment.of(order, attempt.payment_url),
            expires_at=attempt.ends_at,
            remaining=remaining,
        )


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
    """Money refunded, or asked of the bank (`requested`); `at` is when its state was last set."""

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
    """The masked number of the saved card that pays it."""
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

    @classmethod
    def of(cls, order: Order, now: datetime) -> Self:
        """Return an order; the link only while it can be paid."""
        waits = order.status == "registered" and not attempt_rules.is_unconfirmed(order)
        link = attempt_rules.active_link(order, now)
        return response_from(
            cls,
            order,
            total=order.total,
            refunded=order.refunded_from_posted,
            masked_pan=order.card.masked_pan if order.card is not None else None,
            items=[
                response_from(OrderItem, line, receipt=line.receipt_title, payee=line.payee_name)
                for line in order.lines
            ],
            payment_url=link,
            sbp=SbpPayment.of(order, link),
            can_pay=attempt_rules.can_pay(order, now),
            can_cancel=order.status == "created" or waits,
        )


class OrderPage(DeferredModel):
    """A page of orders, the newest first."""

    items: list[OrderResponse]
    next: str | None
