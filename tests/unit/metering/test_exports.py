"""Registries of readings out: each reading once, whatever call a run dies at, and again under its number."""

import csv
import io
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from cabinet import dynamo
from cabinet.accounts.model import Account, Address
from cabinet.dynamo import Transaction
from cabinet.metering import exports, waiting
from cabinet.metering.model import Meter
from tests.conftest import Aws
from tests.unit.accounts import world

TODAY, NOW = date(2026, 10, 20), datetime(2026, 10, 20, 9, tzinfo=UTC)


class Died(BaseException):
    """The process is gone: nothing catches it."""


def account_of(supplier_id: str, number: str) -> Account:
    account_id = f"{supplier_id}:{number}"
    return Account(
        account_id=account_id, supplier_id=supplier_id, number=number, holder="", address=Address()
    )


def wait(supplier_id: str, number: str, reading_id: str, value: str = "1", meter_no: str = "m") -> None:
    """Let one reading wait, as a submission does."""
    account, meter = account_of(supplier_id, number), Meter(meter_id=meter_no, number=meter_no, service="")
    row = dynamo.get(dynamo.Table.ACCOUNTS, waiting.waiting_key(account.account_id))
    line = waiting.line_of(account, meter, "T1", reading_id, value, TODAY, TODAY, "subscriber")
    transaction = Transaction()
    waiting.rewrite(transaction, account.account_id, row, [waiting.Change(meter, "T1", line)])
    transaction.commit()


def rows_of(content: bytes) -> list[list[str]]:
    registry, _header, *rows, control = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert registry[0] == "#registry"
    assert control[:2] == ["#control", str(len(rows))]
    return rows


def test_a_registry_carries_what_waits_and_then_nothing_waits(aws: Aws) -> None:
    assert exports.export("uk-test", TODAY, NOW) is None
    wait("uk-test", "100", "r1", "38.500")
    made = exports.export("uk-test", TODAY, NOW)
    assert made is not None
    assert made.name == "readings_uk-test_000001.csv"
    assert rows_of(made.content) == [["100", "m", "T1", "38.500", "2026-10-20", "2026-10-20", "subscriber"]]
    again = exports.export("uk-test", TODAY, NOW)
    assert again == made, "not delivered yet"
    exports.delivered(made.registry, NOW)
    assert exports.export("uk-test", TODAY, NOW) is None
    assert exports.again("uk-test", 1) == made


def test_a_second_reading_after_the_export_goes_into_the_next_registry(aws: Aws) -> None:
    wait("uk-test", "100", "r1", "38")
    first = exports.export("uk-test", TODAY, NOW)
    wait("uk-test", "100", "r2", "39")
    assert first is not None
    assert exports.export("uk-test", TODAY, NOW) == first
    exports.delivered(first.registry, NOW)
    second = exports.export("uk-test", TODAY, NOW)
    assert second is not None
    assert (second.registry.number, [row[3] for row in rows_of(second.content)]) == (2, ["39"])


def test_a_reading_replaced_before_the_export_never_goes_out(aws: Aws) -> None:
    wait("uk-test", "100", "r1", "38")
    wait("uk-test", "100", "r2", "39")
    made = exports.export("uk-test", TODAY, NOW)
    assert made is not None
    assert [row[3] for row in rows_of(made.content)] == ["39"]


def test_a_run_out_of_time_goes_on_with_the_same_registry(aws: Aws) -> None:
    for number in range(30):
        wait("uk-test", str(number), f"r{number}")
    turns = iter([True, False])
    with pytest.raises(exports.OutOfTime):
        exports.export("uk-test", TODAY, NOW, has_time=lambda: next(turns))
    made = exports.export("uk-test", TODAY, NOW)
    assert made is not None
    assert (made.registry.number, made.readings) == (1, 30)


class Dying:
    """Kills the process at the n-th call to AWS, before it is sent or after it has worked."""

    def __init__(self, at: int, *, after: bool) -> None:
        self.at, self.after, self.calls = at, after, 0

    def sending(self, **_: Any) -> None:
        self.calls += 1
        if self.calls == self.at and not self.after:
            raise Died

    def answered(self, **_: Any) -> None:
        if self.calls == self.at and self.after:
            raise Died


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_whatever_call_a_run_dies_at_each_reading_goes_out_once(
    aws: Aws, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exports import delivery

    # Fewer shards are fewer equal calls to die at.
    monkeypatch.setattr(waiting, "SHARDS", 2)
    monkeypatch.setattr(exports, "SHARDS", 2)
    s3 = delivery._s3()
    clients = [dynamo.client().meta.events, s3.meta.events]
    at, finished = 0, False
    while not finished:
        at += 1
        assert at < 200
        supplier_id = f"s{at}{'a' if after else 'b'}"
        supplier = world.supplier(supplier_id)
        numbers = [str(number) for number in range(14)]
        for number in numbers:
            wait(supplier_id, number, f"r{number}")
        dying = Dying(at, after=after)
        for events in clients:
            events.register("before-send.*.*", dying.sending)
            events.register("after-call.*.*", dying.answered)
        try:
            delivery.readings(supplier, lambda: True)
            finished = True
        except Died:
            pass
        finally:
            for events in clients:
                events.unregister("before-send.*.*", dying.sending)
                events.unregister("after-call.*.*", dying.answered)
        early = files(aws, supplier_id)
        wait(supplier_id, "late", "r-late")
        while delivery.readings(supplier, lambda: True) is not None:
            pass
        late = files(aws, supplier_id)
        assert early.items() <= late.items(), "a file that billing may have fetched has changed"
        sent = [row[0] for content in late.values() for row in rows_of(content)]
        assert sorted(sent) == sorted([*numbers, "late"]), f"died at call {at}"


def files(aws: Aws, supplier_id: str) -> dict[str, bytes]:
    s3, bucket = aws.client("s3"), aws.environment["EXCHANGE_BUCKET"]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"outbound/{supplier_id}/").get("Contents", [])
    return {each["Key"]: s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in listed}


class Context:
    """A Lambda context with plenty of time."""

    def get_remaining_time_in_millis(self) -> int:
        return 300_000


def test_the_schedule_starts_every_supplier_and_the_queue_delivers(aws: Aws) -> None:
    from exports.app import handler

    world.supplier()
    wait("uk-test", "100", "r1")
    with open("events/exports.json", encoding="utf-8") as event:
        assert handler(json.load(event), Context()) == {"registries_started": 2}
    queue = aws.environment["EXPORT_QUEUE_URL"]
    sqs = aws.client("sqs")
    for _ in range(2):
        (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
        with open("events/exports_queue.json", encoding="utf-8") as event:
            records = json.load(event)
        records["Records"][0]["body"] = message["Body"]
        assert handler(records, Context()) == {"batchItemFailures": []}
    assert list(files(aws, "uk-test")) == ["outbound/uk-test/readings/readings_uk-test_000001.csv"]
