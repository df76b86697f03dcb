"""Each kind of change makes exactly one event, in its own transaction; without a webhook none is written."""

import json
from typing import Any

import pytest

from cabinet.accounts import paperless, store
from cabinet.accounts.supplier_model import Supplier, Webhook
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table, Transaction
from cabinet.exchange.imports import apply, import_job
from cabinet.metering.model import Meter, ZoneReading
from imports.app import handler as import_handler
from tests.support.aws import Aws
from tests.support.aws_calls import Recorder, heard_by
from tests.support.factories import bound_accounts
from tests.support.factories.registries import ACCOUNT as ROW
from tests.support.factories.registries import ACCOUNT_ID as IMPORTED
from tests.support.factories.registries import SUPPLIER as IMPORTING
from tests.support.factories.registries import RegistryImporter, apply_supplier, ask_undo, packed
from tests.support.lambda_context import Context
from tests.support.payment_fixtures import bank_server, scenario
from tests.support.payment_scenario import TOTAL, PaymentScenario, path_of
from tests.support.webhooks import WEBHOOK, waiting

__all__ = ["bank_server", "scenario"]

ACCOUNT = "uk-test:1234567899"
PATH = f"/api/accounts/{path_of(ACCOUNT)}"
DECISION = {"enabled": True, "statement_version": None}


def events(aws: Aws) -> list[dict[str, Any]]:
    """Return the payloads that wait, in their order."""
    return [json.loads(row["body"]) for row in waiting(aws)]


def types_and_data(aws: Aws) -> list[tuple[str, dict[str, Any]]]:
    """Return type and data, without what every event has."""
    found = []
    for payload in events(aws):
        data = dict(payload["data"])
        assert (data.pop("supplier_id"), data.pop("account_id")) == ("uk-test", ACCOUNT)
        found.append((payload["type"], data))
    return found


def queued(aws: Aws) -> list[dict[str, Any]]:
    """Return the messages that wake the worker."""
    queue = aws.environment["EXPORT_QUEUE_URL"]
    got = aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    bodies = [json.loads(message["Body"]) for message in got.get("Messages", [])]
    return [{name: body[name] for name in ("what", "account_id")} for body in bodies]


WOKEN = [{"what": "webhooks", "account_id": ACCOUNT}]


def hand_in(scenario: PaymentScenario, token: str, key: str = "k") -> Any:
    body = {
        "taken_on": scenario.moment.date().isoformat(),
        "readings": [{"meter_id": "m1", "value": "38,5"}, {"meter_id": "m2", "value": "40"}],
    }
    return scenario.call("readings", "POST", f"{PATH}/readings", token, body, key=key)


def with_meters(scenario: PaymentScenario) -> str:
    account = scenario.account()
    last = ZoneReading(reading_id="r", value="36.000", taken_on=scenario.moment.date(), source="billing")
    for name in ("m1", "m2"):
        meter = Meter(meter_id=name, number=name, service="ГВС", last={"T1": last})
        bound_accounts.meter(account.account_id, meter)
    return scenario.user("u1", account)


def test_accepted_readings_are_one_event_however_often_they_are_sent(scenario: PaymentScenario) -> None:
    scenario.supplier(webhook=WEBHOOK)
    token = with_meters(scenario)
    accepted = hand_in(scenario, token).json
    assert hand_in(scenario, token).status == 201
    ((kind, data),) = types_and_data(scenario.aws)
    assert kind == "reading.accepted"
    assert (data["submission"], data["source"]) == (accepted["number"], "subscriber")
    assert [row["reading_id"] for row in data["readings"]] == [
        each["reading_id"] for each in accepted["accepted"]
    ]
    assert [(row["meter_id"], row["zone"], row["value"]) for row in data["readings"]] == [
        ("m1", "T1", "38.500"), ("m2", "T1", "40.000"),
    ]  # fmt: skip
    assert queued(scenario.aws) == WOKEN


def paid(scenario: PaymentScenario, *, by: str = "callback") -> str:
    """Return the number of an order that was paid, and heard of by the bank's callback or by asking."""
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    answer = scenario.check_out(token).json
    scenario.complete_payment(answer["payment_url"])
    if by == "callback":
        scenario.deliver()
    else:
        scenario.undelivered_callbacks.clear()
        scenario.wait(minutes=5)
        scenario.reconcile()
    return str(answer["order_id"])


