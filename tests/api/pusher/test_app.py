"""The worker of pushes by its events: to each browser once, by day, and for as long as somebody wants it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from cabinet.accounts.keys import binding_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Table
from cabinet.core import clock
from cabinet.core.logging import Event
from cabinet.identity.keys import profile_key
from cabinet.identity.push_subscriptions import list_subscriptions
from cabinet.notifications.channels.push import worker
from cabinet.outbound import connection
from cabinet.outbound.connection import Answer, TargetRejected, TargetUnreachable
from tests.support.aws import Aws
from tests.support.fault_injection import FAULTS, Fault, FaultInjector
from tests.support.pushes import (
    FakeService,
    add_browser,
    due_at,
    push,
    run_for,
    run_sweep,
    waiting,
    write,
    write_person,
)

DAY = datetime(2026, 11, 20, 7, tzinfo=UTC)
"""Noon in Yekaterinburg."""
NIGHT = datetime(2026, 11, 20, 20, tzinfo=UTC)
"""One o'clock of the next day there."""
EMERGENCY, PAYMENT = push("emergency", "begun"), push("payment_received", "paid")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> FakeService:
    fake = FakeService()
    monkeypatch.setattr(connection, "post", fake)
    return fake


@pytest.fixture(autouse=True)
def noon(aws: Aws, service: FakeService) -> Any:
    with time_machine.travel(DAY, tick=False) as moved:
        write_person()
        add_browser(1)
        yield moved


def test_a_push_goes_to_each_browser_of_the_person_and_is_gone(aws: Aws, service: FakeService) -> None:
    add_browser(2)
    write(PAYMENT)
    assert run_for(PAYMENT) == {"batchItemFailures": []}
    assert sorted(url[-1] for url, _ in service.got) == ["1", "2"]
    assert service.titles == ["Платёж получен"] * 2
    assert waiting(aws) == []
    run_for(PAYMENT)
    assert len(service.got) == 2


def test_by_night_an_emergency_comes_and_the_rest_waits_for_the_morning(
    aws: Aws, service: FakeService, noon: Any
) -> None:
    noon.move_to(NIGHT)
    write(PAYMENT, EMERGENCY)
    run_for(PAYMENT)
    assert service.titles == ["Авария или отключение в вашем доме"]
    (row,) = waiting(aws)
    assert (row["status"], row["attempts"]) == ("waiting", 0)
    assert due_at(row) == datetime(2026, 11, 21, 3, tzinfo=UTC), "eight o'clock there"
    noon.move_to(due_at(row) - timedelta(minutes=1))
    assert run_sweep() == {"taken": 0}
    noon.move_to(due_at(row))
    assert run_sweep() == {"taken": 1}
    assert service.titles[1:] == ["Платёж получен"]


def test_one_browser_that_fails_is_tried_again_and_the_other_gets_it_once(
    aws: Aws, service: FakeService, noon: Any
) -> None:
    add_browser(2)
    service.answers["https://push.example.net/1"] = TargetUnreachable()
    write(PAYMENT)
    run_for(PAYMENT)
    assert [url[-1] for url, _ in service.got] == ["2"]
    (row,) = waiting(aws)
    assert due_at(row) == DAY + timedelta(seconds=30)
    noon.move_to(due_at(row))
    service.answers["https://push.example.net/1"] = Answer(429, 300)
    run_sweep()
    (row,) = waiting(aws)
    assert due_at(row) == clock.now() + timedelta(seconds=300)
    noon.move_to(due_at(row))
    service.answers.clear()
    run_sweep()
    assert [url[-1] for url, _ in service.got] == ["2", "1"]
    assert waiting(aws) == []


def test_after_the_last_try_a_push_is_given_up(aws: Aws, service: FakeService, noon: Any) -> None:
    service.answers["https://push.example.net/1"] = Answer(503)
    write(PAYMENT)
    tries = 0
    while rows := waiting(aws):
        noon.move_to(max(clock.now(), due_at(rows[0])))
        run_sweep()
        tries += 1
        assert tries < 10
    assert tries == 6
    assert service.got == []


@pytest.mark.parametrize("answer", [Answer(404), Answer(410), TargetRejected()])
def test_a_browser_that_is_gone_ends_its_subscription(
    aws: Aws, service: FakeService, answer: Answer | Exception
) -> None:
    service.answers["https://push.example.net/1"] = answer
    write(PAYMENT)
    run_for(PAYMENT)
    assert (waiting(aws), list_subscriptions("u1")) == ([], [])


