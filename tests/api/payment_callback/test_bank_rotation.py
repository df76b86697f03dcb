"""Drills: a bank's login, password and callback key change while residents pay at every step."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cabinet.audit.store import entries, list_about
from cabinet.aws.secret_sources import Source, file_name
from infra.__main__ import main
from infra.cli import environment
from infra.cli.command_audit import command_author
from infra.simulators.bank import credentials as simulated
from infra.simulators.bank import rbs
from infra.simulators.bank.credentials import CREDENTIALS
from tests.support import secret_places
from tests.support.fault_injection import FAULTS, Fault, FaultInjector
from tests.support.payment_scenario import SECRET, TOTAL, PaymentScenario

NEW = {"user": "cabinet-api-2", "password": "second-password", "callback_key": "second-callback-key"}

WRITES = [
    "dynamodb.TransactWriteItems", "secretsmanager.PutSecretValue", "secretsmanager.UpdateSecretVersionStage",
]  # fmt: skip
"""The audit row comes first."""


class Drill:
    """Residents who pay all the while, and a bank that takes one login alone."""

    def __init__(self, scenario: PaymentScenario, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.scenario, self.ordered, self.paid = scenario, 0, 0
        self._file, self._monkeypatch = folder / "new.json", monkeypatch
        self._secret, self._source = folder / file_name(SECRET), Source.SECRETS_MANAGER
        scenario.supplier()

    def keep_secrets_in(self, source: Source) -> None:
        """Let the secret lie somewhere else from now on."""
        self._source = source
        if source is not Source.SECRETS_MANAGER:
            secret_places.keep_in(
                source, self._secret.parent, self._monkeypatch, SECRET, json.dumps(CREDENTIALS)
            )

    def rotate(self, *options: str, content: dict[str, Any] | None = NEW) -> int:
        """Run the command as typed; without content it names no file."""
        given = []
        if content is not None:
            self._file.write_text(json.dumps(content), "utf-8")
            given = [str(self._file)]
        if self._source is not Source.SECRETS_MANAGER:
            given += ["--secret-file", str(self._secret)]
        code = main(["rotate", "bank", *given, "--supplier", "uk-test", *options])
        if self._source is Source.ENVIRONMENT:
            secret_places.start_again(self._secret.parent, self._monkeypatch, SECRET)
        return code

    def switch(self) -> None:
        """The bank takes the new login from now on, and signs by the new key."""
        self._monkeypatch.setattr(simulated, "USER", NEW["user"])
        self._monkeypatch.setattr(simulated, "PASSWORD", NEW["password"])
        self._monkeypatch.setattr(rbs.signed_query, "__defaults__", (NEW["callback_key"],))

    def order(self) -> str:
        """Somebody orders; return the link of the bank's page."""
        self.ordered += 1
        account = self.scenario.account(f"12345678{self.ordered:02}")
        token = self.scenario.user(f"u{self.ordered}", account)
        self.scenario.add(token, account.account_id)
        answer = self.scenario.check_out(token)
        assert answer.status == 201, answer.body
        return str(answer.json["payment_url"])

    def pay(self) -> None:
        """Somebody orders and pays, and the bank tells us: no request fails."""
        self.scenario.complete_payment(self.order())
        assert set(self.scenario.deliver()) == {200}
        self.paid += 1
        assert self.scenario.ledger_total() == TOTAL * self.paid

    def stored(self) -> dict[str, Any]:
        if self._source is not Source.SECRETS_MANAGER:
            in_file: dict[str, Any] = json.loads(self._secret.read_text("utf-8"))
            return in_file
        found = self.scenario.aws.client("secretsmanager").get_secret_value(
            SecretId=SECRET, VersionStage="AWSCURRENT"
        )
        tree: dict[str, Any] = json.loads(found["SecretString"])
        return tree


