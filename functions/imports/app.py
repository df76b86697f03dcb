"""Entry of `imports`: an uploaded registry (S3) or its continuation (SQS), as far as time allows."""

import json
import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import boto3
from botocore.exceptions import ClientError
from cabinet.exchange import importing
from cabinet.exchange.importing import Outcome
from cabinet.log import Event, logger, note

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_sqs import SQSClient

_DELAY_SECONDS = {Outcome.CONTINUE: 0, Outcome.WAIT: 20}


@cache
def _sqs() -> "SQSClient":
    client: SQSClient = boto3.client("sqs")
    return client


def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Import what the event names; a failed message goes back to its queue, a failed S3 event is retried."""

    def remaining() -> float:
        return context.get_remaining_time_in_millis() / 1000

    failed = []
    for record in event["Records"]:
        if "s3" in record:
            import_object(unquote_plus(record["s3"]["object"]["key"]), remaining)
            continue
        try:
            import_object(json.loads(record["body"])["object_key"], remaining)
        except Exception:  # noqa: BLE001 - the outermost edge: one message's failure is that message's
            logger.exception(Event.REGISTRY_FAILED.value, extra={"message_id": record["messageId"]})
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def import_object(object_key: str, remaining: Callable[[], float]) -> None:
    """Import one object, and send it round again when it could not be finished."""
    try:
        job = importing.job_of(object_key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return  # taken away before we came
        raise
    if job is None:
        return
    outcome = importing.run(job, remaining)
    if outcome is not Outcome.DONE:
        note(Event.REGISTRY_CONTINUED, supplier_id=job.supplier_id, import_id=job.import_id)
        _sqs().send_message(
            QueueUrl=os.environ["IMPORT_QUEUE_URL"],
            MessageBody=json.dumps({"object_key": object_key}),
            DelaySeconds=_DELAY_SECONDS[outcome],
        )