@pytest.mark.parametrize("by", ["callback", "reconciliation"])
def test_a_credited_payment_is_one_event(scenario: PaymentScenario, by: str) -> None:
    scenario.supplier(webhook=WEBHOOK)
    order_id = paid(scenario, by=by)
    scenario.reconcile()
    ((kind, data),) = types_and_data(scenario.aws)
    assert kind == "payment.credited"
    assert (data["order_id"], data["payment_id"], data["amount"]) == (order_id, order_id, TOTAL)
    assert data["receipts"] == [{"receipt_id": "2020-08-main", "amount": TOTAL}]
    assert data["received_on"] == "2026-09-21"
    assert queued(scenario.aws) == WOKEN


def test_a_payment_that_its_payer_asks_about_is_one_event(scenario: PaymentScenario) -> None:
    scenario.supplier(webhook=WEBHOOK)
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    answer = scenario.check_out(token).json
    scenario.complete_payment(answer["payment_url"])
    scenario.undelivered_callbacks.clear()
    # The bank is asked before anything is cancelled.
    scenario.call("cart", "POST", f"/api/orders/{answer['order_id']}/cancel", token)
    assert [kind for kind, _ in types_and_data(scenario.aws)] == ["payment.credited"]
    assert queued(scenario.aws) == WOKEN


def test_each_refund_is_one_event_and_sums_are_positive(scenario: PaymentScenario) -> None:
    scenario.supplier(webhook=WEBHOOK)
    order_id = paid(scenario)
    (payment,) = scenario.state.payments.values()
    for part in (100_000, TOTAL - 100_000):
        scenario.wait(seconds=1)
        scenario.state.refund(payment, part)
        scenario.simulator.notify(payment, ["refunded", "refunded"])
        scenario.deliver()
    _, *refunds = types_and_data(scenario.aws)
    assert [(kind, data["order_id"], data["amount"]) for kind, data in refunds] == [
        ("payment.refunded", order_id, 100_000), ("payment.refunded", order_id, TOTAL - 100_000),
    ]  # fmt: skip
    assert len({payload["data"]["payment_id"] for payload in events(scenario.aws)}) == 3


def test_a_request_is_one_event_without_its_text(scenario: PaymentScenario) -> None:
    scenario.supplier(webhook=WEBHOOK)
    token = scenario.user("u1", scenario.account())
    body = {"kind": "complaint", "text": "Сосед Петров шумит", "contact_phone": "+7 900 000-00-00"}
    for _ in range(2):
        sent = scenario.call("subscriber_requests", "POST", f"{PATH}/requests", token, body, key="k").json
    ((kind, data),) = types_and_data(scenario.aws)
    assert kind == "request.created"
    assert (data["request_id"], data["number"], data["kind"]) == (
        sent["request_id"], sent["number"], "complaint",
    )  # fmt: skip
    assert data["answer_by"] == sent["answer_by"]
    assert queued(scenario.aws) == WOKEN


def refuse_paper(scenario: PaymentScenario, token: str, *, enabled: bool = True) -> int:
    path = f"/api/bindings/{path_of(ACCOUNT)}/paperless"
    version = scenario.call("binding", "GET", f"{path}/statement", token).json["version"]
    return scenario.call(
        "binding", "PUT", path, token, {"enabled": enabled, "statement_version": version}
    ).status


def test_paper_opt_outs_are_reported_per_account_not_subscriber(
    scenario: PaymentScenario,
) -> None:
    scenario.supplier(webhook=WEBHOOK)
    account = scenario.account()
    tokens = [scenario.user(f"u{number}", account) for number in (1, 2)]
    for token in tokens:
        assert refuse_paper(scenario, token) == 200
        scenario.wait(seconds=1)
    assert refuse_paper(scenario, tokens[0], enabled=False) == 200
    scenario.wait(seconds=1)
    # The last one leaves by unbinding the account.
    assert scenario.call("binding", "DELETE", f"/api/bindings/{path_of(ACCOUNT)}", tokens[1]).status == 204
    assert [(kind, data["paperless"]) for kind, data in types_and_data(scenario.aws)] == [
        ("paperless.changed", True), ("paperless.changed", False),
    ]  # fmt: skip


