"""Fault drills: each fault leaves a line with code and place, and moves its metric past its alarm.

`MOVED` says which alarms each drill must raise; together they are all alarms about measures of our own.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from cabinet.autopay.hold import hold_row
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.aws.event_handler import InvocationFailed
from cabinet.core import clock
from cabinet.exchange.imports import apply, import_job, job_store
from cabinet.notifications.channels.email import ses
from cabinet.notifications.channels.email.rendering import RenderError
from cabinet.outbound import connection
from cabinet.outbound.connection import Answer
from cabinet.outbox.emails import Email
from infra.build.template import Template
from infra.simulators.bank.callback_sender import Call as FromBank
from infra.simulators.bank.state import Faults
from tests.support import mailer, openapi_guard, pushes
from tests.support.app_client import AppClient
from tests.support.aws import Aws
from tests.support.aws_calls import Call, Listener, heard_by
from tests.support.factories import bound_accounts
from tests.support.factories.registries import SUPPLIER, WHOLE, apply_supplier, packed
from tests.support.lambda_context import Context
from tests.support.on_call import OnCall
from tests.support.payment_scenario import PaymentScenario

ACCOUNT = "uk-test:1234567899"
KEY = f"inbound/{SUPPLIER}/registry.zip"
PLACE = re.compile(r"\w+\.py:\d+")
MOVED = {
    "throttled": {"StorageFailuresAlarm"},
    "denied": {"StorageFailuresAlarm", "FunctionFailuresAlarm"},
    "bank_silent": {"BankOutageAlarm"},
    "nobody_asks": {"ReconciliationAgeAlarm"},
    "review": {"ReviewOrdersAlarm"},
    "unmatched": {"PaymentProblemsAlarm"},
    "suspended": {"MailSuspendedAlarm", "OutboxAgeAlarm"},
    "unrenderable": {"LostLettersAlarm"},
    "refused_pushes": {"RefusedPushesAlarm"},
    "held_autopay": {"PaymentProblemsAlarm"},
    "refused_registry": {"RefusedRegistriesAlarm"},
    "deadly_registry": {"RefusedRegistriesAlarm"},
    "stale": {"StaleDataAlarm"},
}


class _Refusing(Listener):
    """DynamoDB that refuses every call with one code."""

    def __init__(self, code: str) -> None:
        self._code = code

    def before(self, call: Call) -> None:
        if call.service == "dynamodb":
            raise ClientError({"Error": {"Code": self._code, "Message": "refused"}}, call.operation)


@pytest.fixture
def resident(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> AppClient:
    from queries.app import app

    monkeypatch.setattr("time.sleep", lambda _: None)
    bound_accounts.supplier()
    return bound_accounts.browser(app, bound_accounts.user("u1", bound_accounts.account()))


def answers(resident: AppClient, code: str, times: int) -> set[int]:
    with heard_by(_Refusing(code)), openapi_guard.allow_internal_errors():
        return {resident.get(f"/api/accounts/{ACCOUNT}/summary").status_code for _ in range(times)}


def test_a_throttled_table_is_an_alarm(resident: AppClient, on_call: OnCall) -> None:
    assert answers(resident, "ThrottlingException", 3) == {503}
    for line in on_call.lines("storage_failed"):
        assert (line["code"], line["table"]) == (
            "ThrottlingException",
            "cabinet-AccountsTable,cabinet-UsersTable",
        )
        assert PLACE.fullmatch(line["place"])
    assert len(on_call.lines("request_unavailable")) == 3
    assert on_call.alarms() == MOVED["throttled"]


def test_a_right_that_is_missing_is_an_alarm(resident: AppClient, on_call: OnCall) -> None:
    assert answers(resident, "AccessDeniedException", 5) == {500}
    for event in ("storage_failed", "request_failed"):
        (line, *_) = on_call.lines(event)
        assert line["code"] == "AccessDeniedException"
        assert PLACE.fullmatch(line["place"])
    assert on_call.alarms() == MOVED["denied"]


def test_one_request_that_failed_wakes_nobody(resident: AppClient, on_call: OnCall) -> None:
    answers(resident, "AccessDeniedException", 1)
    assert on_call.alarms() == set()


def checked_out(scenario: PaymentScenario, faults: Faults, dialect: str = "rbs") -> str:
    scenario.state.faults = faults
    scenario.supplier(dialect=dialect)
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    return str(scenario.check_out(token).json["payment_url"])


def test_a_bank_that_is_silent_for_an_hour_is_an_alarm(scenario: PaymentScenario, on_call: OnCall) -> None:
    checked_out(scenario, Faults(silent=True))
    scenario.wait(minutes=1)
    scenario.reconcile()
    assert on_call.alarms() == set()
    for _ in range(12):
        scenario.wait(minutes=5)
        scenario.reconcile()
    asked = on_call.lines("bank_call_failed")[0]
    assert (asked["contract"], asked["error"]) == ("uk-test-rbs", "HTTP 504")
    assert PLACE.fullmatch(asked["place"])
    assert on_call.lines("bank_outage")[-1]["seconds"] == 3600
    assert on_call.alarms() == MOVED["bank_silent"]
    scenario.state.faults = Faults()
    scenario.wait(hours=1)
    scenario.reconcile()
    assert on_call.alarms() == set(), "it ends by itself"


def test_orders_that_nobody_asks_about_are_an_alarm(scenario: PaymentScenario, on_call: OnCall) -> None:
    from reconciliation.app import handler

    checked_out(scenario, Faults())
    scenario.wait(minutes=41)
    on_call.alarms()
    handler({"schedule": "reconciliation"}, Context(left_ms=1_000))  # type: ignore[arg-type]
    assert on_call.alarms() == MOVED["nobody_asks"]


def test_an_order_that_a_person_must_decide_is_an_alarm(scenario: PaymentScenario, on_call: OnCall) -> None:
    checked_out(scenario, Faults(silent=True))
    for hours in (0.02, 0.1, 0.6, 1.1, 24.1, 24.1):
        scenario.wait(hours=hours)
        scenario.reconcile()
    on_call.alarms()
    scenario.wait(hours=24.1)
    scenario.reconcile()
    assert on_call.lines("order_to_review")
    assert on_call.alarms() >= MOVED["review"]


def test_money_of_no_order_is_an_alarm(scenario: PaymentScenario, on_call: OnCall) -> None:
    address = checked_out(scenario, Faults(), "gorod")
    scenario.complete_payment(address)
    (call,) = scenario.undelivered_callbacks
    on_call.alarms()
    unmatched = call.query.replace(f"account={scenario.payment(address).number}", "account=")
    scenario.hear(FromBank(call.url, unmatched))
    assert on_call.alarms() == MOVED["unmatched"]


@contextmanager
def ses_refuses(monkeypatch: pytest.MonkeyPatch, code: str, times: int) -> Iterator[None]:
    with monkeypatch.context() as patched:
        client = ses.ses_client()
        stubber = Stubber(client)
        for _ in range(times):
            stubber.add_client_error("send_email", code, "suspended")
        patched.setattr(ses, "ses_client", lambda: client)
        with stubber:
            yield


def test_a_suspended_sender_is_an_alarm_and_so_are_the_letters_that_wait(
    aws: Aws, on_call: OnCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as moment:
        mailer.write(Email("security_event", "anna@example.ru", {"what": "x"}, email_id="one"))
        with ses_refuses(monkeypatch, "AccountSuspendedException", 4):
            for _ in range(4):
                mailer.run_sweep()
                moment.shift(3600)
        for line in on_call.lines("mail_suspended"):
            assert line["failure"] == "AccountSuspendedException"
            assert PLACE.fullmatch(line["place"])
        assert on_call.alarms() == MOVED["suspended"]
        mailer.run_sweep()
    assert on_call.alarms() == set(), "it ends by itself"
    assert len(mailer.mails()) == 1


def test_a_letter_that_can_never_be_sent_is_an_alarm(
    aws: Aws, on_call: OnCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailer.write(Email("security_event", "anna@example.ru", {"what": "x"}, email_id="one"))
    mailer.fail_with(monkeypatch, RenderError("no value"))
    mailer.run_sweep()
    (line,) = on_call.lines("email_dead")
    assert (line["email_id"], line["template"]) == ("one", "security_event")
    assert on_call.alarms() == MOVED["unrenderable"]


def test_a_push_service_that_takes_our_pushes_for_a_mistake_is_an_alarm(
    aws: Aws, on_call: OnCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = pushes.FakeService()
    monkeypatch.setattr(connection, "post", service)
    pushes.write_person()
    for number in range(1, 6):
        address = pushes.add_browser(number).endpoint
        service.answers[address] = Answer(403)
    emergency = pushes.push("emergency")
    pushes.write(emergency)
    pushes.run_for(emergency)
    lines = on_call.lines("push_refused")
    assert len(lines) == 5
    for line in lines:
        assert (line["failure"], line["push_service"]) == ("status_403", "push.example.net")
        assert "anna" not in str(line)
    assert on_call.alarms() == MOVED["refused_pushes"]


def test_autopay_that_a_restore_has_held_is_an_alarm(aws: Aws, on_call: OnCall) -> None:
    from reconciliation.app import handler

    row = hold_row("backup:1", clock.now())
    dynamo.put(Table.PAYMENTS, row, condition=dynamo.IS_ABSENT, on_conflict=dynamo.conflict)
    handler({"schedule": "autopay"}, Context())  # type: ignore[arg-type]
    (line,) = on_call.lines("autopay_held")
    assert (line["since"], line["after"]) == (row["since"], "backup:1")
    assert on_call.alarms() == MOVED["held_autopay"]


@pytest.fixture
def hand_in(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], Any]:
    from imports.app import handler

    monkeypatch.setattr(apply, "THREADS", 1)
    apply_supplier()

    def put(content: bytes) -> Any:
        aws.client("s3").put_object(Bucket=aws.environment["EXCHANGE_BUCKET"], Key=KEY, Body=content)
        return handler({"Records": [{"s3": {"object": {"key": KEY}}}]}, Context())  # type: ignore[arg-type]

    return put


def test_a_registry_that_is_poisoned_is_an_alarm(hand_in: Callable[[bytes], Any], on_call: OnCall) -> None:
    content = packed(WHOLE).replace(b"PK", b"XX", 1)
    hand_in(content)
    (line,) = on_call.lines("registry_refused")
    assert line["supplier_id"] == SUPPLIER
    assert re.fullmatch(r"[a-z_]+", line["code"])
    assert line["place"] >= 0
    assert on_call.alarms() == MOVED["refused_registry"]


def test_a_registry_that_kills_its_import_is_an_alarm(
    hand_in: Callable[[bytes], Any], on_call: OnCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("Иванов Пётр Ильич")

    monkeypatch.setattr(import_job, "run", fail)
    with pytest.raises(InvocationFailed):
        hand_in(packed(WHOLE))
    (line,) = on_call.lines("registry_failed")
    assert (line["error"], line["code"]) == ("ValueError", "internal")
    assert PLACE.fullmatch(line["place"])
    assert "Иванов" not in str(line)
    assert on_call.alarms() == MOVED["deadly_registry"]


@pytest.mark.parametrize(("days", "alarms"), [(35, set()), (36, MOVED["stale"])])
def test_a_supplier_who_sends_nothing_for_five_weeks_is_an_alarm(
    hand_in: Callable[[bytes], Any],
    on_call: OnCall,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    alarms: set[str],
) -> None:
    from exports.app import handler

    hand_in(packed(WHOLE))
    assert job_store.days_since_applied(SUPPLIER, clock.now()) == 0
    later = clock.now() + timedelta(days=days, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    on_call.alarms()
    handler({"schedule": "exports"}, Context())
    assert on_call.alarms() == alarms


def test_each_alarm_about_a_measure_of_ours_is_raised_by_a_drill(template: Template) -> None:
    ours = {
        name
        for name, alarm in template.resources("AWS::CloudWatch::Alarm")
        if alarm.get("Namespace") == "Cabinet"
    }
    assert set.union(*MOVED.values()) == ours
