"""Models of paying: cart and its lines, order, attempts at paying it, and what is posted to the ledger."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator

from cabinet.accounts.supplier_model import Commission, FiscalSettings, Merchant, PaymentMethod, VatRate
from cabinet.core.identifiers import supplier_part
from cabinet.core.model import FrozenModel
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period
from cabinet.core.timestamps import Timestamp
from cabinet.payments.given_consent import GivenConsent
from cabinet.payments.orders.state_machine import AWAITING_PAYMENT_OR_REVIEW, Status, require_transition

CURRENCY = "643"
"""Rubles, ISO 4217 numeric: what the banks' interfaces name it by."""


class CartLine(FrozenModel):
    """One service of one receipt that is to be paid («услуга» of the manual's cart)."""

    item_id: str
    account_id: str
    receipt_id: str
    receipt_title: str
    kind: str
    period: Period
    digest: str = ""
    """The receipt's digest when the line was added: another one means that billing has changed it."""
    service: str
    payee_inn: str = ""
    payee_name: str = ""
    due: Kopecks
    """What the receipt asked for."""
    amount: Kopecks
    """What the subscriber wants to pay."""
    limit: Kopecks
    """The supplier's limit for one line."""
    commission: Commission | None = None
    """The supplier's rule as it was shown with the line; None in carts from before it was kept."""
    method_commissions: dict[PaymentMethod, Commission] = {}
    """The supplier's rules of the methods that had another one."""
    fiscal: FiscalSettings = FiscalSettings.model_construct()
    """What the fiscal receipt says of the line."""
    paid: Kopecks = 0
    """The part of `due` paid but not accounted when the line was added: adding it again is paying ahead."""

    @property
    def supplier_id(self) -> str:
        """Return the supplier of the account."""
        return supplier_part(self.account_id)


class Cart(FrozenModel):
    """What one user has chosen to pay; `version` grows by one with every change."""

    lines: list[CartLine] = []
    version: int = 0


class OrderLine(FrozenModel):
    """One line of an order, frozen at checkout."""

    account_id: str
    address: str = ""
    receipt_id: str
    receipt_title: str
    service: str
    payee_inn: str = ""
    payee_name: str = ""
    fiscal: FiscalSettings = FiscalSettings.model_construct()
    amount: Kopecks

    @property
    def supplier_id(self) -> str:
        """Return the supplier of the account."""
        return supplier_part(self.account_id)


class OrderCard(FrozenModel):
    """The saved card that an order is paid by."""

    saved_card_id: str
    bank_card_id: Annotated[str, Field(alias="binding_id")]
    """The bank's identifier of the card."""
    masked_pan: str


class OrderAutopay(FrozenModel):
    """The rule by which an order is charged without its payer, as it was then."""

    account_id: str
    revision: str
    bound_at: str


class Attempt(FrozenModel):
    """One registration of the order at the bank. Only a stored link is ever given to the subscriber."""

    number: str
    """The order number that the bank knows: unique for each attempt, at most 32 characters."""
    begun_at: Timestamp
    ends_at: Timestamp
    """The bank's session ends: the link cannot be paid later."""
    bank_order_id: str | None = None
    payment_url: str | None = None
    """The bank's page; for СБП the link that opens the app of the subscriber's own bank."""
    qr_id: str | None = None
    """СБП: the bank's identifier of the code."""
    qr_png: str | None = None
    """СБП: the code as the bank drew it, a PNG in base64; only while it can be paid."""
    charge_begun_at: Timestamp | None = None
    """Saved card: when a request took it upon itself to charge the card, which none does a second time."""
    decline_code: str = ""
    """The bank's own code of the decline."""
    is_final_decline: bool = False
    """The bank will never take this card again."""
    is_dead: bool = False
    """The bank itself has said that this attempt cannot be paid any more."""
    bank_asked_at: Annotated[Timestamp | None, Field(alias="checked_at")] = None
    """«Город»: when the bank last asked whether the order may be paid; without that it never takes money.

    Forgotten when `Merchant.unconfirmed_hours` have passed without a payment.
    """


class TimelineEvent(FrozenModel):
    """One entry of an order's timeline, in words for the subscriber."""

    at: Timestamp
    what: str


type RefundStatus = Literal["requested", "done", "refused"]


class RefundLine(FrozenModel):
    """The refunded part of one line of the order."""

    position: int
    """The line's place in `Order.lines`, from 0."""
    amount: Kopecks


