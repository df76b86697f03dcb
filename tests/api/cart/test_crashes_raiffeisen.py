"""Crash enumeration of Raiffeisenbank's СБП: order, callback and refund, each call failing in every way.

The way, the recovery and the books are those of the other dialects (`test_crashes`).
"""

from collections.abc import Callable

import pytest

from tests.support.fault_injection import FAULTS, Fault
from tests.support.payment_crashes import CrashScenario, crash_scenario

__all__ = ["crash_scenario"]

type Run = Callable[[int, Fault], bool]
type Points = set[tuple[Fault, str, int]]


def tried_points(crash_scenario: CrashScenario, run: Run, first: int) -> Points:
    """Run with each call from `first` on failing in each way; return the points that were reached."""
    tried: Points = set()
    for fault in FAULTS:
        number = first
        while run(number, fault):
            tried.add((fault, crash_scenario.injector.calls[number - 1], number))
            number += 1
    return tried


def checked(crash_scenario: CrashScenario, run: Run, refunds: int = 0) -> Run:
    """Return the run with a look at the fiscal receipts: one for each payment and refund, none for others."""

    def whole(number: int, fault: Fault) -> bool:
        reached = run(number, fault)
        state = crash_scenario.scenario.state
        made = {key: receipt for key, receipt in state.receipts.items() if receipt["status"] == "DONE"}
        paid = [payment for payment in state.payments.values() if payment.paid_at is not None]
        sold = {payment.number for payment in paid}
        assert {receipt for kind, receipt in made if kind == "sell"} == sold
        assert sum(round(made["sell", receipt]["total"] * 100) for receipt in sold) == sum(
            payment.taken for payment in paid
        )
        assert len([receipt for kind, receipt in made if kind == "refund"]) == refunds
        return reached

    return whole


def names(tried: Points) -> set[str]:
    return {name for _, name, _ in tried}


@pytest.mark.parametrize(
    "crash_scenario", [("raiffeisen", False), ("raiffeisen", True)], indirect=True, ids=["heard", "lost"]
)
def test_an_order_and_its_callback_killed_at_any_call_come_out_right(
    crash_scenario: CrashScenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the bank's first call on: what comes before is the same at every bank."""
    crash_scenario.run(0, FAULTS[0])
    tried = tried_points(
        crash_scenario,
        checked(crash_scenario, crash_scenario.run),
        crash_scenario.injector.calls.index("bank.sell") + 1,
    )
    with capsys.disabled():
        heard = "lost" if crash_scenario.callbacks_are_lost else "heard"
        print(f"\ncrash points tried, raiffeisen, callbacks {heard}: {len(tried)}")  # noqa: T201 - the result
    assert {"bank.sell", "bank.register", "bank.image", "bank.payment-info"} <= names(tried)
    assert {"dynamodb.PutItem", "dynamodb.TransactWriteItems", "sesv2.SendEmail"} <= names(tried)
    assert len(tried) >= 40


@pytest.mark.parametrize("crash_scenario", [("raiffeisen", False)], indirect=True, ids=["raiffeisen"])
def test_a_refund_killed_at_any_call_is_given_once(
    crash_scenario: CrashScenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its bank calls nobody back about a refund: our own identifier is asked about."""
    tried = tried_points(crash_scenario, checked(crash_scenario, crash_scenario.run_refund, refunds=1), 1)
    with capsys.disabled():
        print(f"\ncrash points tried, raiffeisen, refund: {len(tried)}")  # noqa: T201 - the result
    assert {"bank.refund", "bank.payment-info", "dynamodb.TransactWriteItems"} <= names(tried)
    assert len(tried) >= 30
