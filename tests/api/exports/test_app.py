"""The exports' entry: the schedule starts each supplier's registries, the queue delivers all that waits."""

import json
from typing import Any

import pytest

from cabinet.exchange.exports.export_job import ExportSpec
from cabinet.exchange.exports.kinds import KINDS
from exports.app import handler
from tests.support.aws import Aws
from tests.support.exported_registries import delivered_files, reading_waits, refuse_paper
from tests.support.factories import bound_accounts
from tests.support.lambda_context import Context


@pytest.fixture
def stack(aws: Aws) -> Aws:
    bound_accounts.supplier()
    return aws


def fire() -> Any:
    with open("events/exports.json", encoding="utf-8") as event:
        return handler(json.load(event), Context())


def work_off(aws: Aws, context: Context) -> int:
    """Serve the messages that wait now; return how many there were."""
    sqs, queue = aws.client("sqs"), aws.environment["EXPORT_QUEUE_URL"]
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        with open("events/exports_queue.json", encoding="utf-8") as event:
            records = json.load(event)
        records["Records"][0]["body"] = message["Body"]
        assert handler(records, context) == {"batchItemFailures": []}
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return len(found)


def test_the_schedule_delivers_every_kind_and_firing_twice_changes_nothing(stack: Aws) -> None:
    reading_waits("uk-test", "100", "r1")
    refuse_paper("100")
    for _ in range(2):
        assert fire() == {"registries_started": len(KINDS)}
    assert work_off(stack, Context()) == 2 * len(KINDS)
    delivered = delivered_files(stack, "uk-test")
    assert list(delivered) == [
        "outbound/uk-test/readings/readings_uk-test_000001.csv",
        "outbound/uk-test/refusals/refusals_uk-test_000001.csv",
    ]
    text = delivered["outbound/uk-test/refusals/refusals_uk-test_000001.csv"].decode("utf-8-sig")
    assert text.splitlines()[1:] == [
        "ls;refused;at;statement_version;statement_sha256",
        "100;1;2026-10-20 10:00:00;v1;ab",
        "#control;1;0.00",
    ]


def test_an_unfinished_registry_is_delivered_first_then_the_rest(
    stack: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading_waits("uk-test", "100", "r1")
    with monkeypatch.context() as broken:
        broken.setattr(ExportSpec, "mark_delivered", lambda *_: None)
        from exports.delivery import deliver

        deliver("readings", world_supplier(), lambda: True)
    reading_waits("uk-test", "200", "r2")
    fire()
    work_off(stack, Context())
    assert list(delivered_files(stack, "uk-test")) == [
        f"outbound/uk-test/readings/readings_uk-test_00000{number}.csv" for number in (1, 2)
    ]


def test_a_run_out_of_time_hands_the_rest_to_another(stack: Aws) -> None:
    refuse_paper("100")
    fire()
    assert work_off(stack, Context(left_ms=10_000)) == len(KINDS)
    assert delivered_files(stack, "uk-test") == {}
    assert work_off(stack, Context()) == 1
    assert len(delivered_files(stack, "uk-test")) == 1


def world_supplier() -> Any:
    from cabinet.accounts.store import suppliers

    return suppliers(["uk-test"])["uk-test"]
