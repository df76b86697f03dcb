"""Messages to the workers. Each carries the identifier of the action that caused it (`core.correlation`)."""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from functools import cache
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cabinet.aws.clients import create_client
from cabinet.core.correlation import correlation_id

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_DELAY_SECONDS = 900
"""SQS keeps a message back for a quarter of an hour at most."""
_BATCH = 10


class Queue(StrEnum):
    """The workers' queues, by the variable that holds each one's address."""

    MAIL = "MAIL_QUEUE_URL"
    IMPORTS = "IMPORT_QUEUE_URL"
    FANOUT = "REMINDER_QUEUE_URL"
    """Shards of every mailing to many; reminders were the first."""
    BACKGROUND_TASKS = "EXPORT_QUEUE_URL"
    """Whatever the exports function makes: registries, archives of own data, templates of ГИС, webhooks."""
    RECONCILIATION = "RECONCILIATION_QUEUE_URL"
    PUSHES = "PUSH_QUEUE_URL"


class NotQueued(Exception):
    """SQS took some messages of a batch and refused others."""


@cache
def sqs_client() -> "SQSClient":
    """Return the one client, made at the first use and kept warm."""
    # Waking the mailer is optional: it must not keep a subscriber waiting.
    config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
    client: SQSClient = create_client("sqs", config=config)
    return client


def send(queue: Queue, bodies: Sequence[dict[str, Any]], *, delay_seconds: int = 0) -> None:
    """Put messages into a queue; each may arrive twice.

    Raises
    ------
    botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, NotQueued
        Some or all of them were not taken; sending all again is safe.
    """
    for chunk in batched(bodies, _BATCH, strict=False):
        answer = sqs_client().send_message_batch(
            QueueUrl=os.environ[queue],
            Entries=[
                {
                    "Id": str(index),
                    "MessageBody": json.dumps(body | {"correlation_id": correlation_id()}),
                    "DelaySeconds": min(delay_seconds, MAX_DELAY_SECONDS),
                }
                for index, body in enumerate(chunk)
            ],
        )
        if answer.get("Failed"):
            raise NotQueued(answer["Failed"][0]["Code"])


def try_send(queue: Queue, bodies: Sequence[dict[str, Any]], *, delay_seconds: int = 0) -> None:
    """Put messages into a queue, where what is lost is found or asked for again: failures are ignored."""
    with suppress(BotoCoreError, ClientError, NotQueued):
        send(queue, bodies, delay_seconds=delay_seconds)
