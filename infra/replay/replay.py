"""Gives dead letters out once more.

A queue that SQS filled is moved back to where its messages came from. One that Lambda or the scheduler filled
has no such way (SQS refuses it): its events are handed to their functions, and deleted once those took them.
Both may die at any moment and may run beside themselves: a message is hidden from others while it is worked
on, comes back when nobody deletes it, and every worker may see a message twice.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.doctor.check import error_code
from infra.replay.originals import Unreadable, message_kind, original_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.doctor.installation import Installation
    from infra.replay.dead_letters import DeadLetterQueue

_HIDDEN_SECONDS = 60
"""Visibility timeout of a message that is only forwarded; while a function runs, its own limit is used."""
_SPARE_SECONDS = 60
_MAX_FUNCTION_SECONDS = 900
POLL_SECONDS = 1
"""Above zero, or SQS asks only some of its servers and may report an empty queue."""
_NO_MOVE_TASKS = ("InvalidAction", "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in a queue: about how many, since when at least, of which kind the first is."""

    count: int
    oldest: datetime | None = None
    kind: str = ""


@dataclass(slots=True)
class Outcome:
    """How a replay went: how many were given out, and what stays, each with its reason."""

    replayed: int = 0
    left: list[str] = field(default_factory=list)


def peek(installation: Installation, queue: DeadLetterQueue) -> Waiting:
    """Return what waits in a queue; nothing of it is taken."""
    sqs, url = installation.client("sqs"), installation.names[queue.logical_id]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    count = sum(int(found[name]) for name in names)
    if not count:
        return Waiting(0)
    peeked = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        VisibilityTimeout=0,
        AttributeNames=["All"],
        WaitTimeSeconds=POLL_SECONDS,
    ).get("Messages", [])
    if not peeked:  # somebody else works on them
        return Waiting(count)
    first = min(peeked, key=_sent_at)
    return Waiting(count, datetime.fromtimestamp(_sent_at(first) / 1000, UTC), message_kind(first["Body"]))


def replay(installation: Installation, queue: DeadLetterQueue, limit: int | None = None) -> Outcome:
    """Give out what waits in a queue, `limit` messages at most."""
    if queue.functions or queue.schedules:
        return _one_by_one(installation, queue, limit, _MAX_FUNCTION_SECONDS + _SPARE_SECONDS)
    if limit is None:
        moved = _move_all(installation, queue)
        if moved is not None:
            return moved
    return _one_by_one(installation, queue, limit, _HIDDEN_SECONDS)


def _move_all(installation: Installation, queue: DeadLetterQueue) -> Outcome | None:
    """Let SQS move everything back, and wait for it; None where SQS has no such call (the local AWS).

    A move that was begun before, by us or another, is waited for: there is one at a time.
    """
    sqs, arn = installation.client("sqs"), installation.queue_arn(queue.logical_id)
    try:
        if not _running(sqs, arn):
            sqs.start_message_move_task(SourceArn=arn)
    except ClientError as error:
        if error_code(error) in _NO_MOVE_TASKS:
            return None
        raise
    while task := _running(sqs, arn):
        print(f"  moved so far: {task.get('ApproximateNumberOfMessagesMoved', 0)}", flush=True)
        time.sleep(2)
    (last, *_) = sqs.list_message_move_tasks(SourceArn=arn, MaxResults=1)["Results"]
    moved = int(last.get("ApproximateNumberOfMessagesMoved", 0))
    if last["Status"] != "COMPLETED":
        return Outcome(moved, [f"the move is {last['Status']}: {last.get('FailureReason', '')}"])
    return Outcome(moved)


def _running(sqs: Any, arn: str) -> Mapping[str, Any] | None:  # noqa: ANN401 - boto3's client
    tasks = sqs.list_message_move_tasks(SourceArn=arn, MaxResults=10)["Results"]
    return next((task for task in tasks if task["Status"] in ("RUNNING", "CANCELLING")), None)


def _one_by_one(
    installation: Installation, queue: DeadLetterQueue, limit: int | None, hidden_seconds: int
) -> Outcome:
    sqs, url = installation.client("sqs"), installation.names[queue.logical_id]
    outcome, kept = Outcome(), []
    for message in _messages(sqs, url, limit, hidden_seconds):
        failure = _give_out(installation, queue, message)
        if failure:
            outcome.left.append(f"{message['MessageId']}: {failure}")
            kept.append(message["ReceiptHandle"])
        else:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            outcome.replayed += 1
    for handle in kept:  # not before the end: it would be received again at once
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    return outcome


def _messages(
    sqs: Any,  # noqa: ANN401 - boto3's client
    url: str,
    limit: int | None,
    hidden_seconds: int,
) -> Iterator[Mapping[str, Any]]:
    """Yield messages one by one until none is seen or `limit` were."""
    seen = 0
    while limit is None or seen < limit:
        messages = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=1, VisibilityTimeout=hidden_seconds,
            WaitTimeSeconds=POLL_SECONDS, AttributeNames=["All"], MessageAttributeNames=["All"],
        ).get("Messages", [])  # fmt: skip
        if not messages:
            return
        seen += 1
        yield messages[0]


def _give_out(installation: Installation, queue: DeadLetterQueue, message: Mapping[str, Any]) -> str:
    """Give one message out; return why it could not be, empty when it was."""
    source = _source_of(installation, queue, message)
    if source:
        installation.client("sqs").send_message(
            QueueUrl=installation.names[source], MessageBody=message["Body"],
            MessageAttributes=message.get("MessageAttributes", {}),
        )  # fmt: skip
        return ""
    try:
        original = original_of(message, installation)
    except Unreadable as reason:
        return str(reason)
    return invoke(installation, original.function, original.event)


def _source_of(installation: Installation, queue: DeadLetterQueue, message: Mapping[str, Any]) -> str | None:
    """Return the queue that a message came from: SQS records it, or there is only one."""
    noted = message.get("Attributes", {}).get("DeadLetterQueueSourceArn")
    for logical_id in queue.queues:
        if noted == installation.queue_arn(logical_id):
            return logical_id
    is_sole = len(queue.queues) == 1 and not queue.functions and not queue.schedules
    return queue.queues[0] if is_sole else None


def invoke(installation: Installation, function: str, event: Mapping[str, Any]) -> str:
    """Let a function take an event and wait for it; return its error's class, empty when it took it."""
    try:
        answer = _lambda_client().invoke(
            FunctionName=installation.function_arn(function), Payload=json.dumps(event).encode()
        )
    except (ClientError, BotoCoreError) as error:
        return f"{function} could not be called: {error_code(error)}"
    if "FunctionError" not in answer:
        return ""
    said = json.loads(answer["Payload"].read() or "null") or {}
    why = said.get("errorMessage") if said.get("errorType") == "InvocationFailed" else said.get("errorType")
    return f"{function} failed again: {why or answer['FunctionError']}"


def _lambda_client() -> Any:  # noqa: ANN401 - boto3's clients are made at run time
    """Return a client that waits as long as a function may run, and never calls it twice by itself."""
    patient = Config(
        read_timeout=_MAX_FUNCTION_SECONDS + _SPARE_SECONDS // 2, retries={"total_max_attempts": 1}
    )
    return boto3.client("lambda", config=patient)


def _sent_at(message: Mapping[str, Any]) -> int:
    return int(message.get("Attributes", {}).get("SentTimestamp", 0))