def test_a_mistake_of_ours_is_logged_for_an_engineer_and_not_repeated(
    aws: Aws, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[tuple[Event, dict[str, Any]]] = []
    monkeypatch.setattr(worker, "log_error", lambda event, **more: logged.append((event, more)))
    service.answers["https://push.example.net/1"] = Answer(403)
    write(PAYMENT)
    run_for(PAYMENT)
    assert waiting(aws) == []
    assert logged == [
        (
            Event.PUSH_REFUSED,
            {
                "push_id": "paid",
                "template": "payment_received",
                "failure": "status_403",
                "push_service": "push.example.net",
            },
        )
    ]
    assert len(list_subscriptions("u1")) == 1


def test_whoever_has_switched_a_kind_off_gets_none_of_it(aws: Aws, service: FakeService) -> None:
    dynamo.update(
        Table.USERS, profile_key("u1"), "SET #notifications = :chosen", condition=IS_PRESENT,
        on_conflict=dynamo.conflict, chosen={"payments": ["email"]},
    )  # fmt: skip
    write(PAYMENT, EMERGENCY)
    run_for(PAYMENT)
    assert service.titles == ["Авария или отключение в вашем доме"]
    assert waiting(aws) == []


def test_about_an_account_that_is_unbound_by_now_nothing_comes(aws: Aws, service: FakeService) -> None:
    account_id = "uk:100"
    about = push("notice", "news", account_id=account_id)
    write(about)
    run_for(about)
    assert (service.got, waiting(aws)) == ([], [])
    pk, sk = binding_key("u1", account_id)
    row = {"pk": pk, "sk": sk, "account_id": account_id}
    dynamo.put(Table.USERS, row, condition=dynamo.IS_ABSENT, on_conflict=dynamo.conflict)
    write(about)
    run_for(about)
    assert service.titles == ["Новое уведомление организации"]


def test_a_person_who_left_gets_nothing(aws: Aws, service: FakeService) -> None:
    write(PAYMENT)
    dynamo.delete(Table.USERS, profile_key("u1"), condition=IS_PRESENT, on_conflict=dynamo.conflict)
    run_for(PAYMENT)
    assert (service.got, waiting(aws)) == ([], [])


def test_the_end_of_an_emergency_does_not_overtake_it(aws: Aws, service: FakeService, noon: Any) -> None:
    over = push("emergency_over", "over")
    service.answers["https://push.example.net/1"] = TargetUnreachable()
    write(EMERGENCY)
    run_for(EMERGENCY)
    service.answers.clear()
    noon.shift(timedelta(seconds=1))
    write(over)
    run_for(over)
    assert service.got == []
    noon.shift(timedelta(seconds=30))
    run_sweep()
    assert service.titles == ["Авария или отключение в вашем доме", "Устранено: авария или отключение"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", range(1, 10))
def test_killed_at_any_call_a_push_comes_and_at_most_one_copy_is_too_many(
    aws: Aws, service: FakeService, noon: Any, monkeypatch: pytest.MonkeyPatch, number: int, fault: Fault
) -> None:
    write(PAYMENT)
    injector = FaultInjector(number, fault)
    injector.patch(monkeypatch)
    injector.process(lambda: run_for(PAYMENT))
    noon.shift(timedelta(minutes=4))
    run_sweep()
    assert 1 <= len(service.got) <= 2
    assert waiting(aws) == []


def test_of_two_workers_at_once_one_sends(
    aws: Aws, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(PAYMENT)
    injector = FaultInjector(2, lambda: run_for(PAYMENT))
    injector.patch(monkeypatch)
    injector.process(lambda: run_for(PAYMENT))
    assert len(service.got) == 1
    assert waiting(aws) == []


def test_without_time_left_the_rest_waits_for_another_worker(
    aws: Aws, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(PAYMENT)
    monkeypatch.setattr(worker, "SECONDS_TO_SEND", 10**6)
    run_for(PAYMENT)
    assert service.got == []
    assert len(waiting(aws)) == 1


def test_an_emergency_does_not_wait_behind_any_number_of_other_pushes(
    aws: Aws, service: FakeService, noon: Any
) -> None:
    """By the names of their rows it is the last of many that wait for the morning."""
    noon.move_to(NIGHT)
    write(*(push("receipt", f"receipt-{number}") for number in range(110)))
    latest = push("emergency", "zz")
    write(latest)
    assert waiting(aws)[-1]["sk"] == max(row["sk"] for row in waiting(aws))
    run_for(latest)
    assert service.titles == ["Авария или отключение в вашем доме"]
