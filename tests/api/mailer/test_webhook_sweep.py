"""The schedule of the outbox starts the sweeps of webhooks too, and calls no receiver itself."""

import json
from datetime import timedelta

import pytest
import time_machine

from cabinet.aws.dynamo import Transaction
from cabinet.webhooks import endpoints
from cabinet.webhooks.endpoints import Receiver
from cabinet.webhooks.sweep import RECHECK_AFTER_NONE_FOUND, SweepStarter
from mailer import app
from tests.support.aws import Aws
from tests.support.aws_calls import Recorder, heard_by
from tests.support.mailer import EMAIL, mails, run_sweep, write
from tests.support.webhooks import ACCOUNT, SUPPLIER, connect
from tests.support.webhooks import write as write_event


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_webhooks", SweepStarter())


def queued(aws: Aws) -> list[str]:
    queue = aws.environment["EXPORT_QUEUE_URL"]
    got = aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    for message in got:
        aws.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return sorted(json.loads(message["Body"])["supplier_id"] for message in got)


def test_each_active_endpoint_is_swept(aws: Aws) -> None:
    for supplier_id in ("a", "b", "c"):
        connect(supplier_id)
    paused = endpoints.find("b")
    assert paused is not None
    endpoints.pause(paused, "", lambda _: None)
    run_sweep()
    assert queued(aws) == ["a", "c"]
    transaction = Transaction()
    endpoints.apply_settings(transaction, "a", Receiver("", ""), None)
    transaction.commit()
    run_sweep()
    assert queued(aws) == ["c"]


def test_a_letter_goes_out_and_no_receiver_is_called_by_the_mailer(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[object] = []
    monkeypatch.setattr("cabinet.webhooks.worker.post", lambda *given: called.append(given))
    connect()
    write_event(ACCOUNT, "p1")
    write(EMAIL)
    run_sweep()
    assert (called, len(mails())) == ([], 1)
    assert queued(aws) == [SUPPLIER]


def test_where_nobody_has_a_webhook_that_is_asked_once_in_ten_minutes(aws: Aws) -> None:
    with time_machine.travel("2026-11-02T10:00:00Z", tick=False) as moment:
        asked = []
        for _ in range(12):
            heard = Recorder()
            with heard_by(heard):
                run_sweep()
            asked.append(len(heard.operations))
            moment.shift(timedelta(minutes=2))
        assert [calls - min(asked) for calls in asked] == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
        moment.shift(RECHECK_AFTER_NONE_FOUND)
        connect("a")
        run_sweep()
        assert queued(aws) == ["a"]
