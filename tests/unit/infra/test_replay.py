"""`cabinet replay`: every dead-letter queue of the template is given out again, whatever its feeders leave.

The cases are made from template.yaml: a queue that nothing here knows how to replay fails.
"""

import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.build.template import Template
from infra.doctor.installation import Installation
from infra.replay import replay as replaying
from infra.replay.dead_letters import DeadLetterQueue, dead_letter_queues
from infra.replay.originals import message_kind
from infra.replay.replay import peek, replay
from tests.support.aws import REGION

TEMPLATE = Template.load()
QUEUES = dead_letter_queues(TEMPLATE)
ACCOUNT = "123456789012"


def function_name(logical_id: str) -> str:
    return f"prod-{logical_id}-X1"


def alias_arn(logical_id: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function_name(logical_id)}:live"


class Functions:
    """Lambda: remembers what it was given; some functions fail."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Any]] = []
        self.failing: set[str] = set()

    def invoke(self, FunctionName: str, Payload: bytes) -> Any:  # noqa: N803 - AWS's names
        if FunctionName in self.failing:
            told = json.dumps({"errorType": "InvocationFailed", "errorMessage": "KeyError"})
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(told.encode())}
        self.taken.append((FunctionName, json.loads(Payload)))
        return {"Payload": io.BytesIO(b"null")}


@pytest.fixture(autouse=True)
def one_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty queue is known at once to be empty."""
    monkeypatch.setattr(replaying, "POLL_SECONDS", 0)


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Functions:
    made = Functions()
    monkeypatch.setattr(replaying, "_lambda_client", lambda: made)
    return made


@pytest.fixture
def stack() -> Iterator[Installation]:
    """The template's queues, and names for the rest."""
    names = {
        "AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT,
        "ExchangeBucket": "prod-exchange", "MailEvents": f"arn:aws:sns:{REGION}:{ACCOUNT}:prod-MailEvents",
    }  # fmt: skip
    for logical_id, _ in TEMPLATE.resources("AWS::Serverless::Function"):
        names |= {logical_id: function_name(logical_id), f"{logical_id}Aliaslive": alias_arn(logical_id)}
    with mock_aws():
        sqs = boto3.client("sqs", region_name=REGION)
        for logical_id, _ in TEMPLATE.resources("AWS::SQS::Queue"):
            names[logical_id] = sqs.create_queue(QueueName=f"prod-{logical_id}")["QueueUrl"]
        yield Installation("prod", False, TEMPLATE, names, {})


def send(stack: Installation, queue: str, body: Any, **attributes: str) -> None:
    told = {key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()}
    text = body if isinstance(body, str) else json.dumps(body)
    stack.client("sqs").send_message(QueueUrl=stack.names[queue], MessageBody=text, MessageAttributes=told)


