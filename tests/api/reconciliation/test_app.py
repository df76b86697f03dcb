"""Reconciliation by the schedule: lost callbacks, silence, unannounced refunds, a person's decision."""

import json
from datetime import timedelta

import pytest

from cabinet.accounts.keys import account_key
from cabinet.payments import bank_outages, due_work, reconciliation
from cabinet.payments.bank_outages import BankResponses
from cabinet.payments.bank_statement import parse_statement
from cabinet.payments.journal import compare_day
from cabinet.payments.keys import due_shard
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.state_machine import IllegalTransition
from infra.build.template import ROOT
from infra.simulators.bank.app import day_statement
from infra.simulators.bank.state import Faults, PaymentState
from tests.support.lambda_context import Context
from tests.support.payment_scenario import START, TOTAL, PaymentScenario

ACCOUNT = "uk-test:1234567899"


def checked_out(scenario: PaymentScenario, dialect: str = "rbs", faults: Faults | None = None) -> str:
    scenario.state.faults = faults or Faults()
    scenario.supplier(dialect=dialect)
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    return str(scenario.check_out(token).json["payment_url"])


@pytest.mark.parametrize("dialect", ["rbs", "gorod_unified"])
def test_a_lost_callback_is_found_by_reconciliation(scenario: PaymentScenario, dialect: str) -> None:
    url = checked_out(scenario, dialect, Faults(lost=True))
    scenario.complete_payment(url)
    assert scenario.deliver() == []
    assert scenario.reconcile() == {"visited": 0, "changed": 0, "callbacks_matched": 0, "unfinished": []}
    scenario.wait(minutes=1)
    assert scenario.reconcile()["changed"] == 1
    assert scenario.ledger_total() == TOTAL == scenario.state.balance()
    assert len(scenario.emails()) == 1
    assert scenario.reconcile()["visited"] == 0


def test_asking_ahead_finds_a_lost_callback_at_once(scenario: PaymentScenario) -> None:
    url = checked_out(scenario, faults=Faults(lost=True))
    scenario.complete_payment(url)
    assert scenario.reconcile(ahead_s=7200)["changed"] == 1
    assert scenario.ledger_total() == TOTAL


def test_silence_before_an_orders_time_is_no_try_of_it(scenario: PaymentScenario) -> None:
    checked_out(scenario, faults=Faults(silent=True))
    (before,) = scenario.orders()
    for _ in range(20):
        assert scenario.reconcile(ahead_s=7200)["changed"] == 0
    assert scenario.orders() == [before]


def seconds_of_silence(capsys: pytest.CaptureFixture[str]) -> float:
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return float(told[-1]["BankOutageSeconds"][0])


