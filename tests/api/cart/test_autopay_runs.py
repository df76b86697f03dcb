"""Runs of autopay: two at once, their round trips, and what they decide by."""

from contextlib import suppress

import pytest

from cabinet.autopay import runner
from cabinet.autopay import store as rule_store
from cabinet.autopay.store import DueRule, StaleRule
from cabinet.aws.dynamo import Table
from cabinet.billing.keys import receipt_key
from cabinet.core import clock
from cabinet.core.errors import Conflict
from cabinet.payments.keys import autopay_shard, autopay_shards
from tests.support.autopay_scenario import (
    ACCOUNT,
    before_the_charge,
    change,
    charges,
    day,
    put,
    rule,
    scenario,
)
from tests.support.fault_injection import FaultInjector
from tests.support.payment_scenario import TOTAL, PaymentScenario

__all__ = ["scenario"]


def test_two_workers_at_once_charge_once(scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch) -> None:
    injector = before_the_charge(scenario, monkeypatch)
    number = 1
    while True:
        before = charges(scenario)
        injector.calls, injector.number = [], number
        injector.fault = lambda: runner.run(autopay_shards(), clock.now(), lambda: True)
        injector.process(lambda: runner.run(autopay_shards(), clock.now(), lambda: True))
        if number > len(injector.calls) or before:
            break
        number += 1
    assert charges(scenario) == 1
    assert scenario.ledger_total() == scenario.state.balance() == TOTAL


def test_each_rule_costs_few_round_trips(scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three to plan, five to charge, two to wait; for the run itself two pages, and whether it is held."""
    injector = FaultInjector()
    injector.patch(monkeypatch)

    def calls_of_a_run() -> list[str]:
        injector.calls = []
        injector.process(lambda: runner.run([autopay_shard("u1")], clock.now(), lambda: True))
        own = [name.removeprefix("dynamodb.") for name in injector.calls if name.startswith("dynamodb.")]
        assert own.count("Query") == 2
        assert own[0] == "GetItem"
        return [name for name in own[1:] if name != "Query"]

    put(scenario)
    scenario.wait(days=1)
    assert calls_of_a_run() == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]
    scenario.wait(days=1)
    assert calls_of_a_run() == ["BatchGetItem", *["TransactWriteItems"] * 4]
    assert charges(scenario) == 1
    scenario.wait(days=1)
    assert calls_of_a_run() == ["BatchGetItem", "TransactWriteItems"]


def test_what_the_index_says_late_decides_nothing(scenario: PaymentScenario) -> None:
    """It names a receipt and an order of another time: read ahead in vain, and what counts is read."""
    put(scenario)
    scenario.wait(days=1)
    late = DueRule("u1", ACCOUNT, ("2020-07-main", "2020-06-main"), "AAAAAAAAAA")
    runner.process_rule(late, clock.now())
    assert len(scenario.emails("autopay_planned")) == 1
    scenario.wait(days=1)
    runner.process_rule(DueRule("u1", ACCOUNT), clock.now())
    assert charges(scenario) == 1
    runner.process_rule(late, clock.now())
    assert (charges(scenario), scenario.state.balance()) == (1, TOTAL)


@pytest.mark.parametrize("number", [1, 2])
def test_a_receipt_replaced_around_the_read_is_not_charged(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Before the batch, or between it and the claim: what was mailed is no longer current."""
    put(scenario)
    day(scenario)
    scenario.wait(days=1)
    found = DueRule("u1", ACCOUNT, ("2020-08-main",))
    injector = FaultInjector()
    injector.patch(monkeypatch)
    injector.number = number
    injector.fault = lambda: change(Table.ACCOUNTS, receipt_key(ACCOUNT, "2020-08", "main"), digest="another")
    with suppress(Conflict):
        injector.process(lambda: runner.process_rule(found, clock.now()))
    assert (charges(scenario), scenario.state.balance()) == (0, 0)


def test_a_stale_rule_is_written_by_nobody(scenario: PaymentScenario) -> None:
    put(scenario)
    seen = rule_store.load("u1", ACCOUNT)
    assert seen is not None
    put(scenario, limit=5_00)
    with pytest.raises(StaleRule):
        rule_store.save(seen, seen.model_copy(update={"limit": 1}))
    rule_store.delete(seen)
    assert rule(scenario)["limit"] == 5_00
