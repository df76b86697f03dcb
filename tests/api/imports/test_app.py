"""The `imports` function: S3's event, its repetition, the continuation through the queue."""

import json
from pathlib import Path
from typing import Any

import pytest

from cabinet.aws.event_handler import InvocationFailed
from cabinet.exchange.imports import apply, import_job
from cabinet.exchange.imports.job_store import get_job
from imports.app import handler
from infra.build.template import ROOT
from tests.support.aws import Aws
from tests.support.factories.registries import (
    ACCOUNT,
    PAYMENT,
    SUPPLIER,
    WHOLE,
    Desk,
    apply_supplier,
    ask_undo,
    packed,
)
from tests.support.lambda_context import Context

KEY = "inbound/center/auto/1/реестр 10.zip"


@pytest.fixture
def desk(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(apply, "THREADS", 1)
    apply_supplier()
    return Desk(aws)


def event(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / Path("events") / name).read_text("utf-8"))
    return found


def put(desk: Desk, content: bytes) -> None:
    desk.aws.client("s3").put_object(Bucket=desk.bucket, Key=KEY, Body=content)


def queued(desk: Desk) -> list[dict[str, Any]]:
    got = desk.aws.client("sqs").receive_message(
        QueueUrl=desk.aws.environment["IMPORT_QUEUE_URL"], MaxNumberOfMessages=10
    )
    bodies = [json.loads(message["Body"]) for message in got.get("Messages", [])]
    return [{"object_key": body["object_key"]} for body in bodies]


def status(desk: Desk) -> str:
    job = import_job.job_for_object(KEY)
    assert job is not None
    item = get_job(SUPPLIER, job.import_id)
    assert item is not None
    return str(item["status"])


def test_an_uploaded_registry_is_imported_and_its_event_repeated_is_harmless(desk: Desk) -> None:
    put(desk, packed(WHOLE))
    handler(event("imports.json"), Context())
    once = desk.stored()
    assert status(desk) == "applied"
    handler(event("imports.json"), Context())
    assert desk.stored() == once
    assert queued(desk) == []


def test_an_import_that_cannot_finish_sends_itself_round(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "_WINDOW", 1)
    put(desk, packed({"accounts": [ACCOUNT | {"ls": f"740{index}"} for index in range(3)]}))
    handler(event("imports.json"), Context(left_ms=1_000))
    assert status(desk) == "applying"
    assert queued(desk) == [{"object_key": KEY}]
    assert handler(event("imports_queue.json"), Context()) == {"batchItemFailures": []}
    assert status(desk) == "applied"
    assert sum(sk == "ACCOUNT" for _, sk in desk.stored()) == 3


def test_an_undo_comes_by_the_queue_and_leaves_what_stood_before(desk: Desk) -> None:
    desk.import_file(packed(WHOLE | {"accounts": [ACCOUNT, ACCOUNT | {"ls": "7400000002"}]}))
    before = {key: row for key, row in desk.stored().items() if key[0].startswith("ACCOUNT#")}
    stranger = PAYMENT | {"order_id": "ord1", "sum": "5.00"}
    put(
        desk,
        packed(WHOLE | {"accounts": [ACCOUNT | {"ls": "7400000003"}]} | {"payments": [PAYMENT, stranger]}, 2),
    )
    handler(event("imports.json"), Context())
    assert status(desk) == "applied"
    job = import_job.job_for_object(KEY)
    assert job is not None
    ask_undo(job.import_id, "an engineer")
    assert handler(event("imports_queue.json") | {"Records": [undo_message(desk)]}, Context()) == {
        "batchItemFailures": []
    }
    assert status(desk) == "undone"
    after = {key: row for key, row in desk.stored().items() if key[0].startswith("ACCOUNT#")}
    assert after.keys() == before.keys()


def undo_message(desk: Desk) -> dict[str, Any]:
    """The message that asks for the undo, as Lambda hands it over."""
    got = desk.aws.client("sqs").receive_message(QueueUrl=desk.aws.environment["IMPORT_QUEUE_URL"])
    (message,) = got["Messages"]
    return event("imports_queue.json")["Records"][0] | {"body": message["Body"]}


def test_a_registry_that_was_taken_away_is_let_go(desk: Desk) -> None:
    assert handler(event("imports.json"), Context()) == {"batchItemFailures": []}
    assert queued(desk) == []


def test_an_event_that_fails_is_sent_again_and_tells_nobodys_name(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("Иванов Пётр Ильич")

    monkeypatch.setattr(import_job, "run", fail)
    put(desk, packed(WHOLE))
    with pytest.raises(InvocationFailed, match="ValueError") as failed:
        handler(event("imports.json"), Context())
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    assert "Иванов" not in capsys.readouterr().out


def test_a_message_that_fails_goes_back_to_its_queue(desk: Desk) -> None:
    broken = event("imports_queue.json")
    broken["Records"][0]["body"] = "{}"
    failed = handler(broken, Context())
    assert failed == {"batchItemFailures": [{"itemIdentifier": broken["Records"][0]["messageId"]}]}