def test_a_bank_outage_of_an_hour_is_reported_by_contract(
    scenario: PaymentScenario, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    checked_out(scenario, faults=Faults(silent=True))
    scenario.wait(minutes=1)
    scenario.reconcile()
    assert seconds_of_silence(capsys) == 0
    for _ in range(6):
        scenario.wait(minutes=10)
        scenario.reconcile()
    assert seconds_of_silence(capsys) == 3600
    outages = [vars(record) for record in caplog.records if record.message == "bank_outage"]
    assert {line["contract"] for line in outages} == {"uk-test-rbs"}
    assert outages[-1]["seconds"] == 3600
    scenario.state.faults = Faults()
    scenario.wait(hours=2)
    scenario.reconcile()
    assert seconds_of_silence(capsys) == 0


def test_one_bank_that_answers_does_not_hide_another_that_is_silent(scenario: PaymentScenario) -> None:
    responses = BankResponses(answered={"c1"}, unanswered={"c1", "c2"})
    assert bank_outages.record(responses, START) == 0
    assert bank_outages.record(BankResponses(), START + timedelta(minutes=20)) == 1200
    assert bank_outages.record(BankResponses(answered={"c1"}), START + timedelta(minutes=30)) == 1800
    assert bank_outages.record(BankResponses(answered={"c2"}), START + timedelta(minutes=40)) == 0


def test_many_orders_that_keep_their_time_do_not_hide_the_rest(
    scenario: PaymentScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked_out(scenario)
    (waiting,) = scenario.orders()
    monkeypatch.setattr(due_work, "_PAGE_SIZE", 1)
    monkeypatch.setattr(order_store, "due_shard", lambda _: due_shard(waiting.order_id))
    scenario.wait(seconds=1)
    token = scenario.user("u2", scenario.account("1234567900"))
    scenario.add(token, "uk-test:1234567900")
    later = scenario.check_out(token).json
    scenario.complete_payment(later["payment_url"])
    scenario.reconcile(ahead_s=7200)
    assert {order.order_id: order.status for order in scenario.orders()} == {
        waiting.order_id: "registered",
        later["order_id"]: "paid",
    }


def test_an_abandoned_order_expires_and_rests_after_looking_for_late_money(scenario: PaymentScenario) -> None:
    url = checked_out(scenario)
    for minutes in (1, 5, 30):
        scenario.wait(minutes=minutes)
        scenario.reconcile()
    (order,) = scenario.orders()
    assert order.status == "expired"
    scenario.payment(url).payment_state = PaymentState.PAID
    scenario.wait(hours=1)
    scenario.reconcile()
    assert scenario.orders()[0].status == "paid"
    assert scenario.ledger_total() == TOTAL


def test_late_money_is_looked_for_three_times_and_then_never(scenario: PaymentScenario) -> None:
    checked_out(scenario)
    for _ in range(10):
        scenario.wait(days=1)
        scenario.reconcile()
    (order,) = scenario.orders()
    assert (order.status, order.due_at, order.email) == ("expired", None, None)
    assert scenario.reconcile()["visited"] == 0


def test_silence_keeps_the_state_until_a_person_must_decide(scenario: PaymentScenario) -> None:
    checked_out(scenario, faults=Faults(silent=True))
    states = []
    for hours in (0.02, 0.1, 0.6, 1.1, 24.1, 24.1):
        scenario.wait(hours=hours)
        scenario.reconcile()
        states.append(scenario.orders()[0].status)
    assert states == ["registered"] * 6
    scenario.wait(hours=24.1)
    scenario.reconcile()
    (order,) = scenario.orders()
    assert (order.status, order.review_reason) == ("review", "silence")
    assert reconciliation.review_count() == 1
    assert scenario.reconcile()["visited"] == 0


def test_a_person_settles_a_review_with_a_note(scenario: PaymentScenario) -> None:
    url = checked_out(scenario, faults=Faults(amount_delta=7))
    scenario.complete_payment(url)
    scenario.deliver()
    (order,) = scenario.orders()
    decided = reconciliation.resolve_review(
        order, received=True, note="сверено с банком: Иванова", now=scenario.moment
    )
    assert decided.status == "paid"
    assert scenario.ledger_total() == TOTAL
    (decision,) = scenario.order(order.order_id).decisions
    assert decision.what == "сверено с банком: Иванова"
    shown = scenario.call("cart", "GET", f"/api/orders/{order.order_id}", scenario.sign_in())
    assert shown.status == 200
    assert "Иванова" not in shown.body.decode()
    with pytest.raises(order_store.StaleOrder):
        reconciliation.resolve_review(order, received=False, note="ещё раз", now=scenario.moment)
    with pytest.raises(IllegalTransition):
        reconciliation.resolve_review(decided, received=False, note="и ещё", now=scenario.moment)
    assert reconciliation.review_count() == 0


def test_a_refund_whose_callback_was_lost_is_found_by_a_later_check(scenario: PaymentScenario) -> None:
    url = checked_out(scenario)
    scenario.complete_payment(url)
    scenario.deliver()
    scenario.state.refund(scenario.payment(url), 13_527)
    scenario.wait(days=1, minutes=1)
    scenario.reconcile()
    assert scenario.ledger_total() == TOTAL - 13_527 == scenario.state.balance()
    scenario.state.refund(scenario.payment(url), TOTAL - 13_527)
    scenario.wait(days=7, minutes=1)
    scenario.reconcile()
    assert scenario.ledger_total() == 0
    assert scenario.orders()[0].status == "refunded"


def test_an_order_that_cannot_be_written_does_not_keep_the_others_waiting(scenario: PaymentScenario) -> None:
    url = checked_out(scenario, faults=Faults(lost=True))
    scenario.complete_payment(url)
    pk, sk = account_key(ACCOUNT)
    table = scenario.aws.table("ACCOUNTS_TABLE")
    row = table.get_item(Key={"pk": pk, "sk": sk})["Item"]
    table.delete_item(Key={"pk": pk, "sk": sk})
    scenario.wait(minutes=1)
    assert scenario.reconcile()["changed"] == 0
    table.put_item(Item=row)
    scenario.wait(minutes=6)
    assert scenario.reconcile()["changed"] == 1
    assert scenario.ledger_total() == TOTAL


def test_what_does_not_fit_into_one_run_goes_on_through_the_queue(scenario: PaymentScenario) -> None:
    from reconciliation.app import handler

    url = checked_out(scenario, faults=Faults(lost=True))
    scenario.complete_payment(url)
    scenario.wait(minutes=1)
    (order,) = scenario.orders()
    shard = due_shard(order.order_id)
    bank_status = handler({"schedule": "reconciliation"}, Context(left_ms=1_000))  # type: ignore[arg-type]
    assert bank_status["unfinished"] == [shard]
    queue = scenario.aws.environment["RECONCILIATION_QUEUE_URL"]
    (message,) = scenario.aws.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["shard"] == shard
    event = {"Records": [{"messageId": "1", "eventSource": "aws:sqs", "body": message["Body"]}]}
    assert handler(event, Context()) == {"batchItemFailures": []}  # type: ignore[arg-type]
    assert scenario.ledger_total() == TOTAL


def test_the_longest_waiting_order_is_measured(
    scenario: PaymentScenario, capsys: pytest.CaptureFixture[str]
) -> None:
    from reconciliation.app import handler

    checked_out(scenario)
    scenario.wait(minutes=41)
    capsys.readouterr()
    handler({"schedule": "reconciliation"}, Context(left_ms=1_000))  # type: ignore[arg-type]
    emitted = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "OldestDueOrder" in line]
    assert emitted[-1]["OldestDueOrderSeconds"] == [40 * 60]
    assert emitted[-1]["OrdersInReview"] == [0]
    assert emitted[-1]["service"] == "reconciliation"


def test_the_banks_register_and_the_journal_agree_to_the_kopeck(scenario: PaymentScenario) -> None:
    url = checked_out(scenario)
    scenario.complete_payment(url)
    scenario.deliver()
    statement = parse_statement(day_statement(scenario.state).encode()).entries
    found = compare_day("uk-test-rbs", START.date(), statement)
    assert (found.differences, found.bank_total, found.ledger_total) == ([], TOTAL, TOTAL)
    scenario.state.refund(scenario.payment(url), 1)
    found = compare_day(
        "uk-test-rbs", START.date(), parse_statement(day_statement(scenario.state).encode()).entries
    )
    assert [(d.bank, d.ledger) for d in found.differences] == [(TOTAL - 1, TOTAL)]
    missing = compare_day("uk-test-rbs", START.date(), [])
    assert [(d.bank, d.ledger) for d in missing.differences] == [(0, TOTAL)]


def test_the_sample_events_are_served(scenario: PaymentScenario) -> None:
    from reconciliation.app import handler

    for name in ("reconciliation", "reconciliation_queue"):
        event = json.loads((ROOT / "events" / f"{name}.json").read_text("utf-8"))
        assert handler(event, Context())  # type: ignore[arg-type]
