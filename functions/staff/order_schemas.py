"""What the desk's routes of orders take and give."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from cabinet.accounts.bank_capabilities import CAPABILITIES
from cabinet.accounts.supplier_model import PaymentMethod
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.payments.model import Order, Refund, RefundStatus
from cabinet.payments.orders.search_rules import last_digits
from cabinet.payments.providers.base import ProviderPaymentStatus
from cabinet.payments.refund_approval_rules import ApprovalState, RefundApprovalRequest, state_at
from cabinet.payments.refund_rules import (
    amount_at_bank,
    credited_by_line,
    refundable,
    refundable_by_line,
    refunded_by_line,
)
from cabinet.staff.order_access import supplier_ids

type BankStateName = Literal["waiting", "paid", "declined", "refunded", "reversed", "unknown"]
type OrderStatusName = Literal["created", "registered", "paid", "declined", "expired", "review", "refunded"]


class DeskOrderSummary(DeferredModel):
    """An order in the list: no name, no address."""

    order_id: str
    created_at: datetime
    status: OrderStatusName
    review_reason: str | None
    """Why a person must decide: ``amount``, ``order``, ``currency`` or ``silence``."""
    method: PaymentMethod
    card_digits: str
    """The last four of the card; empty where they are not known."""
    amount: Kopecks
    commission: Kopecks
    total: Kopecks
    returned: Kopecks
    """Refunded so far."""
    account_ids: list[str]
    supplier_ids: list[str]
    is_guest: bool
    is_autopay: bool

    @classmethod
    def of(cls, order: Order) -> Self:
        """Return an order as the list shows it."""
        return cls.model_validate(_summary_fields(order))


def _summary_fields(order: Order) -> dict[str, object]:
    """Return the order's own fields, and what is computed of them for its summary."""
    return vars(order) | {
        "card_digits": last_digits(order), "total": order.total, "returned": order.refunded_total,
        "account_ids": order.account_ids, "supplier_ids": list(supplier_ids(order)),
        "is_guest": order.user_id is None, "is_autopay": order.autopay is not None,
    }  # fmt: skip


class DeskOrderPage(DeferredModel):
    """A page of orders, newest first; one may be short and yet have a next. The days are those searched."""

    items: list[DeskOrderSummary]
    next: str | None
    first: date
    last: date


class DeskOrderLine(DeferredModel):
    """One line of an order: what was paid, credited and refunded."""

    position: int
    account_id: str
    address: str
    receipt: str
    service: str
    payee: str
    payee_inn: str
    amount: Kopecks
    credited: Kopecks
    returned: Kopecks
    left: Kopecks
    """What can still be refunded."""


class DeskAttempt(DeferredModel):
    """One registration of the order at the bank."""

    number: str
    bank_order_id: str | None
    begun_at: datetime
    ends_at: datetime
    checked_at: Annotated[datetime | None, Field(validation_alias="bank_asked_at")]
    """«Город»: when the bank last asked whether the order may be paid."""
    charge_begun_at: datetime | None
    decline_code: str
    """The bank's own code of a decline."""
    is_final_decline: bool
    is_dead: bool


class DeskRefund(DeferredModel):
    """Money refunded, or requested as a refund."""

    refund_id: str
    amount: Kopecks
    reason: str
    requested_by: str
    at: datetime
    status: RefundStatus
    error: str
    attempts: int
    positions: list[int]
    """The lines that give it."""

    @classmethod
    def of(cls, refund: Refund) -> Self:
        """Return a refund as the order's page shows it."""
        positions = [part.position for part in refund.lines]
        return cls.model_validate(vars(refund) | {"positions": positions})


class DeskApproval(DeferredModel):
    """A refund that was asked for and needed a second person."""

    order_id: str
    refund_id: str
    amount: Kopecks
    reason: str
    requested_by: str
    """Staff id."""
    requested_name: str
    at: datetime
    valid_until: datetime
    state: ApprovalState
    decided_name: str
    decided_at: datetime | None
    note: str
    positions: list[int]
    """The chosen lines; empty: as the lines come."""

    @classmethod
    def of(cls, approval: RefundApprovalRequest, now: datetime) -> Self:
        """Return the state of a request at this moment."""
        own = {
            name: getattr(approval, name) for name in cls.model_fields if name not in ("state", "positions")
        }
        return cls(**own, state=state_at(approval, now), positions=sorted(approval.lines))


