"""Requests for a refund that wait for a second person: rows of their own, beside the order."""

from collections.abc import Callable
from datetime import datetime

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Item, Page, Table, Transaction
from cabinet.core import clock
from cabinet.payments.errors import RefundDecided
from cabinet.payments.keys import APPROVALS_SHARD, GSI_DUE, order_key, refund_approval_key
from cabinet.payments.refund_approval_rules import RefundApprovalRequest

PAGE_SIZE = 25
_MAX_PER_ORDER = 50
_WAITS = "#state = :waiting AND #valid_until > :now AND #requested_by <> :not_by"
_ANYBODY = ""
"""No member has this id: the requester may decide."""


def add(transaction: Transaction, approval: RefundApprovalRequest) -> None:
    """Add a new request to a transaction."""
    pk, sk = refund_approval_key(approval.order_id, approval.refund_id)
    row: Item = approval.model_dump(mode="json") | {"pk": pk, "sk": sk}
    row |= {
        "lines": [[position, amount] for position, amount in sorted(approval.lines.items())],
        "due_shard": APPROVALS_SHARD,
        "due_at": clock.timestamp(approval.valid_until),
    }
    transaction.put(Table.PAYMENTS, row, condition=IS_ABSENT, on_conflict=dynamo.conflict)


def load(order_id: str, refund_id: str) -> RefundApprovalRequest:
    """Return a request by a consistent read; raises NotFound."""
    row = dynamo.require(Table.PAYMENTS, refund_approval_key(order_id, refund_id), consistent=True)
    return _parsed(row)


def list_of_order(order_id: str) -> list[RefundApprovalRequest]:
    """Return all requests about an order, by time; one query."""
    prefix = refund_approval_key(order_id, "")[1]
    page = dynamo.query(
        Table.PAYMENTS, order_key(order_id)[0], begins=prefix, limit=_MAX_PER_ORDER, consistent=True
    )
    return sorted(map(_parsed, page.items), key=lambda each: each.at)


def list_waiting(
    now: datetime, covers: Callable[[list[str]], bool], after: Item | None
) -> tuple[list[RefundApprovalRequest], Item | None]:
    """Return a page of the requests that still wait, whose time ends first, and where the next one begins."""
    page: Page = dynamo.query(
        Table.PAYMENTS, APPROVALS_SHARD, index=GSI_DUE, between=(clock.timestamp(now), "~"),
        limit=PAGE_SIZE, after=after,
    )  # fmt: skip
    found = map(_parsed, page.items)
    return [each for each in found if covers(each.supplier_ids)], page.next_key


def approve(
    transaction: Transaction, approval: RefundApprovalRequest, who: str, name: str, now: datetime
) -> None:
    """Add to the refund's transaction that another person has approved it; RefundDecided."""
    _decide(transaction, approval, "approved", name, "", now, not_by=who)


def reject(
    transaction: Transaction, approval: RefundApprovalRequest, name: str, note: str, now: datetime
) -> None:
    """Add to a transaction that a request was rejected or withdrawn; RefundDecided."""
    _decide(transaction, approval, "rejected", name, note, now, not_by=_ANYBODY)


def _decide(
    transaction: Transaction, approval: RefundApprovalRequest, state: str, name: str, note: str,
    now: datetime, *, not_by: str,
) -> None:  # fmt: skip
    transaction.update(
        Table.PAYMENTS, refund_approval_key(approval.order_id, approval.refund_id),
        "SET #state = :state, #decided_name = :name, #decided_at = :now, #note = :note REMOVE #due_shard",
        condition=_WAITS, on_conflict=RefundDecided, waiting="waiting", not_by=not_by, state=state,
        name=name, now=clock.timestamp(now), note=note,
    )  # fmt: skip


def _parsed(row: Item) -> RefundApprovalRequest:
    return RefundApprovalRequest.model_validate(row | {"lines": dict(map(tuple, row["lines"]))})
