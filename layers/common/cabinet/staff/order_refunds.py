"""Refunds from the desk: asked for, approved by another person, given by the bank; each with its audit row.

A refund becomes part of its order in the transaction of the audit row, once nobody else need approve it; the
bank gives it afterwards, and reconciliation continues with what was left.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from cabinet.accounts import store as account_store
from cabinet.audit.model import Action, Author
from cabinet.audit.store import record
from cabinet.aws.dynamo import Transaction
from cabinet.core.errors import Conflict
from cabinet.core.money import Kopecks
from cabinet.idempotency import DuplicateRequest, IdempotentRequest
from cabinet.payments import refund_approvals, refunds
from cabinet.payments.errors import RefundBankUnavailable, RefundDecided
from cabinet.payments.model import Order, Refund
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.provider_sync import BankStatusUnknown
from cabinet.payments.orders.store import StaleOrder
from cabinet.payments.refund_approval_rules import (
    VALID_FOR,
    RefundApprovalRequest,
    needs_approval,
    require_approver,
    require_waiting,
)
from cabinet.payments.refund_rules import request_refund
from cabinet.staff.order_access import audit_subject, supplier_ids

_MAX_RETRIES = 5


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What is to be refunded: a sum, or of chosen lines (from 0), or all that is left; and why."""

    reason: str
    amount: Kopecks | None = None
    lines: Mapping[int, Kopecks] = field(default_factory=dict)
    surplus: bool = False
    """Refund what the bank took beyond what was posted."""


def ask_for(
    author: Author, order: Order, wanted: RefundRequest, idempotent_request: IdempotentRequest, now: datetime
) -> Order:
    """Write a refund down and have the bank give it; above the limit, write down that it waits for approval.

    The same key is the same refund, however often it comes. Raises RefundImpossible, RefundBankUnavailable,
    IdempotencyConflict, Conflict.
    """
    if idempotent_request.stored_response() is None:
        _write_refund_request(author, order, wanted, idempotent_request, now)
    return _continue_refund(order_store.current(order.order_id), now)


def approve(author: Author, order: Order, refund_id: str, now: datetime) -> Order:
    """Approve another person's request and have the bank give the money.

    Raises NotFound, RefundDecided, RefundOwn, RefundImpossible, RefundBankUnavailable, Conflict.
    """
    for _ in range(_MAX_RETRIES):
        approval = refund_approvals.load(order.order_id, refund_id)
        require_approver(approval, author.who, now)
        order = _sync_with_bank(order, now)
        wanted = RefundRequest(approval.reason, approval.amount, approval.lines, approval.surplus)
        by = f"{approval.requested_name}, одобрение: {author.name}"
        if any(refund.refund_id == refund_id for refund in order.refunds):
            raise RefundDecided
        planned, _ = _plan_refund(order, refund_id, wanted, by, now)

        def add_writes(
            transaction: Transaction, approval: RefundApprovalRequest = approval, seen: Order = order
        ) -> None:
            refund_approvals.approve(transaction, approval, author.who, author.name, now)
            record(
                transaction, author, Action.REFUND_APPROVED, audit_subject(seen), now, reason=approval.reason,
                after=_audit_values(approval),
            )  # fmt: skip

        try:
            return _continue_refund(order_store.replace(order, planned, add_writes), now)
        except StaleOrder:
            order = order_store.current(order.order_id)
    raise Conflict


def reject(author: Author, order: Order, refund_id: str, reason: str, now: datetime) -> None:
    """Reject a request, or take back one's own; raises NotFound, RefundDecided."""
    approval = refund_approvals.load(order.order_id, refund_id)
    require_waiting(approval, now)
    transaction = Transaction()
    refund_approvals.reject(transaction, approval, author.name, reason, now)
    record(
        transaction, author, Action.REFUND_REJECTED, audit_subject(order), now, reason=reason,
        before=_audit_values(approval),
    )  # fmt: skip
    transaction.commit()


