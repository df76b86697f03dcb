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
    RegistryImporter,
    apply_supplier,
    ask_undo,
    packed,
)
from tests.support.lambda_context import Context

KEY = "inbound/center/auto/1/реестр 10.zip"


@pytest.fixture
def importer(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> RegistryImporter:
    monkeypatch.setattr(apply, "THREADS", 1)
    apply_supplier()
    return RegistryImporter(aws)


def event(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / Path("events") / name).read_text("utf-8"))
    return found


def put(importer: RegistryImporter, content: bytes) -> None:
    importer.aws.client("s3").put_object(Bucket=importer.bucket, Key=KEY, Body=content)


def queued(importer: RegistryImporter) -> list[dict[str, Any]]:
    got = importer.aws.client("sqs").receive_message(
        QueueUrl=importer.aws.environment["IMPORT_QUEUE_URL"], MaxNumberOfMessages=10
    )
    bodies = [json.loads(message["Body"]) for message in got.get("Messages", [])]
    return [{"object_key": body["object_key"]} for body in bodies]


def status(importer: RegistryImporter) -> str:
    job = import_job.job_for_object(KEY)
    assert job is not None
    item = get_job(SUPPLIER, job.import_id)
    assert item is not None
    return str(item["status"])


def test_an_uploaded_registry_is_imported_and_its_event_repeated_is_harmless(
    importer: RegistryImporter,
) -> None:
    put(importer, packed(WHOLE))
    handler(event("imports.json"), Context())
    once = importer.stored()
    assert status(importer) == "applied"
    handler(event("imports.json"), Context())
    assert importer.stored() == once
    assert queued(importer) == []


def test_an_import_that_cannot_finish_sends_itself_round(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "_WINDOW", 1)
    put(importer, packed({"accounts": [ACCOUNT | {"ls": f"740{index}"} for index in range(3)]}))
    handler(event("imports.json"), Context(left_ms=1_000))
    assert status(importer) == "applying"
    assert queued(importer) == [{"object_key": KEY}]
    assert handler(event("imports_queue.json"), Context()) == {"batchItemFailures": []}
    assert status(importer) == "applied"
    assert sum(sk == "ACCOUNT" for _, sk in importer.stored()) == 3


def test_an_undo_comes_by_the_queue_and_leaves_what_stood_before(importer: RegistryImporter) -> None:
    importer.import_file(packed(WHOLE | {"accounts": [ACCOUNT, ACCOUNT | {"ls": "7400000002"}]}))
    before = {key: row for key, row in importer.stored().items() if key[0].startswith("ACCOUNT#")}
    stranger = PAYMENT | {"order_id": "ord1", "sum": "5.00"}
    put(
        importer,
        packed(WHOLE | {"accounts": [ACCOUNT | {"ls": "7400000003"}]} | {"payments": [PAYMENT, stranger]}, 2),
    )
    handler(event("imports.json"), Context())
    assert status(importer) == "applied"
    job = import_job.job_for_object(KEY)
    assert job is not None
    ask_undo(job.import_id, "an engineer")
    assert handler(event("imports_queue.json") | {"Records": [undo_message(importer)]}, Context()) == {
        "batchItemFailures": []
    }
    assert status(importer) == "undone"
    after = {key: row for key, row in importer.stored().items() if key[0].startswith("ACCOUNT#")}
    assert after.keys() == before.keys()


def undo_message(importer: RegistryImporter) -> dict[str, Any]:
    """The message that asks for the undo, as Lambda hands it over."""
    got = importer.aws.client("sqs").receive_message(QueueUrl=importer.aws.environment["IMPORT_QUEUE_URL"])
    (message,) = got["Messages"]
    return event("imports_queue.json")["Records"][0] | {"body": message["Body"]}


def test_a_registry_that_was_taken_away_is_let_go(importer: RegistryImporter) -> None:
    assert handler(event("imports.json"), Context()) == {"batchItemFailures": []}
    assert queued(importer) == []


def test_an_event_that_fails_is_sent_again_and_tells_nobodys_name(
    importer: RegistryImporter, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("Иванов Пётр Ильич")

    monkeypatch.setattr(import_job, "run", fail)
    put(importer, packed(WHOLE))
    with pytest.raises(InvocationFailed, match="ValueError") as failed:
        handler(event("imports.json"), Context())
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    assert "Иванов" not in capsys.readouterr().out


def test_a_message_that_fails_goes_back_to_its_queue(importer: RegistryImporter) -> None:
    broken = event("imports_queue.json")
    broken["Records"][0]["body"] = "{}"
    failed = handler(broken, Context())
    assert failed == {"batchItemFailures": [{"itemIdentifier": broken["Records"][0]["messageId"]}]}
