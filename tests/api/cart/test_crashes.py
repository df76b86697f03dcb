"""Crash enumeration: the whole way from cart to mail, with every single call failing in every way.

After each failure the subscriber tries again, the bank calls three times, reconciliation and the sweep run.
Then the books must be right: one credit per order at most, ledger sum = journal sum = bank sum, every paid
order credited, none stuck, one letter for each credit.
"""

import json
from typing import Any

import pytest

from tests.support.fault_injection import FAULTS, Fault
from tests.support.payment_crashes import CrashScenario, crash_scenario

__all__ = ["crash_scenario"]

WAYS = [("rbs", False), ("rbs", True), ("gorod_unified", True), ("gorod", False)]


@pytest.mark.parametrize(
    "crash_scenario", WAYS, indirect=True, ids=lambda way: f"{way[0]}-{'lost' if way[1] else 'heard'}"
)
def test_killed_at_any_call_the_books_come_out_right(
    crash_scenario: CrashScenario, capsys: pytest.CaptureFixture[str]
) -> None:
    tried: dict[str, Any] = {}
    for fault in FAULTS:
        number = 1
        while crash_scenario.run(number, fault):
            tried.setdefault(crash_scenario.injector.calls[number - 1], set()).add((fault, number))
            number += 1
    points = sum(len(places) for places in tried.values())
    with capsys.disabled():
        summary = {name: len(places) for name, places in sorted(tried.items())}
        print(  # noqa: T201 - how many points there are is part of the result
            f"\ncrash points tried, {crash_scenario.dialect}: {points} {json.dumps(summary)}"
        )
    assert any(name.startswith("bank.") for name in tried)
    assert {"dynamodb.TransactWriteItems", "sesv2.SendEmail", "dynamodb.BatchGetItem"} <= tried.keys()
    assert points >= 60


@pytest.mark.parametrize("crash_scenario", [("rbs", False)], indirect=True, ids=["rbs"])
def test_an_order_by_sbp_killed_at_any_call_comes_out_right(
    crash_scenario: CrashScenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the bank's first call on: what comes before is the same as by card."""
    tried: set[tuple[Fault, str, int]] = set()
    crash_scenario.run_sbp(0, FAULTS[0])
    first = crash_scenario.injector.calls.index("bank.register.do") + 1
    for fault in FAULTS:
        number = first
        while crash_scenario.run_sbp(number, fault):
            tried.add((fault, crash_scenario.injector.calls[number - 1], number))
            number += 1
    with capsys.disabled():
        print(f"\ncrash points tried, СБП: {len(tried)}")  # noqa: T201 - part of the result
    assert {"bank.register.do", "bank.get.do", "dynamodb.PutItem"} <= {name for _, name, _ in tried}


@pytest.mark.parametrize("crash_scenario", [("rbs", False)], indirect=True, ids=["rbs"])
def test_a_refund_killed_at_any_call_is_given_once(
    crash_scenario: CrashScenario, capsys: pytest.CaptureFixture[str]
) -> None:
    tried: set[tuple[Fault, str, int]] = set()
    for fault in FAULTS:
        number = 1
        while crash_scenario.run_refund(number, fault):
            tried.add((fault, crash_scenario.injector.calls[number - 1], number))
            number += 1
    with capsys.disabled():
        print(f"\ncrash points tried, refund: {len(tried)}")  # noqa: T201 - part of the result
    assert {"bank.refund.do", "bank.getOrderStatusExtended.do", "dynamodb.TransactWriteItems"} <= {
        name for _, name, _ in tried
    }
    assert len(tried) >= 30


@pytest.mark.parametrize(
    "crash_scenario", [("rbs", False), ("gorod", False)], indirect=True, ids=["rbs", "gorod"]
)
def test_an_order_given_up_with_any_call_killed_is_given_up(crash_scenario: CrashScenario) -> None:
    tried: set[tuple[Fault, str, int]] = set()
    for fault in FAULTS:
        number = 1
        while crash_scenario.run_cancel(number, fault):
            tried.add((fault, crash_scenario.injector.calls[number - 1], number))
            number += 1
    names = {name for _, name, _ in tried}
    assert "dynamodb.TransactWriteItems" in names
    assert ("bank.decline.do" in names) == (crash_scenario.dialect == "rbs")
    assert len(tried) >= 12
