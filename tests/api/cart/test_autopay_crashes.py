"""Crash enumeration of autopay: planning and charging, with every call failing in every way.

After each failure the schedule comes again, as it does every ten minutes, and reconciliation runs. Then: bank
sum = ledger sum = journal sum, one mail ahead, the receipt charged at most once, and none stuck.
"""

from contextlib import suppress
from typing import Any

import pytest

from cabinet.autopay import runner
from cabinet.core import clock
from cabinet.core.errors import ServiceUnavailable
from cabinet.payments.cards import store as card_store
from cabinet.payments.keys import autopay_shard
from infra.simulators.bank.state import Card
from tests.support.fault_injection import FAULTS, Fault
from tests.support.payment_crashes import ACCOUNT, CrashScenario, crash_scenario, prepare_cards
from tests.support.payment_scenario import TOTAL, path_of

__all__ = ["crash_scenario"]


def set_rule(crash_scenario: CrashScenario, fault: Fault) -> None:
    """Let u1 have a card and a rule."""
    token = prepare_cards(crash_scenario, fault)
    scenario = crash_scenario.scenario
    scenario.cart(token, "DELETE")
    scenario.state.cards["b1"] = Card("b1", "u1")
    seen = card_store.load("u1")
    merchant = scenario.merchant("rbs", "uk-test-rbs").model_dump(mode="json")
    card: dict[str, Any] = {
        "saved_card_id": "c1",
        "merchant": merchant | {"methods": ["card", "saved_card"]},
        "binding_id": "b1",
        "masked_pan": "…1234",
        "expires": "2030-08",
        "saved_at": clock.timestamp(clock.now()),
    }
    wanted = type(seen).model_validate({"user_id": "u1", "cards": {"c1": card}})
    card_store.replace(seen, wanted)
    body = {"saved_card_id": "c1", "limit": TOTAL, "when": "receipt", "consent_version": "2026-11-27"}
    assert scenario.call("cart", "PUT", f"/api/autopay/{path_of(ACCOUNT)}", token, body).status == 200
    crash_scenario.injector.calls = []


def work(crash_scenario: CrashScenario) -> None:
    """Do what the schedule does for the one rule that there is; a run that met no storage comes again."""
    with suppress(ServiceUnavailable):
        runner.run([autopay_shard("u1")], clock.now(), lambda: True)


def run_autopay(crash_scenario: CrashScenario, number: int, fault: Fault) -> bool:
    set_rule(crash_scenario, fault)
    scenario, injector = crash_scenario.scenario, crash_scenario.injector
    injector.number = number
    for _ in range(2):
        scenario.wait(days=1)
        injector.process(lambda: work(crash_scenario))
        scenario.wait(minutes=40)
        injector.process(lambda: work(crash_scenario))
    reached = number <= len(injector.calls)
    injector.number = 0
    for _ in range(3):
        scenario.wait(minutes=31)
        scenario.reconcile_orders()
        work(crash_scenario)
    for _ in range(2):
        scenario.wait(days=1)
        scenario.deliver()
        scenario.reconcile_orders()
        work(crash_scenario)
    assert scenario.ledger_total() == scenario.state.balance() == scenario.journal_total("uk-test-rbs")
    (bank_card,) = scenario.state.cards.values()
    assert bank_card.charges == 1, "at most once, and in the end once"
    assert scenario.state.balance() == TOTAL
    assert len(scenario.emails("autopay_planned")) == 1
    paid = [order for order in scenario.orders() if order.status == "paid"]
    assert len(paid) == 1
    assert all(order.status in ("paid", "expired") for order in scenario.orders())
    assert [row["outcome"] for row in scenario.everything("PAYMENTS_TABLE", "HISTORY#")] == ["charged"]
    return reached


@pytest.mark.parametrize("crash_scenario", [("rbs", False)], indirect=True, ids=["rbs"])
def test_an_autopay_run_killed_at_any_call_charges_once(
    crash_scenario: CrashScenario, capsys: pytest.CaptureFixture[str]
) -> None:
    tried: set[tuple[Fault, str, int]] = set()
    for fault in FAULTS:
        number = 1
        while run_autopay(crash_scenario, number, fault):
            tried.add((fault, crash_scenario.injector.calls[number - 1], number))
            number += 1
    with capsys.disabled():
        print(f"\ncrash points tried, autopay: {len(tried)}")  # noqa: T201 - part of the result
    assert {"bank.register.do", "bank.paymentOrderBinding.do", "dynamodb.TransactWriteItems"} <= {
        name for _, name, _ in tried
    }