class Refund(FrozenModel):
    """Money refunded, or requested as a refund: by the staff, or by the bank itself.

    What `lines` and `unposted_amount` leave of `amount` is commission.
    """

    refund_id: str
    amount: Kopecks
    unposted_amount: Annotated[Kopecks, Field(alias="beyond")] = 0
    """The part of `amount` that was never posted: of `Order.surplus`, or of a payment under review.

    Commission is not in it: that was posted, though with no line.
    """
    lines: list[RefundLine] = []
    reason: str
    """Shown to the subscriber."""
    requested_by: str = ""
    at: Timestamp
    """When it was requested, then when the bank gave the money back."""
    status: RefundStatus = "requested"
    attempts: int = 0
    """How often the bank was asked to give the money back, each time under the same identifier."""
    sent_at: Timestamp | None = None
    error: str = ""
    """Why the bank refused, by its code."""


class Order(FrozenModel):
    """A payment of several lines under one contract with a bank.

    `amount` goes to the payees; the bank takes `total`, which is `amount` and the commission.
    """

    order_id: str
    user_id: str | None
    """None for a guest, who has no cabinet."""
    guest_token: str | None = None
    """The secret by which a guest reads the order's state; None for a user's order."""
    email: str | None = None
    """Where the order's emails go; erased when it is paid or its checks end, a guest's only when they end."""
    merchant: Merchant
    method: PaymentMethod = "card"
    card: OrderCard | None = None
    """The saved card that pays it."""
    autopay: OrderAutopay | None = None
    """Charged by a rule, the payer not present."""
    card_consent: GivenConsent | None = None
    """The payer wants the card saved that they pay by; erased when it was, or when checks end."""
    client_ip: Annotated[str, Field(alias="payer_address")] = ""
    """The payer's network address, which banks want with a saved card; erased as `email` of a user is."""
    time_zones: dict[str, str]
    """Supplier id → its time zone: which day a payment was received on."""
    suppliers_with_webhook: Annotated[list[str], Field(alias="webhooks")] = []
    """Suppliers that had a webhook when the order was made: their accounts' events have room in posting."""
    lines: list[OrderLine]
    amount: Kopecks
    commission: Kopecks
    commission_vat: VatRate = "none"
    status: Status = "created"
    version: int = 1
    created_at: Timestamp
    attempts: list[Attempt] = []
    timeline: list[TimelineEvent] = []
    checks_scheduled: Annotated[int, Field(alias="asks")] = 0
    """How many pauses of `orders.state_machine.CHECK_SCHEDULE` were begun since the last change of state."""
    due_at: Timestamp | None = None
    paid_at: Timestamp | None = None
    credited_bank_order_id: Annotated[str | None, Field(alias="paid_by")] = None
    """The bank's identifier of the payment that was credited."""
    card_digits: str = ""
    """The last four digits of the card that paid, if the bank reports them; the staff searches by them."""
    reviewed_bank_order_id: Annotated[str | None, Field(alias="under_review")] = None
    """The bank's identifier of the payment that a person looks at: not always that of the last attempt."""
    taken: Kopecks | None = None
    """What the bank says that it took, where it says so; more or less than `total` goes to a person."""
    decided_amount: Annotated[Kopecks | None, Field(alias="credited")] = None
    """What was posted, commission included, when a person decided on another sum than `total`."""
    refunded_from_posted: Annotated[Kopecks, Field(alias="refunded")] = 0
    """The part of what was posted that the bank has refunded so far."""
    bank_refunded_total: Annotated[Kopecks | None, Field(alias="returned")] = None
    """All that the bank refunded, money never posted included; None: the same as `refunded_from_posted`."""
    refunds: list[Refund] = []
    is_reserving: bool = False
    """Its receipts are reserved for it (`reservations`): nobody else pays them without a warning."""
    duplicate_charges: list[str] = []
    """The bank's identifiers of payments beyond the credited one: money to be refunded."""
    review_reason: str | None = None
    replaced_by: str | None = None
    """The order that took its place when the payer chose another method; this one is paid no more."""
    decisions: list[TimelineEvent] = []
    """What the staff noted when they decided a review, with their names: never shown to the subscriber."""
    fiscal_url: str | None = None

    @field_validator("lines")
    @classmethod
    def _address_of_the_account(cls, lines: list[OrderLine]) -> list[OrderLine]:
        """Give each line its account's address, which a row has once (ADR 67)."""
        known = {line.account_id: line.address for line in lines if line.address}
        return [
            line if line.address else line.model_copy(update={"address": known.get(line.account_id, "")})
            for line in lines
        ]

    @property
    def page(self) -> str:
        """Return the path of the order's page on the site; a guest's opens by its token."""
        if self.guest_token is None:
            return f"/orders/{self.order_id}"
        return f"/pay/{self.public_token}"

    @property
    def public_token(self) -> str:
        """Return what a guest reads the order's state by: in a path of the site a point would name a file."""
        return f"{self.order_id}-{self.guest_token}"

    @property
    def client_id(self) -> str:
        """Return what the bank knows the owner of its saved cards by; empty for a guest, who has none."""
        return self.user_id or ""

    @property
    def total(self) -> Kopecks:
        """Return what the bank charges."""
        return self.amount + self.commission

    @property
    def posted(self) -> Kopecks:
        """Return what the ledgers got of a paid order, commission included."""
        return self.total if self.decided_amount is None else self.decided_amount

    @property
    def refunded_total(self) -> Kopecks:
        """Return all that the bank has refunded, as far as it is noted here."""
        return self.refunded_from_posted if self.bank_refunded_total is None else self.bank_refunded_total

    @property
    def surplus(self) -> Kopecks:
        """Return what the bank still holds of a paid order beyond what was posted."""
        taken = self.posted if self.taken is None else self.taken
        return max(taken - self.posted - (self.refunded_total - self.refunded_from_posted), 0)

    @property
    def open_refund(self) -> Refund | None:
        """Return the refund that the bank has not confirmed yet: there is one at most."""
        return next((refund for refund in self.refunds if refund.status == "requested"), None)

    def with_refund(self, refund: Refund) -> Self:
        """Return the order with the refund added, or put in the place of the one of the same identifier."""
        known = any(old.refund_id == refund.refund_id for old in self.refunds)
        replaced = [refund if old.refund_id == refund.refund_id else old for old in self.refunds]
        return self.model_copy(update={"refunds": replaced if known else [*self.refunds, refund]})

    def bank_refund_id(self, refund: Refund) -> str:
        """Return what the bank knows a refund by: sent again, it is the same refund."""
        return f"{self.order_id}-{refund.refund_id}"

    @property
    def attempt(self) -> Attempt | None:
        """Return the current attempt: the only one whose link is valid for us."""
        return self.attempts[-1] if self.attempts else None

    @property
    def account_ids(self) -> list[str]:
        """Return the accounts that are paid for, each once."""
        return list(dict.fromkeys(line.account_id for line in self.lines))

    def has_attempt(self, number: str) -> bool:
        """Tell whether the bank's order number is one of ours."""
        return any(attempt.number == number for attempt in self.attempts)

    def with_attempt(self, attempt: Attempt) -> Self:
        """Return the order with the attempt of the same number replaced."""
        replaced = [attempt if old.number == attempt.number else old for old in self.attempts]
        return self.model_copy(update={"attempts": replaced})

    def transition_to(self, status: Status, what: str, at: datetime) -> Self:
        """Return the order in another state, its checks begun anew; raises IllegalTransition."""
        require_transition(self.status, status)
        changes = {
            "status": status,
            "checks_scheduled": 0,
            "is_reserving": self.is_reserving and status in AWAITING_PAYMENT_OR_REVIEW,
            "attempts": [attempt.model_copy(update={"qr_png": None}) for attempt in self.attempts],
        }
        return self.with_event(what, at).model_copy(update=changes)

    def with_event(self, what: str, at: datetime) -> Self:
        """Return the order with one more entry of the timeline."""
        return self.model_copy(update={"timeline": [*self.timeline, TimelineEvent(at=at, what=what)]})


@dataclass(frozen=True, slots=True)
class Posting:
    """What one transaction posts to the ledgers: positive for a payment, negative for a refund."""

    payment_id: str
    kind: str
    at: datetime
    lines: list[tuple[OrderLine, Kopecks]]
    total: Kopecks
    """Including the commission and what is in no ledger: the sum in the bank's statement."""

    def by_account(self) -> dict[str, Kopecks]:
        """Return the sum for each account."""
        sums: dict[str, Kopecks] = {}
        for line, amount in self.lines:
            sums[line.account_id] = sums.get(line.account_id, 0) + amount
        return sums

    def lines_of(self, account_id: str) -> list[tuple[str, str, str, Kopecks]]:
        """Return (receipt, payee, service, sum) of an account's lines, as its `unaccounted` keeps them."""
        return [
            (line.receipt_id, line.payee_inn, line.service, amount)
            for line, amount in self.lines
            if line.account_id == account_id
        ]

    def by_supplier(self) -> dict[str, list[tuple[OrderLine, Kopecks]]]:
        """Return the lines of each supplier."""
        parts: dict[str, list[tuple[OrderLine, Kopecks]]] = {}
        for line, amount in self.lines:
            parts.setdefault(line.supplier_id, []).append((line, amount))
        return parts
