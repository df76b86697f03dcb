"""Autopay after a restore: held, it charges nobody; released, it charges what it may without a doubt."""

import pytest

from cabinet.audit.store import entries, list_about
from cabinet.autopay import hold, runner
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.payments.keys import autopay_shards
from infra.__main__ import main
from infra.cli import environment
from tests.support.autopay_scenario import before_the_charge, charges, day, history, put, run, scenario
from tests.support.payment_scenario import TOTAL, PaymentScenario

__all__ = ["scenario"]


def put_hold() -> None:
    row = hold.hold_row("backup:1", clock.now())
    dynamo.put(Table.PAYMENTS, row, condition=dynamo.IS_ABSENT, on_conflict=dynamo.conflict)


def release(scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch, way: str) -> int:
    monkeypatch.setattr(environment, "select_environment", lambda _: scenario.aws.environment)
    return main(["autopay", "release", way, "--reason", "сверено с реестрами"])


def lose_the_charge(scenario: PaymentScenario) -> None:
    """Put Payments back to what they were before the charge: the bank alone knows of it."""
    table = scenario.aws.table("PAYMENTS_TABLE")
    planned = table.scan()["Items"]
    day(scenario)
    assert charges(scenario) == 1
    for row in table.scan()["Items"]:
        table.delete_item(Key={"pk": row["pk"], "sk": row["sk"]})
    put_hold()
    for row in planned:
        table.put_item(Item=row)
    accounts = scenario.aws.table("ACCOUNTS_TABLE")
    for row in accounts.scan()["Items"]:
        if row["sk"] == "ACCOUNT":
            accounts.put_item(Item=row | {"unaccounted": {}, "reservations": {}})


def test_held_autopay_plans_nothing_and_charges_nothing(scenario: PaymentScenario) -> None:
    put(scenario)
    put_hold()
    day(scenario, days=3)
    assert (charges(scenario), scenario.emails("autopay_planned")) == (0, [])


def test_a_charge_that_the_tables_have_forgotten_is_not_made_again(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(scenario)
    day(scenario)
    lose_the_charge(scenario)
    day(scenario, days=3)
    assert charges(scenario) == 1
    assert release(scenario, monkeypatch, "--leave-due") == 0
    assert "left to their owners: 1" in capsys.readouterr().out
    day(scenario, days=10)
    assert charges(scenario) == 1, "what was due then stays the owner's"
    assert history(scenario)[0] == "given_up"
    assert len(scenario.emails("autopay_left")) == 1
    (entry,) = [each for each in entries(list_about("autopay")) if each.action == "AUTOPAY_RELEASED"]
    assert (entry.before["after"], entry.after, entry.reason) == (
        "backup:1", {"nothing_lost": False, "left": 1}, "сверено с реестрами",
    )  # fmt: skip
    assert release(scenario, monkeypatch, "--leave-due") == 1, "it is not held any more"


def test_where_nothing_was_lost_autopay_goes_on(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(scenario)
    day(scenario)
    put_hold()
    day(scenario)
    assert charges(scenario) == 0
    assert release(scenario, monkeypatch, "--nothing-lost") == 0
    run(scenario)
    assert charges(scenario) == 1
    assert scenario.ledger_total() == scenario.state.balance() == TOTAL


def test_a_hold_at_any_moment_of_a_run_stops_further_charges(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    injector = before_the_charge(scenario, monkeypatch)
    held_at: list[int] = []
    number = 1
    while not held_at or charges(scenario) == 0:
        injector.calls, injector.number = [], number

        def hold_now() -> None:
            put_hold()
            held_at.append(len(injector.calls))

        injector.fault = hold_now
        injector.process(lambda: runner.run(autopay_shards(), clock.now(), lambda: True))
        is_written = any(name == "bank.register.do" for name in injector.calls)
        assert charges(scenario) == 0 or is_written
        stored = hold.current_hold()
        if stored is not None and charges(scenario) == 0:
            assert not is_written
            hold.release(stored, lambda _: None)
        number += 1
        assert number < 40
    assert charges(scenario) == 1


def test_a_release_that_dies_before_its_end_leaves_autopay_held(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(scenario)
    day(scenario)
    put_hold()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dead:
        dead.setattr(hold, "release", die)
        assert release(scenario, monkeypatch, "--leave-due") == 130
    assert hold.current_hold() is not None
    assert release(scenario, monkeypatch, "--leave-due") == 0
    day(scenario, days=3)
    assert (charges(scenario), len(scenario.emails("autopay_left"))) == (0, 1)
