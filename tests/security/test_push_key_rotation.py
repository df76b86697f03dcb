"""Drills: the push key changes, killed at each call; browsers of the former key go on getting pushes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from cabinet.api_secrets import ApiSecrets
from cabinet.identity.push_subscriptions import list_subscriptions
from cabinet.outbound import connection
from cabinet.web_push.push_keys import current_push_key
from infra.__main__ import main
from infra.cli import environment
from infra.cli.command_audit import command_author
from tests.support.aws import Aws
from tests.support.fault_injection import FAULTS, Fault, FaultInjector
from tests.support.pushes import FakeService, add_browser, push, run_for, write, write_person

NOON = "2026-03-01T07:10:00Z"


@pytest.fixture(autouse=True)
def service(monkeypatch: pytest.MonkeyPatch) -> FakeService:
    monkeypatch.setattr(environment, "select_environment", lambda _: {})
    fake = FakeService()
    monkeypatch.setattr(connection, "post", fake)
    return fake


@pytest.fixture
def moved(aws: Aws) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        write_person()
        add_browser(1)
        yield traveller


def set_of(aws: Aws) -> ApiSecrets:
    found = aws.client("secretsmanager").get_secret_value(
        SecretId=aws.environment["PUSH_KEY_SECRET"], VersionStage="AWSCURRENT"
    )
    return ApiSecrets.parse(found["SecretString"])


def tell(name: str) -> None:
    news = push("notice", name)
    write(news)
    run_for(news)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_browsers_of_the_former_key_get_pushes_at_every_step_of_a_rotation(
    moved: time_machine.Traveller, service: FakeService, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before = current_push_key()
    injector = FaultInjector(number, lambda: tell("between the command's calls"))
    injector.patch(monkeypatch)
    assert injector.process(lambda: main(["rotate", "push-key"])) == 0
    for step in range(21):
        moved.shift(timedelta(seconds=20))
        tell(f"step-{step}")
    assert current_push_key().id != before.id
    assert len(service.got) == 22
    assert {each["Authorization"].rpartition("k=")[2] for each in service.headers} == {before.public}
    add_browser(2)
    tell("after")
    assert {each["Authorization"].rpartition("k=")[2] for each in service.headers[-2:]} == {
        before.public, current_push_key().public,
    }  # fmt: skip


def test_push_key_leak_ends_all_subscriptions_until_owners_return(
    moved: time_machine.Traveller, service: FakeService, capsys: pytest.CaptureFixture[str]
) -> None:
    tell("before")
    assert main(["rotate", "push-key", "--revoke-old"]) == 0
    assert "07:15:00 UTC at the latest" in capsys.readouterr().out
    moved.shift(timedelta(minutes=5))
    tell("revoked")
    assert len(service.got) == 1
    assert list_subscriptions("u1") == []
    add_browser(1)
    tell("back")
    assert len(service.got) == 2


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("options", [[], ["--revoke-old"]])
def test_a_rotation_that_died_at_any_call_is_finished_by_the_next_run(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, fault: Fault, number: int, options: list[str]
) -> None:
    command_author()  # is asked for once a process
    injector = FaultInjector(number, fault)
    injector.patch(monkeypatch)
    with time_machine.travel(NOON, tick=False):
        injector.process(lambda: main(["rotate", "push-key", *options]))
        assert len(injector.calls) >= number
        assert main(["rotate", "push-key", *options]) == 0
    assert len(set_of(aws).keys) == (1 if options else 2), "one new key, however often it was tried"


def test_the_signing_key_stays_what_it_is(aws: Aws, moved: time_machine.Traveller) -> None:
    def signing() -> str:
        name = aws.environment["SIGNING_KEY_SECRET"]
        return str(aws.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])

    before = signing()
    assert main(["rotate", "push-key", "--revoke-old"]) == 0
    assert signing() == before


def test_a_plan_writes_nothing_and_a_key_that_is_new_is_left_alone(
    aws: Aws, moved: time_machine.Traveller, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rotate", "push-key", "--plan"]) == 0
    assert len(set_of(aws).keys) == 1
    assert main(["rotate", "push-key"]) == 0
    capsys.readouterr()
    assert main(["rotate", "push-key"]) == 0
    assert "nothing to add" in capsys.readouterr().out
    assert len(set_of(aws).keys) == 2


def test_a_key_retires_after_the_last_subscription_to_it(aws: Aws, moved: time_machine.Traveller) -> None:
    for days in (0, 200, 401, 30):
        moved.shift(timedelta(days=days))
        assert main(["rotate", "push-key"]) == 0
    # The first was followed 601 days ago by the second, that one 401 days after it.
    assert len(set_of(aws).keys) == 4 - 1