@pytest.fixture
def drill(scenario: PaymentScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drill:
    monkeypatch.setattr(environment, "select_environment", lambda _: {})
    return Drill(scenario, tmp_path, monkeypatch)


@pytest.mark.parametrize("source", list(Source))
def test_residents_pay_at_every_step_of_a_rotation(
    drill: Drill, capsys: pytest.CaptureFixture[str], source: Source
) -> None:
    drill.keep_secrets_in(source)
    drill.pay()
    late = drill.order()
    drill.scenario.complete_payment(late)
    by_the_old_key = list(drill.scenario.undelivered_callbacks)
    drill.scenario.undelivered_callbacks.clear()
    assert drill.rotate("--before-switch") == 0
    drill.pay()  # this process knows the old alone
    drill.scenario.wait(minutes=5)
    drill.pay()  # and now both
    drill.switch()
    drill.pay()
    assert drill.rotate(content=None) == 0
    drill.pay()
    drill.scenario.wait(minutes=5)
    drill.pay()
    for call in by_the_old_key:
        assert drill.scenario.hear(call).status == 200, "signed before, told after"
    drill.paid += 1
    drill.pay()
    printed = capsys.readouterr().out
    assert "банк отвечает и принимает логин и пароль" in printed
    for secret in (*NEW.values(), *CREDENTIALS.values()):
        assert secret not in printed
    assert {name: drill.stored()[name] for name in NEW} == NEW


def test_a_process_that_the_bank_denies_reads_the_new_login_at_once(drill: Drill) -> None:
    drill.pay()
    drill.scenario.wait(minutes=1)
    drill.switch()
    assert drill.rotate() == 0
    drill.pay()


def test_a_callback_by_the_former_key_counts_for_three_days(drill: Drill) -> None:
    drill.scenario.complete_payment(drill.order())
    drill.switch()
    assert drill.rotate() == 0
    call = drill.scenario.undelivered_callbacks[0]
    drill.scenario.wait(days=3, seconds=-1)
    assert drill.scenario.hear(call).status == 200
    drill.scenario.wait(seconds=1)
    assert drill.scenario.hear(call).status == 403


@pytest.mark.parametrize("source", list(Source))
def test_after_a_leak_the_former_key_proves_nothing_more(drill: Drill, source: Source) -> None:
    drill.keep_secrets_in(source)
    drill.scenario.complete_payment(drill.order())
    drill.switch()
    assert drill.rotate() == 0
    assert drill.rotate("--at-once", content=None) == 0
    drill.scenario.wait(minutes=5)
    assert drill.scenario.hear(drill.scenario.undelivered_callbacks[0]).status == 403
    drill.scenario.reconcile_orders()
    assert drill.scenario.ledger_total() == TOTAL, "the bank was asked instead"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (NEW, "банк не принимает логин или пароль"),
        (NEW | {"callback_key": ""}, "callback_key"),
        (NEW | {"pasword": "x"}, "pasword"),
        ({"user": "u"}, "password: нет"),
    ],
)
def test_what_the_bank_or_the_product_cannot_use_is_not_put_in(
    drill: Drill, content: dict[str, Any], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drill.rotate(content=content) == 1
    assert word in capsys.readouterr().err
    assert drill.stored() == CREDENTIALS
    drill.pay()


def test_a_second_run_changes_nothing_and_a_plan_writes_nothing(
    drill: Drill, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drill.rotate("--before-switch", "--plan") == 0
    assert drill.stored() == CREDENTIALS
    drill.switch()
    assert drill.rotate() == 0
    once = drill.stored()
    capsys.readouterr()
    for content in (NEW, None):
        assert drill.rotate(content=content) == 0
        assert "уже действуют" in capsys.readouterr().out
    assert drill.stored() == once


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_rotation_that_died_at_a_write_is_finished_by_the_next_run(
    drill: Drill, monkeypatch: pytest.MonkeyPatch, fault: Fault, number: int
) -> None:
    drill.switch()
    command_author()  # is asked for once a process
    counting = FaultInjector()
    with monkeypatch.context() as patched:
        counting.patch(patched)
        counting.process(lambda: drill.rotate("--plan"))
    injector = FaultInjector(len(counting.calls) + number, fault)
    with monkeypatch.context() as patched:
        injector.patch(patched)
        injector.process(lambda: drill.rotate())
        assert injector.calls[len(counting.calls) + number - 1] == WRITES[number - 1]
    assert drill.rotate() == 0
    stored = drill.stored()
    assert {name: stored[name] for name in NEW} == NEW
    assert [each["credentials"] for each in stored["former"]] == [CREDENTIALS]
    about = entries(list_about(f"secret:{SECRET}"))
    assert {(each.action, *each.suppliers) for each in about} == {("KEY_ROTATED", "uk-test")}
    assert not any(secret in str(about) for secret in (NEW["password"], NEW["callback_key"]))
    drill.scenario.wait(minutes=5)
    drill.pay()


def test_forged_callbacks_do_not_keep_a_process_reading(drill: Drill) -> None:
    from tests.support.aws_calls import heard_by
    from tests.support.secret_reads import Reads

    drill.scenario.complete_payment(drill.order())
    call = drill.scenario.undelivered_callbacks[0]
    forged = type(call)(call.url, call.query.replace("operation=", "operation=x"), 0)
    reads = Reads()
    with heard_by(reads):
        for _ in range(20):
            assert drill.scenario.hear(forged).status == 403
        assert reads.count <= 1
        drill.scenario.moment += timedelta(seconds=15)
        assert drill.scenario.hear(forged).status == 403
    assert reads.count <= 2
