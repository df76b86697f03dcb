"""Takes a queue's messages to its function, as Lambda's event source mapping does.

A message that failed is left alone: it comes back when it is visible again, and after the last try the
queue's own redrive policy makes a dead letter of it.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cabinet.aws.clients import create_client
from cabinet.aws.event_handler import InvocationFailed
from cabinet.aws.failures import service_code
from cabinet.core.logging import Event, log_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_sqs import SQSClient

    from serve.invocation import Invoker
    from serve.manifest import QueueSource
    from serve.stopping import Stop

_PAUSE_SECONDS = 5.0
_READ_TIMEOUT_SECONDS = 30


def queue_client() -> SQSClient:
    """Return a client whose answers may take as long as a queue is listened to."""
    config = Config(
        connect_timeout=2,
        read_timeout=_READ_TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 2},
    )
    client: SQSClient = create_client("sqs", config=config)
    return client


class Consumer:
    """One queue in this process."""

    def __init__(
        self, source: QueueSource, invoker: Invoker, client: SQSClient, stop: Stop, wait_seconds: int
    ) -> None:
        self._source = source
        self._invoker = invoker
        self._client = client
        self._stop = stop
        self._wait_seconds = wait_seconds
        self._url = os.environ[source.variable]

    def run(self) -> None:
        """Work until a stop is asked for."""
        while not self._stop.is_requested:
            try:
                messages = self._receive()
                if self._stop.is_requested:
                    self._release(messages)
                elif messages:
                    self._process(messages)
            except (BotoCoreError, ClientError) as error:
                log_error(Event.QUEUE_UNREADABLE, queue=self._source.name, code=service_code(error))
                self._stop.wait(_PAUSE_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - jitter

    def _receive(self) -> Sequence[Any]:
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=self._source.batch_size,
            VisibilityTimeout=self._source.visibility_seconds,
            WaitTimeSeconds=self._wait_seconds,
            AttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
        )
        return answer.get("Messages", [])

    def _process(self, messages: Sequence[Any]) -> None:
        try:
            answer = self._invoker.invoke({"Records": [_lambda_record(message) for message in messages]})
        except InvocationFailed:
            return
        failed = {each["itemIdentifier"] for each in (answer or {}).get("batchItemFailures", ())}
        self._delete([message for message in messages if message["MessageId"] not in failed])

    def _delete(self, messages: Sequence[Any]) -> None:
        if messages:
            self._client.delete_message_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                    for index, message in enumerate(messages)
                ],
            )

    def _release(self, messages: Sequence[Any]) -> None:
        """Release messages received while we were stopping, so that others get them at once."""
        for message in messages:
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )


def _lambda_record(message: Any) -> dict[str, Any]:  # noqa: ANN401 - SQS's message
    """Return a message as Lambda shows it to a function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {},
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": "",
        "awsRegion": os.environ.get("AWS_REGION", ""),
    }
