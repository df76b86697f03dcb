"""Routes that change an order: the bank asked, a review decided, money refunded with another's approval."""

from typing import Annotated, Literal

from pydantic import Field, StrictInt

from cabinet.audit.model import Action
from cabinet.core import clock, text
from cabinet.core.errors import Conflict, FieldError, IdempotencyConflict, InvalidFields, NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.idempotency import identify_request
from cabinet.payments import refund_approvals
from cabinet.payments.errors import (
    RefundBankUnavailable,
    RefundDecided,
    RefundImpossible,
    RefundOwn,
    ReviewNotDecidable,
)
from cabinet.payments.model import Order
from cabinet.payments.orders import attempt_rules
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.provider_sync import apply_and_save, ask_attempt
from cabinet.payments.orders.store import StaleOrder
from cabinet.payments.review_decision import Decision, decide_review
from cabinet.signed_tokens import TokenInvalid
from cabinet.staff import order_access, order_refunds
from cabinet.staff.order_access import audit_subject
from cabinet.staff.order_refunds import RefundRequest
from cabinet.web.app import IdempotencyKey, Identifier, create_router
from cabinet.web.pagination import LongCursor, decode_cursor, encode_cursor
from cabinet.web.staff_auth import CurrentStaff
from staff.order_schemas import DeskApproval, DeskApprovalPage, DeskBankAnswer, DeskBankStatus, DeskOrder

router = create_router(prefix="/api/staff", tags=["desk"])

_MAX_SUM = 100_000_000_00


type Reason = text.Reason
type Sum = Annotated[StrictInt, Field(ge=1, le=_MAX_SUM)]


class ReviewDecisionForm(DeferredModel):
    """A decision about an order under review; `version` is that of the order as it was read."""

    outcome: Annotated[Literal["paid", "declined"], Field(alias="as")]
    amount: Sum | None = None
    """The sum received, if it is not what the bank holds; in kopecks."""
    reason: Reason
    version: int | None = None


class RefundLineForm(DeferredModel):
    """How much of one line is refunded; lines are counted from 0."""

    position: Annotated[StrictInt, Field(ge=0, le=999)]
    amount: Sum


class RefundForm(DeferredModel):
    """What is refunded: a sum, or of chosen lines, or without both all that is left."""

    amount: Sum | None = None
    lines: Annotated[list[RefundLineForm], Field(max_length=100)] = []
    surplus: bool = False
    """Refund what the bank took beyond what was posted."""
    reason: Reason
    """The resident reads it."""


class RejectionForm(DeferredModel):
    """Why the request is rejected or withdrawn."""

    reason: Reason


@router.post("/orders/{order_id}/ask")
@raises(NotFound, Conflict)
def post_ask(order_id: Identifier, staff: CurrentStaff) -> DeskBankAnswer:
    """Ask the bank about every attempt that can have been paid; what it says changes the order at once."""
    order = order_access.find(staff.member, order_id)
    staff.record_access(Action.BANK_ASKED, audit_subject(order))
    answers = []
    for attempt in attempt_rules.attempts_to_check(order):
        answer = ask_attempt(order, attempt)
        answers.append(DeskBankStatus.of(attempt.number, answer))
        if answer is None:
            continue
        order = apply_and_save(order, attempt.number, answer, clock.now())
    return DeskBankAnswer(order=_order_response(order), bank=answers)


@router.post("/orders/{order_id}/settle")
@raises(NotFound, Conflict, ReviewNotDecidable)
def post_settle(order_id: Identifier, form: ReviewDecisionForm, staff: CurrentStaff) -> DeskOrder:
    """Decide about an order under review, by what the bank says of it at this moment."""
    order = order_access.find(staff.member, order_id)
    if form.version is not None and form.version != order.version:
        raise Conflict
    received = form.outcome == "paid"
    write = staff.audit_writer(
        Action.ORDER_SETTLED,
        audit_subject(order),
        before={"status": order.status, "review_reason": order.review_reason},
        after={"as": form.outcome, "amount": form.amount},
        reason=form.reason,
    )
    decision = Decision(received, f"{staff.member.name}: {form.reason}", form.amount)
    try:
        return _order_response(decide_review(order, decision, write, clock.now()).order)
    except StaleOrder:
        raise Conflict from None


@router.post("/orders/{order_id}/refunds", status_code=201)
@raises(NotFound, Conflict, IdempotencyConflict, RefundImpossible, RefundBankUnavailable)
def post_refund(
    order_id: Identifier, form: RefundForm, key: IdempotencyKey, staff: CurrentStaff
) -> DeskOrder:
    """Give money back; above the supplier's limit the refund waits until another person approves it.

    The same key is the same refund. A refund that the bank has not confirmed yet is `requested`.
    """
    order = order_access.find(staff.member, order_id)
    lines = {line.position: line.amount for line in form.lines}
    if len(lines) < len(form.lines):
        raise InvalidFields(FieldError("lines", "line_twice", "Одна строка названа дважды."))
    if lines and (form.amount is not None or form.surplus):
        raise InvalidFields(FieldError("amount", "amount_and_lines", "Укажите или сумму, или строки."))
    idempotent_request = identify_request(
        staff.member.staff_id, f"desk-refund/{order.order_id}", key, form.model_dump(mode="json")
    )
    wanted = RefundRequest(form.reason, form.amount, lines, form.surplus)
    return _order_response(
        order_refunds.ask_for(staff.author, order, wanted, idempotent_request, clock.now())
    )


@router.post("/orders/{order_id}/refunds/{refund_id}/approve")
@raises(NotFound, Conflict, RefundDecided, RefundOwn, RefundImpossible, RefundBankUnavailable)
def post_approval(order_id: Identifier, refund_id: Identifier, staff: CurrentStaff) -> DeskOrder:
    """Approve a refund that another person has asked for; the bank is asked for it at once."""
    order = order_access.find(staff.member, order_id)
    return _order_response(order_refunds.approve(staff.author, order, refund_id, clock.now()))


@router.post("/orders/{order_id}/refunds/{refund_id}/reject")
@raises(NotFound, Conflict, RefundDecided)
def post_rejection(
    order_id: Identifier, refund_id: Identifier, form: RejectionForm, staff: CurrentStaff
) -> DeskOrder:
    """Reject a refund that waits for approval, or take one's own request back."""
    order = order_access.find(staff.member, order_id)
    order_refunds.reject(staff.author, order, refund_id, form.reason, clock.now())
    return _order_response(order_store.current(order.order_id))


@router.get("/refund-approvals")
@raises(TokenInvalid)
def list_approvals(staff: CurrentStaff, cursor: LongCursor = None) -> DeskApprovalPage:
    """List the refunds that wait for a second person, whose time ends first."""
    name = f"refund-approvals/{staff.member.staff_id}"
    found, following = refund_approvals.list_waiting(
        clock.now(), staff.member.covers, decode_cursor(name, cursor)
    )
    items = [DeskApproval.of(each, clock.now()) for each in found]
    return DeskApprovalPage(items=items, next=encode_cursor(name, following))


def _order_response(order: Order) -> DeskOrder:
    return DeskOrder.from_order(order, refund_approvals.list_of_order(order.order_id), clock.now())
