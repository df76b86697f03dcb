"""The archive of a person's data: made once, announced by one e-mail, whatever call the worker dies at."""

import io
import json
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from cabinet.aws import dynamo, queues
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.core.errors import DomainError, TooManyRequests
from cabinet.identity.keys import archive_key, profile_key
from cabinet.metering.model import Meter
from cabinet.own_data import archives
from exports.app import handler
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.fault_injection import FAULTS, Fault, FaultInjector
from tests.support.lambda_context import Context

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)


@pytest.fixture
def stack(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """A user with a flat and a meter, and another's flat beside it."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    bound_accounts.supplier()
    bound_accounts.user("u1", bound_accounts.account())
    bound_accounts.account("200", holder="Чужая Ольга")
    bound_accounts.meter("uk-test:1234567899", Meter(meter_id="m1", number="34230774", service="ХВС"))
    archives.request_archive("u1", NOW, "198.51.100.7")
    return aws


def waiting(aws: Aws) -> list[dict[str, Any]]:
    """Take the messages that wait for the worker."""
    sqs, queue = aws.client("sqs"), aws.environment["EXPORT_QUEUE_URL"]
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in found]


def work(message: dict[str, Any]) -> None:
    with open("events/exports_queue.json", encoding="utf-8") as event:
        records = json.load(event)
    records["Records"][0]["body"] = json.dumps(message)
    assert handler(records, Context()) == {"batchItemFailures": []}


def stored(aws: Aws) -> list[str]:
    listed = aws.client("s3").list_objects_v2(Bucket=aws.environment["DOCUMENTS_BUCKET"])
    return [found["Key"] for found in listed.get("Contents", [])]


def emails(aws: Aws) -> list[dict[str, Any]]:
    rows = aws.rows("MESSAGES_TABLE")
    return [row for row in rows if row.get("template") == "own_data"]


def members(aws: Aws, key: str) -> dict[str, str]:
    content = aws.client("s3").get_object(Bucket=aws.environment["DOCUMENTS_BUCKET"], Key=key)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


def test_the_archive_has_only_own_accounts_and_is_announced_by_mail(stack: Aws) -> None:
    (message,) = waiting(stack)
    work(message)
    (key,) = stored(stack)
    files = members(stack, key)
    assert set(files) == {
        "readme.txt", "profile.json", "payments.json", "accounts/uk-test-1234567899.json",
    }  # fmt: skip
    assert "34230774" in files["accounts/uk-test-1234567899.json"]
    assert "subscriber@example.com" in files["profile.json"]
    assert "Чужая" not in str(files)
    (email,) = emails(stack)
    assert (email["to"], json.loads(email["params"])) == ("subscriber@example.com", {"until": "2026-11-27"})
    url, _ = archives.archive_link("u1", NOW)
    assert key in url
    assert archives.current_archive("u1").state == "ready"


def test_an_account_whose_holder_was_not_proved_is_left_out(stack: Aws) -> None:
    pk, sk = "ACCOUNT#uk-test#1234567899", "ACCOUNT"
    row = dynamo.get(Table.ACCOUNTS, (pk, sk))
    assert row is not None
    dynamo.put(
        Table.ACCOUNTS, row | {"holder": "Новиков Пётр", "holder_since": "2026-11-01"},
        condition=dynamo.IS_PRESENT, on_conflict=AssertionError,  # type: ignore[arg-type]
    )  # fmt: skip
    work(*waiting(stack))
    assert "accounts/uk-test-1234567899.json" not in members(stack, *stored(stack))


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_call_the_worker_dies_at_it_is_made_and_told_once(
    stack: Aws, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    (message,) = waiting(stack)
    counting = FaultInjector()
    counting.patch(monkeypatch)
    clean = dynamo.get(Table.USERS, archive_key("u1"), consistent=True)
    assert clean is not None
    counting.process(lambda: work(message))
    for number in range(1, len(counting.calls) + 1):
        for email in emails(stack):
            stack.table("MESSAGES_TABLE").delete_item(Key={"pk": email["pk"], "sk": email["sk"]})
        stack.table("USERS_TABLE").put_item(Item=clean)
        injector = FaultInjector(number, fault)
        with monkeypatch.context() as patched:
            injector.patch(patched)
            with suppress(DomainError, BotoCoreError, AssertionError):
                injector.process(lambda: work(message))
        work(message)
        assert archives.current_archive("u1").state == "ready", (number, counting.calls)
        assert len(emails(stack)) == 1, (number, counting.calls)


def test_a_message_that_comes_twice_or_late_makes_nothing(stack: Aws) -> None:
    (message,) = waiting(stack)
    work(message | {"archive_id": "another"})
    assert stored(stack) == []
    for _ in range(2):
        work(message)
    assert (len(stored(stack)), len(emails(stack))) == (1, 1)


def test_a_cabinet_that_is_deleted_meanwhile_gets_nothing(stack: Aws) -> None:
    (message,) = waiting(stack)
    dynamo.delete(Table.USERS, profile_key("u1"), condition=dynamo.IS_PRESENT, on_conflict=DomainError)
    work(message)
    assert stored(stack) == emails(stack) == []


def test_another_request_meanwhile_is_not_told_of_the_first(
    stack: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    (message,) = waiting(stack)
    genuine = archives.documents_bucket.put_if_absent

    def then_asked_anew(*args: Any) -> None:
        genuine(*args)
        pk, sk = archive_key("u1")
        row = dynamo.get(Table.USERS, (pk, sk), consistent=True)
        stack.table("USERS_TABLE").put_item(Item=(row or {}) | {"archive_id": "newer"})

    monkeypatch.setattr(archives.documents_bucket, "put_if_absent", then_asked_anew)
    work(message)
    assert emails(stack) == []
    assert archives.current_archive("u1").state == "waiting"


def test_a_person_without_an_address_finds_the_archive_on_the_page(stack: Aws) -> None:
    stack.table("USERS_TABLE").update_item(
        Key=dict(zip(("pk", "sk"), profile_key("u1"), strict=True)), UpdateExpression="REMOVE email"
    )
    work(*waiting(stack))
    assert emails(stack) == []
    assert archives.current_archive("u1").state == "ready"


def test_asking_again_while_it_is_made_only_reminds_and_three_a_day_are_enough(stack: Aws) -> None:
    first = waiting(stack)
    archives.request_archive("u1", NOW, "198.51.100.7")
    assert waiting(stack)[0]["archive_id"] == first[0]["archive_id"]
    for _ in range(2):
        work(first[0])
        archives.request_archive("u1", NOW, "198.51.100.7")
        first = waiting(stack)
    work(first[0])
    with pytest.raises(TooManyRequests):
        archives.request_archive("u1", NOW, "198.51.100.7")


def test_an_archive_whose_message_the_queue_refused_is_asked_for_again(
    stack: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is stored by then: an error would deny it."""
    work(*waiting(stack))

    def refuse(*_: object, **_options: object) -> None:
        raise queues.NotQueued("InternalError")

    with monkeypatch.context() as silent:
        silent.setattr(queues, "send", refuse)
        archives.request_archive("u1", NOW, "198.51.100.7")
    assert archives.current_archive("u1").state == "waiting"
    for _ in range(5):
        archives.request_archive("u1", NOW, "198.51.100.7")
    with pytest.raises(TooManyRequests):
        archives.request_archive("u1", NOW, "198.51.100.7")
    assert len(waiting(stack)) == 5
