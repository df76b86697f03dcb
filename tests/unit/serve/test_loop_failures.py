"""A refusal by storage or a queue postpones a loop of the background process; its thread lives on."""

from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from serve import scheduler as scheduler_module
from serve.bounces import BounceReader
from serve.consumer import queue_client
from serve.manifest import Schedule
from serve.queue_gauges import EVENT_DEAD_LETTERS
from serve.scheduler import Scheduler
from serve.stopping import Stop
from tests.support.aws import Aws
from tests.support.aws_calls import Call, Listener, heard_by
from tests.support.recorded_jobs import MINUTELY, Recorded, failing

ONCE_A_DAY = Schedule(MINUTELY.function, "job", "rate(1 day)", MINUTELY.input, 0, "Dead")


class Asked(Stop):
    """Never waits; is asked for after so many waits."""

    def __init__(self, waits: int) -> None:
        super().__init__(30)
        self._left = waits
        self.pauses: list[float] = []

    def wait(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        self._left -= 1
        return self._left < 0


class Refusing(Listener):
    """Answers the first call of an operation by an error."""

    def __init__(self, operation: str, error: Exception) -> None:
        self.operation, self.error = operation, error
        self.is_over = False

    def before(self, call: Call) -> None:
        if call.operation == self.operation and not self.is_over:
            self.is_over = True
            raise self.error


EXPIRED = ClientError({"Error": {"Code": "ExpiredTokenException"}}, "GetItem")
UNREACHABLE = EndpointConnectionError(endpoint_url="https://queues.test")


def postponed(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    lines = [vars(record) for record in caplog.records if record.message == "loop_postponed"]
    return [(line["loop"], line["code"], line["place"].partition(":")[0]) for line in lines]


@pytest.fixture(autouse=True)
def _due_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was due before the first start counts."""
    monkeypatch.setattr(scheduler_module.leases, "skip_past_due_if_new", lambda *_: None)


def test_a_schedule_goes_on_after_storage_has_refused(aws: Aws, caplog: pytest.LogCaptureFixture) -> None:
    invoker, stop = Recorded(), Asked(3)
    with heard_by(Refusing("GetItem", EXPIRED)):
        Scheduler(ONCE_A_DAY, "UTC", invoker, queue_client(), stop).run()
    assert invoker.events == [{"schedule": "job"}]
    assert stop.pauses[1] == 5.0
    ((loop, code, place),) = postponed(caplog)
    assert (loop, code) == ("job", "ExpiredTokenException")
    assert place != "client.py", "of the client that everything passes"


def test_a_dead_letter_that_the_queue_refused_is_sent_later(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="event-dead-letters")["QueueUrl"]
    monkeypatch.setenv(EVENT_DEAD_LETTERS, url)
    invoker = Recorded(failing)
    process = Scheduler(ONCE_A_DAY, "UTC", invoker, queue_client(), Asked(2))
    with heard_by(Refusing("SendMessage", UNREACHABLE)):
        process.run()
    ((loop, code, _),) = postponed(caplog)
    assert (loop, code) == ("job", "EndpointConnectionError")
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    table = aws.table("MESSAGES_TABLE")
    (row,) = table.scan()["Items"]
    table.put_item(Item=row | {"until": 0})  # the time of the lease is over
    process = Scheduler(ONCE_A_DAY, "UTC", invoker, queue_client(), Asked(1))
    process.run()
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_reports_of_mail_are_read_on_after_storage_has_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    outcomes: list[Exception | None] = [EXPIRED, UNREACHABLE, OSError(), None]
    steps = iter(outcomes)

    def step(_: BounceReader) -> None:
        if (error := next(steps)) is not None:
            raise error

    monkeypatch.setattr(BounceReader, "step", step)
    BounceReader(tmp_path, Asked(len(outcomes))).run()
    assert [(loop, code) for loop, code, _ in postponed(caplog)] == [
        ("bounces", "ExpiredTokenException"), ("bounces", "EndpointConnectionError"),
    ]  # fmt: skip
    assert next(steps, "all were taken") == "all were taken"
