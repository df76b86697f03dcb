"""Which refunds a second person must approve, who may, and until when. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from cabinet.core.model import FrozenModel
from cabinet.core.money import Kopecks
from cabinet.core.timestamps import Timestamp
from cabinet.payments.errors import RefundDecided, RefundOwn
from cabinet.payments.model import Order

VALID_FOR = timedelta(days=3)
"""How long a request waits for approval; after that a new one is needed."""

type ApprovalState = Literal["waiting", "approved", "rejected", "expired"]


class RefundApprovalRequest(FrozenModel):
    """A refund that somebody asked for and another person is to approve."""

    order_id: str
    refund_id: str
    supplier_ids: list[str]
    amount: Kopecks
    lines: dict[int, Kopecks] = {}
    """Line (from 0) → how much of it; empty: as the lines come."""
    surplus: bool = False
    reason: str
    requested_by: str
    """Staff id."""
    requested_name: str
    at: Timestamp
    valid_until: Timestamp
    state: Literal["waiting", "approved", "rejected"] = "waiting"
    decided_name: str = ""
    decided_at: Timestamp | None = None
    note: str = ""
    """Why it was rejected."""


def needs_approval(order: Order, amount: Kopecks, limits: Iterable[Kopecks | None]) -> bool:
    """Tell whether a refund needs a second person: its sum with earlier requests is above a limit.

    `limits` are those of the order's suppliers, None for one that has none: the lowest counts. What the bank
    refunded by itself nobody requested.
    """
    lowest = min((limit for limit in limits if limit is not None), default=None)
    before = sum(
        refund.amount for refund in order.refunds if refund.requested_by and refund.status != "refused"
    )
    return lowest is not None and before + amount > lowest


def state_at(approval: RefundApprovalRequest, now: datetime) -> ApprovalState:
    """Return the state of a request at a moment."""
    if approval.state == "waiting" and now >= approval.valid_until:
        return "expired"
    return approval.state


def require_waiting(approval: RefundApprovalRequest, now: datetime) -> None:
    """Raise RefundDecided unless the request still waits for a decision."""
    if state_at(approval, now) != "waiting":
        raise RefundDecided


def require_approver(approval: RefundApprovalRequest, staff_id: str, now: datetime) -> None:
    """Raise RefundDecided or RefundOwn unless this person may approve the request now."""
    require_waiting(approval, now)
    if approval.requested_by == staff_id:
        raise RefundOwn
