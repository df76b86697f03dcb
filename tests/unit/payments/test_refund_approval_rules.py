"""Which refunds need a second person, who may approve one, and until when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cabinet.payments.errors import RefundDecided, RefundOwn
from cabinet.payments.model import Order, Refund
from cabinet.payments.refund_approval_rules import (
    VALID_FOR,
    RefundApprovalRequest,
    needs_approval,
    require_approver,
    require_waiting,
    state_at,
)
from tests.support.factories.orders import order

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def approval(**changes: Any) -> RefundApprovalRequest:
    fields: dict[str, Any] = {
        "order_id": "P1", "refund_id": "r1", "supplier_ids": ["uk"], "amount": 100, "reason": "x",
        "requested_by": "a", "requested_name": "А", "at": NOW, "valid_until": NOW + VALID_FOR,
    }  # fmt: skip
    return RefundApprovalRequest(**(fields | changes))


def refunded(*parts: tuple[int, str, str]) -> Order:
    """An order with refunds: sum, who asked for it, state."""
    made = order()
    for number, (amount, by, status) in enumerate(parts):
        made = made.with_refund(
            Refund.model_validate(
                {"refund_id": str(number), "amount": amount, "reason": "", "requested_by": by, "at": NOW}
                | {"status": status}
            )
        )
    return made


@pytest.mark.parametrize(
    ("amount", "limits", "needed"),
    [
        (100, [100], False),
        (101, [100], True),
        (1, [0], True),
        (10**9, [None], False),
        (101, [None, 1000, 100], True),
        (10**9, [], False),
    ],
)
def test_above_the_lowest_limit_a_second_person_is_needed(
    amount: int, limits: list[int | None], needed: bool
) -> None:
    assert needs_approval(order(), amount, limits) is needed


def test_small_refunds_of_one_order_add_up() -> None:
    assert needs_approval(refunded((60, "a", "done")), 41, [100])
    assert needs_approval(refunded((60, "a", "requested")), 41, [100])
    assert not needs_approval(refunded((60, "a", "refused"), (60, "", "done")), 41, [100])


def test_a_request_expires_and_a_decided_one_does_not() -> None:
    ends = NOW + VALID_FOR
    assert state_at(approval(), ends - timedelta(seconds=1)) == "waiting"
    assert state_at(approval(), ends) == "expired"
    assert state_at(approval(state="approved"), ends) == "approved"
    with pytest.raises(RefundDecided):
        require_waiting(approval(), ends)


def test_another_person_approves_while_it_waits() -> None:
    require_approver(approval(), "b", NOW)
    with pytest.raises(RefundOwn):
        require_approver(approval(), "a", NOW)
    with pytest.raises(RefundDecided):
        require_approver(approval(state="rejected"), "b", NOW)
