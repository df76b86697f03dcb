"""Whatever call the worker dies at, or whose answer it loses: every event comes, an account's in order."""

import itertools
from datetime import timedelta

import pytest
import time_machine

from cabinet.core import clock
from cabinet.webhooks import event_store
from cabinet.webhooks.signing_keys import SigningKeys
from tests.support.aws import Aws
from tests.support.fault_injection import FAULTS, Fault, FaultInjector
from tests.support.webhooks import (
    ACCOUNT,
    SUPPLIER,
    Billing,
    connect,
    endpoint_row,
    put_secret,
    run_sweep,
    run_task,
    waiting,
    write,
)

START = "2027-11-02T10:00:00Z"


def delivered() -> list[str]:
    return [delivery.event_id for delivery in event_store.list_log(SUPPLIER).items]


@pytest.mark.parametrize("answers", [[], [500], [503], [410]], ids=["taken", "failed", "silent", "gone"])
@pytest.mark.parametrize("fault", FAULTS)
def test_killed_at_any_call_no_event_is_lost_or_overtakes_another(
    aws: Aws, billing: Billing, monkeypatch: pytest.MonkeyPatch, fault: Fault, answers: list[int]
) -> None:
    injector = FaultInjector(fault=fault)
    injector.patch(monkeypatch)
    for number in itertools.count(1):
        with time_machine.travel(START, tick=False) as moment:
            billing.got.clear()
            billing.headers.clear()
            billing.answers = list(answers)
            write(ACCOUNT, f"a{number}")
            moment.shift(1)
            write(ACCOUNT, f"b{number}")
            injector.number, injector.calls = number, []
            injector.process(lambda: run_task(account_id=ACCOUNT))
            was_reached = len(injector.calls) >= number
            for _ in range(8):  # by the sweep, as if every message were lost
                moment.shift(125)
                if endpoint_row()["status"] == "ended":
                    reopened()
                run_sweep()
            names = [payload["data"]["payment_id"] for payload in billing.got]
            assert waiting(aws) == [], (number, injector.calls)
            assert set(names) == {f"a{number}", f"b{number}"}, (number, injector.calls)
            assert names == sorted(names), "b never comes before the last copy of a"
            assert len(names) <= 2 + len(answers) + 1, "at most one more copy for one death"
        if not was_reached:
            break
    assert number > 5, "the enumeration has reached the end of the work"
    assert len(delivered()) == len(set(delivered())) == 2 * number


def reopened() -> None:
    from cabinet.webhooks import endpoints

    endpoint = endpoints.find(SUPPLIER)
    assert endpoint is not None
    endpoints.reactivate(endpoint, lambda _: None)


def test_a_rival_before_any_call_sends_nothing_out_of_order(
    aws: Aws, billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    injector = FaultInjector(fault=lambda: run_task(account_id=ACCOUNT))
    injector.patch(monkeypatch)
    for number in itertools.count(1):
        billing.got.clear()
        billing.headers.clear()
        write(ACCOUNT, f"a{number}", f"b{number}")
        injector.number, injector.calls = number, []
        injector.process(lambda: run_task(account_id=ACCOUNT))
        assert [payload["data"]["payment_id"] for payload in billing.got] == [f"a{number}", f"b{number}"]
        assert waiting(aws) == []
        if len(injector.calls) < number:
            break
    assert number > 5


def test_a_change_of_the_settings_lets_a_dying_secret_cost_no_event(aws: Aws, billing: Billing) -> None:
    """Engineers who set the address before the key find every event when both are there."""
    put_secret(aws, "{}")
    write(ACCOUNT, "p1")
    run_task(account_id=ACCOUNT)
    assert billing.got == []
    put_secret(aws, SigningKeys(billing.keys[0]).dump())
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        connect()
        run_sweep()
    assert len(billing.got) == 1
