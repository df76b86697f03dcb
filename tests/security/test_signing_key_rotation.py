"""Drills: the signing key changes while requests come all the while, served by processes that read apart."""

import itertools
from datetime import timedelta

import pytest
import time_machine

from cabinet.api_secrets import FIRST_KEY, ApiSecrets, api_secrets
from cabinet.audit.store import entries, list_about
from cabinet.core import clock
from infra.__main__ import main
from infra.cli import environment
from infra.cli.command_audit import command_author
from tests.support import auth_client
from tests.support.app_client import AppClient
from tests.support.auth_client import sign_in
from tests.support.aws import Aws
from tests.support.aws_calls import Call, Listener, heard_by
from tests.support.fault_injection import FAULTS, Fault, FaultInjector
from tests.support.processes import Process

PER_SECOND = 20
STEP = timedelta(seconds=20)


@pytest.fixture(autouse=True)
def _commands_work_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "select_environment", lambda _: {})


class Traffic:
    """Requests of one browser, answered by several processes in turn."""

    def __init__(self, aws: Aws, session: str) -> None:
        self.processes = [Process(aws.environment["SIGNING_KEY_SECRET"]) for _ in range(4)]
        self._turns = itertools.cycle(self.processes)
        self.session = session
        self.count = 0
        self.failed: list[int] = []

    def second(self) -> None:
        """Send a second's requests: most with the session, one a captcha that is answered elsewhere."""
        for _ in range(PER_SECOND - 2):
            with next(self._turns).working():
                answer = auth_client.browser(Cookie=f"__Host-session={self.session}").get("/api/profile")
            self._note(answer.status_code, 200)
        self._captcha()

    def _captcha(self) -> None:
        with next(self._turns).working():
            solved = auth_client.solved(auth_client.browser())
        with next(self._turns).working():
            asked = auth_client.browser().post(
                "/api/auth/password-resets", json={"email": f"n{self.count}@example.ru", "captcha": solved}
            )
        self.count += 1
        self._note(asked.status_code, 202)

    def _note(self, status: int, wanted: int) -> None:
        self.count += 1
        if status != wanted:
            self.failed.append(status)