def bodies(stack: Installation, queue: str) -> list[Any]:
    found = stack.client("sqs").receive_message(
        QueueUrl=stack.names[queue], MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


def events_of(function: str) -> Iterator[Any]:
    """Yield the events by which the template lets AWS call a function asynchronously."""
    for event in dict(TEMPLATE.resources("AWS::Serverless::Function"))[function]["Events"].values():
        match event["Type"]:
            case "S3":
                file = {"bucket": {"name": "prod-exchange"}, "object": {"key": "inbound/center/a.zip"}}
                yield {"Records": [{"eventSource": "aws:s3", "s3": file}]}
            case "SNS":
                topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:prod-MailEvents"
                yield {"Records": [{"EventSource": "aws:sns", "Sns": {"TopicArn": topic, "Message": "{}"}}]}
            case "ScheduleV2":
                yield json.loads(event["Properties"]["Input"])


def record_of(function: str, event: Any) -> dict[str, Any]:
    """Return what Lambda leaves of an asynchronous invocation that failed every try."""
    return {
        "version": "1.0",
        "requestContext": {"functionArn": alias_arn(function), "condition": "RetriesExhausted"},
        "requestPayload": event,
        "responsePayload": {"errorType": "InvocationFailed", "errorMessage": "KeyError"},
    }


FROM_QUEUES = [(name, source) for name, queue in QUEUES.items() for source in queue.queues]
FROM_FUNCTIONS = [
    (name, function, event)
    for name, queue in QUEUES.items()
    for function in queue.functions
    for event in events_of(function)
]
FROM_SCHEDULES = [
    (
        name,
        function,
        TEMPLATE.tree["Resources"][function]["Properties"]["Events"][event]["Properties"]["Input"],
    )
    for name, queue in QUEUES.items()
    for function, event in queue.schedules
]


def test_every_queue_of_the_template_is_a_workers_or_can_be_replayed() -> None:
    for logical_id, queue in TEMPLATE.resources("AWS::SQS::Queue"):
        assert ("RedrivePolicy" in queue) != (logical_id in QUEUES), logical_id
    replayed = {case[0] for case in (*FROM_QUEUES, *FROM_FUNCTIONS, *FROM_SCHEDULES)}
    assert replayed == set(QUEUES)
    for queue in QUEUES.values():
        assert queue.functions == [f for f in queue.functions if list(events_of(f))], "with no event to try"


@pytest.mark.parametrize(("queue", "source"), FROM_QUEUES)
def test_what_sqs_gave_up_goes_back_to_its_queue(
    queue: str, source: str, stack: Installation, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "_move_all", lambda *_: None)
    send(stack, queue, {"pk": "OUTBOX#1"}, colour="green")
    assert peek(stack, QUEUES[queue]).count == 1
    assert replay(stack, QUEUES[queue]).replayed == 1
    assert bodies(stack, source) == [{"pk": "OUTBOX#1"}]
    assert bodies(stack, queue) == []
    assert functions.taken == []


@pytest.mark.parametrize(("queue", "function", "event"), FROM_FUNCTIONS)
def test_what_lambda_gave_up_is_handed_to_its_function(
    queue: str, function: str, event: Any, stack: Installation, functions: Functions
) -> None:
    send(stack, queue, record_of(function, event))
    send(stack, queue, event)  # as a function's DeadLetterConfig leaves it
    assert replay(stack, QUEUES[queue]).replayed == 2
    assert functions.taken == [(alias_arn(function), event)] * 2
    assert bodies(stack, queue) == []


@pytest.mark.parametrize(("queue", "function", "text"), FROM_SCHEDULES)
def test_what_the_scheduler_could_not_deliver_is_handed_to_its_function(
    queue: str, function: str, text: str, stack: Installation, functions: Functions
) -> None:
    send(stack, queue, text, TARGET_ARN=alias_arn(function))
    send(stack, queue, text)
    send(stack, queue, {"FunctionName": alias_arn(function), "InvocationType": "Event", "Payload": text})
    assert replay(stack, QUEUES[queue]).replayed == 3
    assert functions.taken == [(alias_arn(function), json.loads(text))] * 3


EVENTS = QUEUES["EventDeadLetters"]
OUTBOX = {"schedule": "outbox"}


def test_failed_replays_stay_and_are_logged_without_content(
    stack: Installation, functions: Functions
) -> None:
    functions.failing = {alias_arn("ImportsFunction")}
    file = next(events_of("ImportsFunction"))
    for body in (
        record_of("ImportsFunction", file), "ivan@example.ru", {"who": "Иванов"}, [1],
        record_of("ImportsFunction", file) | {"requestPayload": None}, OUTBOX,
    ):  # fmt: skip
        send(stack, "EventDeadLetters", body)
    outcome = replay(stack, EVENTS)
    assert outcome.replayed == 1
    assert sorted(reason.partition(": ")[2] for reason in outcome.left) == [
        "ImportsFunction failed again: KeyError",
        "Lambda kept no event with it (requestPayload)",
        "it is not JSON",
        "it is not a JSON object",
        "no one function of the template takes such an event",
    ]
    assert peek(stack, EVENTS).count == 5
    functions.failing = set()
    assert replay(stack, EVENTS).replayed == 1, "what was mended goes out by the next replay"


def test_a_function_of_another_stack_is_not_called(stack: Installation, functions: Functions) -> None:
    other = record_of("MailerFunction", OUTBOX)
    other["requestContext"]["functionArn"] = alias_arn("MailerFunction").replace("prod-", "dev-")
    send(stack, "EventDeadLetters", other)
    assert replay(stack, EVENTS).left[0].endswith("its function is not of this stack")
    assert functions.taken == []


def test_a_limit_leaves_the_rest(stack: Installation, functions: Functions) -> None:
    for _ in range(3):
        send(stack, "EventDeadLetters", OUTBOX)
    assert replay(stack, EVENTS, limit=2).replayed == 2
    assert len(functions.taken) == 2
    assert peek(stack, EVENTS).count == 1


def test_a_replay_that_dies_in_the_function_loses_nothing(
    stack: Installation, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: Any) -> str:
        raise KeyboardInterrupt

    send(stack, "EventDeadLetters", OUTBOX)
    with monkeypatch.context() as dying:
        dying.setattr(replaying, "invoke", dies)
        with pytest.raises(KeyboardInterrupt):
            replay(stack, EVENTS)
    assert peek(stack, EVENTS).count == 1, "hidden for a while, and not deleted"
    assert replay(stack, EVENTS).replayed == 0, "nobody else takes it while its function may still run"


def test_a_second_replay_beside_the_first_gives_nothing_out_twice(
    stack: Installation, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoke, rivals = replaying.invoke, []

    def with_a_rival(*given: Any) -> str:
        if not rivals:
            rivals.append("begun")
            rivals.append(str(replay(stack, EVENTS).replayed))
        return invoke(*given)

    monkeypatch.setattr(replaying, "invoke", with_a_rival)
    for number in range(3):
        send(stack, "EventDeadLetters", record_of("MailerFunction", OUTBOX | {"number": number}))
    assert replay(stack, EVENTS).replayed == 1
    assert rivals == ["begun", "2"]
    assert sorted(event["number"] for _, event in functions.taken) == [0, 1, 2]


class MoveTasks:
    """SQS's moves, as AWS tells of them."""

    def __init__(self, *told: list[dict[str, Any]], refusal: str = "") -> None:
        self.told, self.started, self.refusal = list(told), 0, refusal

    def list_message_move_tasks(self, **_: Any) -> Any:
        if self.refusal:
            raise ClientError({"Error": {"Code": self.refusal, "Message": ""}}, "ListMessageMoveTasks")
        return {"Results": self.told.pop(0) if len(self.told) > 1 else self.told[0]}

    def start_message_move_task(self, **_: Any) -> None:
        self.started += 1


def moved(status: str, count: int) -> list[dict[str, Any]]:
    return [{"Status": status, "ApproximateNumberOfMessagesMoved": count, "FailureReason": "CouldNotFind"}]


@pytest.mark.parametrize(
    ("tasks", "started", "replayed", "left"),
    [
        (MoveTasks([], moved("RUNNING", 1), moved("COMPLETED", 7)), 1, 7, []),
        (MoveTasks(moved("RUNNING", 1), moved("RUNNING", 2), moved("COMPLETED", 7)), 0, 7, []),
        (MoveTasks([], [], moved("FAILED", 2)), 1, 2, ["the move is FAILED: CouldNotFind"]),
    ],
)
def test_sqs_moves_everything_by_itself_and_a_move_that_runs_is_waited_for(
    tasks: MoveTasks, started: int, replayed: int, left: list[str],
    stack: Installation, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(Installation, "client", lambda *_: tasks)
    monkeypatch.setattr(replaying.time, "sleep", lambda _: None)
    outcome = replay(stack, QUEUES["MailDeadLetters"])
    assert (tasks.started, outcome.replayed, outcome.left) == (started, replayed, left)


def test_an_aws_without_moves_is_served_one_by_one_and_a_refusal_is_not_hidden(
    stack: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs = stack.client("sqs")
    monkeypatch.setattr(
        sqs, "list_message_move_tasks", MoveTasks(refusal="InvalidAction").list_message_move_tasks
    )
    send(stack, "MailDeadLetters", {"pk": "OUTBOX#1"})
    assert replay(stack, QUEUES["MailDeadLetters"]).replayed == 1
    monkeypatch.setattr(
        sqs, "list_message_move_tasks", MoveTasks(refusal="AccessDenied").list_message_move_tasks
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        replay(stack, QUEUES["MailDeadLetters"])


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (json.dumps(record_of("MailerFunction", OUTBOX)), "schedule outbox"),
        (json.dumps({"FunctionName": "a", "Payload": json.dumps(OUTBOX)}), "schedule outbox"),
        (json.dumps(next(events_of("ImportsFunction"))), "new file of a supplier"),
        (json.dumps({"pk": "USER#1", "sk": "ivan@example.ru"}), "message with pk, sk"),
        ("ivan@example.ru", "not JSON"),
    ],
)
def test_a_kind_says_nothing_of_people(body: str, kind: str) -> None:
    assert message_kind(body) == kind


def test_a_queue_with_several_sources_gives_each_message_back_to_its_own(
    stack: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = DeadLetterQueue("MailDeadLetters", queues=["MailQueue", "ImportQueue"])
    message = {
        "MessageId": "1",
        "Body": "{}",
        "Attributes": {"DeadLetterQueueSourceArn": stack.queue_arn("ImportQueue")},
    }
    assert replaying._give_out(stack, both, message) == ""  # noqa: SLF001
    assert bodies(stack, "ImportQueue") == [{}]
    unknown = {"MessageId": "2", "Body": "{}"}
    assert "no one function" in replaying._give_out(stack, both, unknown)  # noqa: SLF001
