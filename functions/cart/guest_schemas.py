"""Bodies and answers of paying without a cabinet: nothing about the holder or bindings."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from cabinet.accounts.supplier_model import PaymentMethod
from cabinet.core.errors import FieldError, InvalidFields
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period
from cabinet.identity.guest_search import GuestCaptcha
from cabinet.payments.errors import BankUnavailable
from cabinet.payments.model import Order
from cabinet.payments.orders import attempt_rules
from cabinet.payments.orders.state_machine import Status
from cabinet.web.responses import response_from
from cart.payment_schemas import SbpPayment

type _Amount = Annotated[int, Field(strict=True, ge=0, le=10**12)]
type _LookupToken = Annotated[str, StringConstraints(min_length=1, max_length=2048)]


class GuestPaymentLookup(DeferredModel):
    """Whose receipt is to be paid: by the text of its QR code, or by number, house and flat."""

    qr: Annotated[str, StringConstraints(max_length=4000)] | None = None
    account_number: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] | None = None
    house: Annotated[str, StringConstraints(strip_whitespace=True, max_length=32)] | None = None
    flat: Annotated[str, StringConstraints(strip_whitespace=True, max_length=32)] | None = None
    captcha: GuestCaptcha | None = None

    @property
    def number(self) -> str:
        """Return the number; raises InvalidFields (`missing`) for what a search by address lacks."""
        lacking = [name for name in ("account_number", "house") if not getattr(self, name)]
        if lacking:
            raise InvalidFields(*(FieldError(name, "missing", "Заполните это поле.") for name in lacking))
        return self.account_number or ""


class GuestPayee(DeferredModel):
    """Who can receive the money."""

    payee_inn: str
    name: str


class GuestPaymentForm(DeferredModel):
    """What can be paid; `token` opens it for half an hour. `amount` is the code's own, never what is owed.

    `payees` are to be chosen from: a code names its own, by address they are all that the supplier has, the
    first of which is paid unless another is chosen.
    """

    token: str
    supplier_name: str
    account_masked: str
    payee_name: str
    payees: list[GuestPayee]
    period: Period
    amount: Kopecks | None
    min: Kopecks
    max: Kopecks


class GuestPaymentQuery(DeferredModel):
    """A sum whose commission is asked for."""

    token: _LookupToken
    amount: _Amount
    payee_inn: Annotated[str, StringConstraints(min_length=1, max_length=12)] | None = None
    """Which of `payees` receives the money; the first by default."""


class GuestPaymentRequest(GuestPaymentQuery):
    """What a guest pays; the address of mail is used for the receipt of this payment alone."""

    method: PaymentMethod
    email: Annotated[str, StringConstraints(max_length=254)] | None = None
    total: _Amount | None = None
    """What the payer was shown, commission included: another sum is not charged."""


class GuestCheckoutResponse(DeferredModel):
    """Where to pay; `order_token` reads the payment's state. The bank asks for `total`."""

    order_token: str
    order_id: str
    method: PaymentMethod
    amount: Kopecks
    commission: Kopecks
    total: Kopecks
    payment_url: str
    sbp: SbpPayment | None
    expires_at: datetime

    @classmethod
    def of(cls, order: Order) -> Self:
        """Return where to pay; raises BankUnavailable when the order has no link."""
        attempt = order.attempt
        if attempt is None or attempt.payment_url is None:
            raise BankUnavailable
        return response_from(
            cls,
            order,
            order_token=order.public_token,
            total=order.total,
            payment_url=attempt.payment_url,
            sbp=SbpPayment.of(order, attempt.payment_url),
            expires_at=attempt.ends_at,
        )


class GuestPaymentResponse(DeferredModel):
    """The state of a guest's payment; the link only while it can be paid, `refunded` what was refunded."""

    order_id: str
    status: Status
    method: PaymentMethod
    amount: Kopecks
    commission: Kopecks
    total: Kopecks
    refunded: Kopecks
    created_at: datetime
    paid_at: datetime | None
    fiscal_url: str | None
    payment_url: str | None
    sbp: SbpPayment | None
    can_pay: bool

    @classmethod
    def of(cls, order: Order, now: datetime) -> Self:
        """Return the state of a guest's payment."""
        link = attempt_rules.active_link(order, now)
        return response_from(
            cls,
            order,
            total=order.total,
            refunded=order.refunded_from_posted,
            payment_url=link,
            sbp=SbpPayment.of(order, link),
            can_pay=attempt_rules.can_pay(order, now),
        )