class BetweenCalls(Listener):
    """Sends a second's requests before and after each call that the command makes."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._is_sending = False
        self.seen: list[str] = []

    def before(self, call: Call) -> None:
        self._send(call)

    def after(self, call: Call) -> None:
        self._send(call)

    def _send(self, call: Call) -> None:
        if not self._is_sending:
            self.seen.append(call.operation)
            self._is_sending = True
            self._traffic.second()
            self._is_sending = False


@pytest.fixture
def traffic(client: AppClient, local: Aws) -> Traffic:
    """Somebody is signed in, and every process has served them."""
    auth_client.register(client, local)
    assert sign_in(client).status_code == 201
    made = Traffic(local, client.cookies["__Host-session"])
    made.second()
    return made


def kids(traffic: Traffic) -> set[str]:
    found = set()
    for process in traffic.processes:
        with process.working():
            found.add(api_secrets().signing(clock.now()).id)
    return found


def test_no_request_fails_while_the_signing_key_is_rotated(traffic: Traffic, local: Aws) -> None:
    listener = BetweenCalls(traffic)
    with time_machine.travel("2026-03-01T10:10:00Z", tick=False) as moved:
        before = kids(traffic)
        with heard_by(listener):
            assert main(["rotate", "signing-key"]) == 0
        for _ in range(timedelta(minutes=7) // STEP):
            moved.shift(STEP)
            traffic.second()
        assert len(kids(traffic)) == 1
        assert kids(traffic) != before
    assert {"PutSecretValue", "UpdateSecretVersionStage"} <= set(listener.seen)
    assert (traffic.failed, traffic.count >= 500) == ([], True)


def test_a_revoked_keys_session_is_401_within_five_minutes(
    traffic: Traffic, local: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    stolen = auth_client.browser(Cookie=f"__Host-session={traffic.session}")
    with time_machine.travel("2026-03-01T10:10:00Z", tick=False) as moved:
        traffic.second()
        assert main(["rotate", "signing-key", "--revoke-old"]) == 0
        assert "10:15:00 UTC at the latest" in capsys.readouterr().out
        fresh = auth_client.browser()
        with Process(local.environment["SIGNING_KEY_SECRET"]).working():
            assert sign_in(fresh).status_code == 201
        cookie = {"Cookie": f"__Host-session={fresh.cookies['__Host-session']}"}
        moved.shift(timedelta(seconds=2))
        for process in traffic.processes:  # none has read the new set of itself
            with process.working():
                assert auth_client.browser(**cookie).get("/api/profile").status_code == 200
        moved.shift(timedelta(minutes=5) - timedelta(seconds=2))
        for process in traffic.processes:
            with process.working():
                assert stolen.get("/api/profile").status_code == 401
                assert auth_client.browser(**cookie).get("/api/profile").status_code == 200
    assert traffic.failed == []


def test_a_process_with_only_a_stolen_session_rejects_it_in_time(traffic: Traffic, local: Aws) -> None:
    """No token of the new key comes by to tell it of the change."""
    stolen = auth_client.browser(Cookie=f"__Host-session={traffic.session}")
    with time_machine.travel("2026-03-01T10:10:00Z", tick=False) as moved:
        process = Process(local.environment["SIGNING_KEY_SECRET"])
        with process.working():
            assert stolen.get("/api/profile").status_code == 200
            assert main(["rotate", "signing-key", "--revoke-old"]) == 0
            assert stolen.get("/api/profile").status_code == 200
            moved.shift(timedelta(minutes=5))
            assert stolen.get("/api/profile").status_code == 401


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("options", [[], ["--revoke-old"]])
def test_a_rotation_that_died_at_any_call_is_finished_by_the_next_run(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, fault: Fault, number: int, options: list[str]
) -> None:
    command_author()  # is asked for once a process
    injector = FaultInjector(number, fault)
    injector.patch(monkeypatch)
    with time_machine.travel("2026-03-01T10:10:00Z", tick=False):
        injector.process(lambda: main(["rotate", "signing-key", *options]))
        assert len(injector.calls) >= number
        assert main(["rotate", "signing-key", *options]) == 0
    found = aws.client("secretsmanager").get_secret_value(
        SecretId=aws.environment["SIGNING_KEY_SECRET"], VersionStage="AWSCURRENT"
    )
    keys = ApiSecrets.parse(found["SecretString"]).keys
    assert len(keys) == (1 if options else 2), "one new key, however often it was tried"
    assert (keys[0].id == FIRST_KEY) == (not options)


def test_a_rival_rotation_is_not_overwritten(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command_author()
    injector = FaultInjector(4, lambda: main(["rotate", "signing-key", "--revoke-old"]))
    injector.patch(monkeypatch)
    with time_machine.travel("2026-03-01T10:10:00Z", tick=False):
        assert injector.process(lambda: main(["rotate", "signing-key"])) == 1
    assert "somebody else may have done it" in capsys.readouterr().err
    found = aws.client("secretsmanager").get_secret_value(
        SecretId=aws.environment["SIGNING_KEY_SECRET"], VersionStage="AWSCURRENT"
    )
    assert len(ApiSecrets.parse(found["SecretString"]).keys) == 1, "what was revoked did not come back"
    about = entries(list_about(f"secret:{aws.environment['SIGNING_KEY_SECRET']}"))
    assert {(entry.action, entry.role) for entry in about} == {("KEY_ROTATED", "command")}
    assert sorted((len(entry.after["keys"]), bool(entry.reason)) for entry in about) == [
        (1, True),
        (2, False),
    ]


def test_a_plan_writes_nothing(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    manager = aws.client("secretsmanager")
    before = manager.list_secret_version_ids(SecretId=aws.environment["SIGNING_KEY_SECRET"])["Versions"]
    assert main(["rotate", "signing-key", "--plan"]) == 0
    assert main(["rotate", "signing-key", "--revoke-old", "--plan"]) == 0
    assert "nothing is written" in capsys.readouterr().out
    assert entries(list_about(f"secret:{aws.environment['SIGNING_KEY_SECRET']}")) == []
    after = manager.list_secret_version_ids(SecretId=aws.environment["SIGNING_KEY_SECRET"])["Versions"]
    assert [each["VersionId"] for each in after] == [each["VersionId"] for each in before]


def test_a_machine_whose_clock_is_wrong_makes_no_key(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its key would sign before all processes know it, or never."""
    ahead = clock.now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "now", lambda: ahead)
    assert main(["rotate", "signing-key"]) == 1
    assert "set it first" in capsys.readouterr().err
    found = aws.client("secretsmanager").get_secret_value(SecretId=aws.environment["SIGNING_KEY_SECRET"])
    assert ApiSecrets.parse(found["SecretString"]).keys[0].id == FIRST_KEY