def _audit_values(approval: RefundApprovalRequest) -> dict[str, object]:
    """Return what the audit log says of a request."""
    return {
        "refund_id": approval.refund_id, "amount": approval.amount, "requested_by": approval.requested_name,
    }  # fmt: skip


def _write_refund_request(
    author: Author, order: Order, wanted: RefundRequest, idempotent_request: IdempotentRequest, now: datetime
) -> None:
    refund_id = idempotent_request.transaction_id[:10]
    try:
        refunds.require_refund_interface(order)
    except BankStatusUnknown:
        raise RefundBankUnavailable from None
    for _ in range(_MAX_RETRIES):
        order = _sync_with_bank(order, now)
        planned, refund = _plan_refund(order, refund_id, wanted, author.name, now)
        try:
            if needs_approval(order, refund.amount, _limits(order)):
                _write_request(author, order, refund, wanted, idempotent_request, now)
            else:
                _write_refund(author, order, planned, refund, idempotent_request)
        except DuplicateRequest:
            return  # a second press of the same button was first
        except StaleOrder:
            if idempotent_request.stored_response() is not None:
                return
            order = order_store.current(order.order_id)
            continue
        return
    raise Conflict


def _write_refund(
    author: Author, order: Order, planned: Order, refund: Refund, idempotent_request: IdempotentRequest
) -> None:
    def add_writes(transaction: Transaction) -> None:
        idempotent_request.store_response(transaction, {"refund_id": refund.refund_id})
        record(
            transaction, author, Action.REFUND_REQUESTED, audit_subject(order), refund.at,
            reason=refund.reason, after={"refund_id": refund.refund_id, "amount": refund.amount},
        )  # fmt: skip

    order_store.replace(order, planned, add_writes)


def _write_request(
    author: Author,
    order: Order,
    refund: Refund,
    wanted: RefundRequest,
    idempotent_request: IdempotentRequest,
    now: datetime,
) -> None:
    transaction = Transaction()
    idempotent_request.store_response(transaction, {"refund_id": refund.refund_id})
    approval = RefundApprovalRequest(
        order_id=order.order_id, refund_id=refund.refund_id, supplier_ids=list(supplier_ids(order)),
        amount=refund.amount, lines=dict(wanted.lines), surplus=wanted.surplus, reason=refund.reason,
        requested_by=author.who, requested_name=author.name, at=now, valid_until=now + VALID_FOR,
    )  # fmt: skip
    refund_approvals.add(transaction, approval)
    record(
        transaction, author, Action.REFUND_APPROVAL_ASKED, audit_subject(order), now, reason=refund.reason,
        after={"refund_id": refund.refund_id, "amount": refund.amount},
    )  # fmt: skip
    transaction.commit()


def _plan_refund(
    order: Order, refund_id: str, wanted: RefundRequest, by: str, now: datetime
) -> tuple[Order, Refund]:
    """Return the order with the refund in it; raises RefundImpossible."""
    planned = request_refund(
        order, refund_id, wanted.reason, by, now,
        amount=wanted.amount, lines=wanted.lines, surplus=wanted.surplus,
    )  # fmt: skip
    return planned, next(refund for refund in planned.refunds if refund.refund_id == refund_id)


def _limits(order: Order) -> list[Kopecks | None]:
    found = account_store.suppliers(supplier_ids(order))
    return [supplier.refund_approval_over for supplier in found.values()]


def _sync_with_bank(order: Order, now: datetime) -> Order:
    """Return the order by the bank's current answer: a plan must not use yesterday's."""
    try:
        return refunds.sync_bank_status(order, now)[1]
    except BankStatusUnknown:
        raise RefundBankUnavailable from None


def _continue_refund(order: Order, now: datetime) -> Order:
    """Have the bank give what the order's open refund asks for; reconciliation asks a silent bank again."""
    if order.open_refund is None:
        return order
    with suppress(BankStatusUnknown, StaleOrder):
        return refunds.continue_refund(order, now)
    return order_store.current(order.order_id)