def test_a_new_holder_gets_paper_and_an_undone_registry_takes_that_back(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "THREADS", 1)
    apply_supplier()
    (supplier,) = store.suppliers([IMPORTING]).values()
    set_webhook(supplier, WEBHOOK)
    importer = RegistryImporter(aws)
    importer.import_file(packed({"accounts": [ROW]}, 1, "2026-09-30"))
    decision = {"enabled": True, "at": "2026-09-01", "version": "v", "sha256": "h"}
    transaction = Transaction()
    paperless.record_decision(transaction, IMPORTED, "u1", decision, None)
    transaction.commit()
    key = f"inbound/{IMPORTING}/auto/2/new.zip"
    content = packed({"accounts": [ROW | {"fio": "Петрова Анна"}]}, 2, "2026-10-31")
    importer.aws.client("s3").put_object(Bucket=importer.bucket, Key=key, Body=content)
    run_import(key, importer.bucket)
    assert [payload["data"]["paperless"] for payload in events(aws)] == [True, False]
    job = import_job.job_for_object(key)
    assert job is not None
    ask_undo(job.import_id)
    message = aws.client("sqs").receive_message(QueueUrl=aws.environment["IMPORT_QUEUE_URL"])["Messages"][0]
    import_handler(
        {"Records": [{"messageId": "m", "body": message["Body"], "eventSource": "aws:sqs"}]}, Context()
    )
    assert [payload["data"]["paperless"] for payload in events(aws)] == [True, False, True]


def run_import(key: str, bucket: str) -> None:
    record = {"eventSource": "aws:s3", "s3": {"bucket": {"name": bucket}, "object": {"key": key}}}
    import_handler({"Records": [record]}, Context())


def set_webhook(supplier: Supplier, webhook: Webhook | None) -> None:
    from cabinet.accounts import suppliers

    # Settings outside the local stack take no bank on the loopback.
    bank = supplier.merchant and supplier.merchant.model_copy(update={"base_url": "https://bank.example.ru"})
    suppliers.apply(supplier.model_copy(update={"webhook": webhook, "merchant": bank}))


def test_without_a_webhook_nothing_is_written_and_nothing_is_read_for_it(scenario: PaymentScenario) -> None:
    """The calls of each action and their order are the same, but for one row more in the transaction."""
    calls: dict[bool, list[str]] = {}
    for has_webhook in (False, False, True):  # the first one warms the process up
        scenario.empty()
        scenario.supplier(webhook=WEBHOOK if has_webhook else None)
        token = with_meters(scenario)
        heard = Recorder()
        with heard_by(heard):
            assert hand_in(scenario, token).status == 201
            assert scenario.add(token, ACCOUNT).status == 201
            assert scenario.check_out(token).status == 201
            (payment,) = scenario.state.payments.values()
            scenario.simulator.complete_payment(payment, "approve")
            scenario.deliver()
            assert refuse_paper(scenario, token) == 200
        calls[has_webhook] = heard.operations
        assert bool(waiting(scenario.aws)) is has_webhook
    wakes = [operation for operation in calls[True] if operation == "SendMessageBatch"]
    assert [each for each in calls[True] if each != "SendMessageBatch"] == [
        each for each in calls[False] if each != "SendMessageBatch"
    ]
    assert len(wakes) == calls[False].count("SendMessageBatch") + 2


def test_an_order_made_before_the_webhook_is_credited_without_an_event(scenario: PaymentScenario) -> None:
    scenario.supplier()
    token = scenario.user("u1", scenario.account())
    scenario.add(token, ACCOUNT)
    answer = scenario.check_out(token).json
    row = dynamo.get(Table.ACCOUNTS, ("SUPPLIER#uk-test", "PROFILE"))
    assert row is not None
    set_webhook(Supplier.model_validate(row), WEBHOOK)
    scenario.complete_payment(answer["payment_url"])
    assert set(scenario.deliver()) == {200}
    assert events(scenario.aws) == []
