"""A receipt's mail waits until the receipt has been unchanged for a while: a registry may be a mistake."""

import itertools
import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
import time_machine
from botocore.exceptions import ClientError, ReadTimeoutError

from cabinet import fanout
from cabinet.accounts.keys import binding_key
from cabinet.aws import dynamo, queues
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.core.errors import ServiceUnavailable
from cabinet.exchange.imports import apply, job_store, undo_job, undo_requests
from cabinet.exchange.imports.import_job import ImportResult
from cabinet.reminders import runner
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.factories.registries import (
    ACCOUNT,
    BALANCE,
    NUMBER,
    SUPPLIER,
    RegistryImporter,
    apply_supplier,
    ask_undo,
    packed,
)
from tests.support.fault_injection import FAULTS, Fault, FaultInjector
from tests.support.reminder_runs import choose, drain, emails, run

MORNING = "2026-10-01T06:00:00Z"  # 11:00 in Yekaterinburg
MISTAKE, RIGHT, NOTHING = "56000.00", "560.00", "0"


class DelayScenario:
    """A subscriber who wants mail of receipts, and registries with one receipt."""

    def __init__(self, aws: Aws, clock: time_machine.Traveller) -> None:
        self._aws, self._importer, self._clock, self._registries = aws, RegistryImporter(aws), clock, 0

    def import_file(self, total: str) -> None:
        """Apply a newer registry in which the receipt has this sum."""
        self._registries += 1
        amounts = {"debt": "0", "paid": "0", "charged": total, "total": total}
        content = packed({"accounts": [ACCOUNT], "balances": [BALANCE | amounts]}, self._registries)
        assert self._importer.import_file(content)["status"] == "applied"

    def hours(self, count: int = 1) -> None:
        """Let hours pass, each with its schedule."""
        for _ in range(count):
            self._clock.shift(3600)
            self.visit()

    def minutes(self, count: int) -> None:
        """Let minutes pass."""
        self._clock.shift(count * 60)

    def visit(self) -> None:
        """Run the hourly schedule and what it starts."""
        run({"schedule": "reminders"})
        drain(self._aws)

    def announced_sums(self) -> list[tuple[str, int]]:
        """Return the letters that name a sum, with it."""
        return [
            (email["template"], json.loads(email["params"])["amount"])
            for email in emails(self._aws)
            if "amount" in json.loads(email["params"])
        ]


@pytest.fixture
def scenario(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[DelayScenario]:
    """The sample's supplier with the delay that suppliers have by default."""
    monkeypatch.setattr(apply, "THREADS", 1)
    with time_machine.travel(MORNING, tick=False) as traveller:
        apply_supplier(receipt_mail_delay_minutes=15)
        account = bound_accounts.account(NUMBER, SUPPLIER)
        bound_accounts.user("u1", account)
        choose("u1", account, known_receipts={})
        yield DelayScenario(aws, traveller)


def test_a_receipt_corrected_within_the_delay_is_mailed_once_with_the_right_sum(
    scenario: DelayScenario,
) -> None:
    scenario.import_file(MISTAKE)
    scenario.visit()
    scenario.minutes(14)
    scenario.import_file(RIGHT)
    run({"schedule": "reminders", "by_hand": True})
    assert scenario.announced_sums() == []
    scenario.hours()
    assert scenario.announced_sums() == [("reminder_receipt", 56000)]
    scenario.hours(30)
    assert scenario.announced_sums() == [("reminder_receipt", 56000)]


def test_a_receipt_that_a_registry_empties_is_not_mailed_until_it_is_filled(scenario: DelayScenario) -> None:
    scenario.import_file(MISTAKE)
    scenario.visit()
    scenario.minutes(10)
    scenario.import_file(NOTHING)
    scenario.hours(30)
    assert scenario.announced_sums() == []
    scenario.import_file(RIGHT)
    scenario.hours(24)
    assert scenario.announced_sums() == [("reminder_receipt", 56000)]


def test_a_receipt_imported_again_unchanged_does_not_wait_anew(scenario: DelayScenario) -> None:
    scenario.import_file(RIGHT)
    scenario.minutes(15)
    scenario.import_file(RIGHT)
    scenario.visit()
    assert scenario.announced_sums() == [("reminder_receipt", 56000)]


def test_no_debt_is_told_of_a_receipt_that_may_be_a_mistake(scenario: DelayScenario, aws: Aws) -> None:
    importer = RegistryImporter(aws)
    for number, debt in enumerate(("900000.00", "4000.00"), 1):
        amounts = {"debt": debt, "paid": "0", "charged": "0", "total": debt}
        importer.import_file(packed({"accounts": [ACCOUNT], "balances": [BALANCE | amounts]}, number))
        scenario.visit()
        assert scenario.announced_sums() == []
        scenario.minutes(10)
    scenario.hours()
    assert sorted(scenario.announced_sums()) == [("reminder_debt", 400000), ("reminder_receipt", 400000)]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_receipt_held_back_is_mailed_once_whatever_call_kills_the_visit(
    scenario: DelayScenario, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """The page is processed again after each crash, as the fan-out does: the later run counts."""
    scenario.import_file(MISTAKE)
    supplier = job_store.get_supplier(SUPPLIER)
    assert supplier is not None
    job = runner.reminder_job(supplier, clock.now())
    binding = dynamo.get(Table.USERS, binding_key("u1", f"{SUPPLIER}:{NUMBER}"))
    assert binding is not None
    injector = FaultInjector(fault=fault)
    injector.patch(monkeypatch)
    deaths = 0
    for number in itertools.count(1):
        injector.number = number
        injector.calls.clear()
        with suppress(ServiceUnavailable, ClientError, ReadTimeoutError):
            injector.process(lambda: runner.run_page(job, [binding]))
        if number > len(injector.calls):
            break
        deaths += 1
    assert deaths >= 4
    assert scenario.announced_sums() == []
    assert len(list(fanout.open_jobs())) == 1
    scenario.import_file(RIGHT)
    scenario.hours()
    assert scenario.announced_sums() == [("reminder_receipt", 56000)]


def test_a_receipt_of_an_undone_import_is_never_mailed(
    scenario: DelayScenario, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.import_file(MISTAKE)
    scenario.visit()
    scenario.minutes(10)
    with monkeypatch.context() as unsent:
        unsent.setattr(queues, "send", lambda *_, **__: None)
        asked = ask_undo(undo_requests.last_applied(SUPPLIER), "an engineer")
    assert undo_job.run(asked, lambda: 900.0) is ImportResult.DONE
    scenario.hours(30)
    assert scenario.announced_sums() == []
    scenario.import_file(RIGHT)
    scenario.hours(24)
    assert scenario.announced_sums() == [("reminder_receipt", 56000)]