class DeskApprovalPage(DeferredModel):
    """A page of what waits; one may be short and yet have a next."""

    items: list[DeskApproval]
    next: str | None


class DeskBankStatus(DeferredModel):
    """What the bank says of one attempt at this moment; `state` None: it did not answer."""

    number: str
    state: BankStateName | None
    amount: Kopecks | None
    """What it took, or is to take; None where it does not say."""
    held: Kopecks | None
    """What the bank still holds of it: what was not refunded."""
    currency: str
    decline_code: str

    @classmethod
    def of(cls, number: str, answer: ProviderPaymentStatus | None) -> Self:
        """Return what the bank said of an attempt; None: nothing."""
        if answer is None:
            return cls(number=number, state=None, amount=None, held=None, currency="", decline_code="")
        return cls.model_validate(
            {
                "number": number, "state": answer.payment_state.name.lower(), "amount": answer.amount,
                "held": amount_at_bank(answer), "currency": answer.currency or "",
                "decline_code": answer.decline_code,
            }
        )  # fmt: skip


class DeskOrderEvent(DeferredModel):
    """One entry of the order's story."""

    at: datetime
    what: str
    is_decision: bool
    """Noted by the staff, and never shown to the subscriber."""


class DeskOrder(DeskOrderSummary):
    """One order with its whole story."""

    version: int
    contract: str
    paid_at: datetime | None
    paid_by: str | None
    """The bank's identifier of the payment."""
    taken: Kopecks | None
    """What the bank says that it took; None where it does not say, or has not yet."""
    posted: Kopecks
    """What the ledgers got, commission included; 0 before that."""
    surplus: Kopecks
    """What the bank holds beyond what was posted."""
    refundable: Kopecks
    """The most that one refund may be; 0 where none can be asked for now."""
    can_refund: bool
    """The bank gives money back over its interface; else by a letter."""
    duplicate_charges: list[str]
    """The bank's identifiers of payments beyond the credited one."""
    replaced_by: str | None
    fiscal_url: str | None
    items: list[DeskOrderLine]
    attempts: list[DeskAttempt]
    refunds: list[DeskRefund]
    approvals: list[DeskApproval]
    """Refunds that needed, or need, a second person."""
    timeline: list[DeskOrderEvent]

    @classmethod
    def from_order(cls, order: Order, approvals: list[RefundApprovalRequest], now: datetime) -> Self:
        """Return an order as its page shows it."""
        is_posted = order.status in ("paid", "refunded")
        return cls.model_validate(
            _summary_fields(order)
            | {
                "contract": order.merchant.contract,
                "paid_by": order.credited_bank_order_id,
                "posted": order.posted if is_posted else 0,
                "surplus": order.surplus if is_posted else 0,
                "refundable": _refundable_now(order),
                "can_refund": CAPABILITIES[order.merchant.dialect].can_refund,
                "items": _lines(order, is_posted=is_posted),
                "attempts": order.attempts,
                "refunds": [DeskRefund.of(each) for each in order.refunds],
                "approvals": [DeskApproval.of(each, now) for each in approvals],
                "timeline": _order_events(order),
            },
            from_attributes=True,
        )


def _refundable_now(order: Order) -> Kopecks:
    if order.status not in ("paid", "review") or order.open_refund is not None:
        return 0
    return refundable(order)


def _lines(order: Order, *, is_posted: bool) -> list[DeskOrderLine]:
    nothing = [0] * len(order.lines)
    credited = credited_by_line(order) if is_posted else nothing
    returned = refunded_by_line(order) if is_posted else nothing
    left = refundable_by_line(order) if is_posted else nothing
    return [
        DeskOrderLine(
            position=position, account_id=line.account_id, address=line.address, receipt=line.receipt_title,
            service=line.service, payee=line.payee_name, payee_inn=line.payee_inn, amount=line.amount,
            credited=credited[position], returned=returned[position], left=left[position],
        )
        for position, line in enumerate(order.lines)
    ]  # fmt: skip


def _order_events(order: Order) -> list[DeskOrderEvent]:
    events = [DeskOrderEvent(at=each.at, what=each.what, is_decision=False) for each in order.timeline]
    decided = [DeskOrderEvent(at=each.at, what=each.what, is_decision=True) for each in order.decisions]
    return sorted([*events, *decided], key=lambda each: each.at)


class DeskBankAnswer(DeferredModel):
    """The order after the bank was asked, and what the bank said."""

    order: DeskOrder
    bank: list[DeskBankStatus]
