"""Messages to functions: deleted when done, left alone when failed, given back when a stop is asked for."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from cabinet.aws.event_handler import InvocationFailed
from infra.build.template import Template
from serve.consumer import Consumer, queue_client
from serve.invocation import Invoker
from serve.manifest import queue_sources
from serve.metrics import Metrics
from serve.queue_gauges import EVENT_DEAD_LETTERS, QueueGauges, waiting_series
from serve.stopping import Stop
from tests.support.aws import Aws
from tests.support.aws_calls import Call, Listener, heard_by

COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]


class OneRound(Listener):
    """Asks for a stop when the queue is listened to again."""

    def __init__(self, stop: Stop, after: int = 1) -> None:
        self.stop, self.left = stop, after

    def before(self, call: Call) -> None:
        if call.operation == "ReceiveMessage":
            if self.left == 0:
                self.stop.request()
            self.left -= 1


def consume(
    aws: Aws, template: Template, answer: Callable[[dict[str, Any]], Any], bodies: list[str], rounds: int = 1
) -> tuple[list[Any], dict[str, int]]:
    """Return the events that the mailer was given, and how many messages wait and are hidden after it."""
    source = {each.name: each for each in queue_sources(template)}["MailQueue"]
    url = aws.environment[source.variable]
    sqs = boto3.client("sqs")
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    stop = Stop(30)
    invoker = Invoker(source.function, stop, lambda: None)
    events: list[Any] = []

    def invoke(event: dict[str, Any], *_: object) -> Any:
        events.append(event)
        return answer(event)

    invoker.invoke = invoke  # type: ignore[method-assign]
    with heard_by(OneRound(stop, rounds)):
        Consumer(source, invoker, queue_client(), stop, 0).run()
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=COUNTS)["Attributes"]
    return events, {name: int(told[name]) for name in COUNTS}


def test_a_batch_is_shown_as_lambda_shows_it_and_deleted(aws: Aws, template: Template) -> None:
    events, left = consume(aws, template, lambda _: None, ["a", "b"])
    (records,) = [event["Records"] for event in events]
    assert [record["body"] for record in records] == ["a", "b"]
    assert {record["eventSource"] for record in records} == {"aws:sqs"}
    assert list(left.values()) == [0, 0]


def test_what_failed_stays_hidden_and_the_rest_goes(aws: Aws, template: Template) -> None:
    def first_fails(event: dict[str, Any]) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}

    _, left = consume(aws, template, first_fails, ["a", "b", "c"])
    assert list(left.values()) == [0, 1]


def test_a_function_that_failed_keeps_its_whole_batch(aws: Aws, template: Template) -> None:
    def fails(_: object) -> Any:
        raise InvocationFailed("KeyError")

    _, left = consume(aws, template, fails, ["a", "b"])
    assert list(left.values()) == [0, 2]


def test_what_comes_with_a_stop_is_given_back_at_once(aws: Aws, template: Template) -> None:
    events, left = consume(aws, template, lambda _: None, ["a"], rounds=0)
    assert events == []
    assert list(left.values()) == [1, 0]


def test_a_queue_that_does_not_answer_is_told_and_asked_again(
    aws: Aws, template: Template, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serve.consumer._PAUSE_SECONDS", 0.0)
    missing = "https://sqs.eu-central-1.amazonaws.com/123456789012/missing"
    source = {each.name: each for each in queue_sources(template)}["MailQueue"]
    monkeypatch.setenv(source.variable, missing)
    stop = Stop(30)
    with heard_by(OneRound(stop, 2)):
        Consumer(source, Invoker(source.function, stop, lambda: None), queue_client(), stop, 0).run()
    assert [record.message for record in caplog.records].count("queue_unreadable") == 3


def test_waiting_messages_and_dead_letters_are_told(
    aws: Aws, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = {each.name: each for each in queue_sources(template)}["MailQueue"]
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=aws.environment[source.variable], MessageBody="a")
    series = [waiting_series(name) for name in (source.name, source.dead_letters, "EventDeadLetters")]
    metrics = Metrics(series, lanes=1)
    looking = QueueGauges([source], queue_client(), metrics, Stop(30), "EventDeadLetters")
    looking.measure(source)
    looking.measure_events()
    assert metrics.values() == {series[0]: 1, series[1]: 0}
    events = sqs.create_queue(QueueName="events")["QueueUrl"]
    sqs.send_message(QueueUrl=events, MessageBody="a")
    monkeypatch.setenv(EVENT_DEAD_LETTERS, events)
    looking.measure_events()
    assert metrics.values()[series[2]] == 1
