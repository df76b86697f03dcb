"""Entry of `imports`: a registry (S3), its continuation, a person's file or an undo (SQS), as time allows."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from botocore.exceptions import ClientError

from cabinet.aws import queues
from cabinet.aws.event_handler import InvocationFailed, event_handler
from cabinet.aws.failures import error_code, error_location
from cabinet.aws.queues import Queue
from cabinet.core.logging import Event, log_error, log_event
from cabinet.core.remaining_time import SecondsLeft
from cabinet.exchange.imports import desk_import_job, import_job, undo_job
from cabinet.exchange.imports.import_job import ImportResult
from cabinet.exchange.imports.undo_requests import Undo

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_DELAY_SECONDS = {ImportResult.CONTINUE: 0, ImportResult.WAIT: 20}


@event_handler
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Import what the event names; a failed message goes back to its queue, a failed S3 event is retried."""

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    failed = []
    for record in event["Records"]:
        try:
            _process_record(record, seconds_left)
        except Exception as error:  # noqa: BLE001 - the outermost edge
            # The class, not the message: a registry is full of people.
            log_error(
                Event.REGISTRY_FAILED,
                error=type(error).__name__,
                code=error_code(error),
                place=error_location(error.__traceback__),
                message_id=record.get("messageId"),
            )
            if "messageId" not in record:
                raise InvocationFailed(type(error).__name__) from None
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _process_record(record: dict[str, Any], seconds_left: SecondsLeft) -> None:
    if "s3" in record:
        return import_object(unquote_plus(record["s3"]["object"]["key"]), seconds_left)
    body = json.loads(record["body"])
    if "undo" in body:
        return undo_import(Undo(body["supplier_id"], body["undo"]), seconds_left)
    return import_object(str(body["object_key"]), seconds_left)


def import_object(object_key: str, seconds_left: SecondsLeft) -> None:
    """Import one object, and send it round again when it could not be finished."""
    try:
        job = import_job.job_for_object(object_key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            desk_import_job.reject_missing(object_key)
            return  # deleted before this run
        raise
    if job is None:
        return
    outcome = (desk_import_job if job.is_from_desk else import_job).run(job, seconds_left)
    if outcome is not ImportResult.DONE:
        log_event(Event.REGISTRY_REQUEUED, supplier_id=job.supplier_id, import_id=job.import_id)
        queues.send(Queue.IMPORTS, [{"object_key": object_key}], delay_seconds=_DELAY_SECONDS[outcome])


def undo_import(undo: Undo, seconds_left: SecondsLeft) -> None:
    """Undo one import, and send it round again when it could not be finished."""
    outcome = undo_job.run(undo, seconds_left)
    if outcome is not ImportResult.DONE:
        log_event(Event.REGISTRY_REQUEUED, supplier_id=undo.supplier_id, import_id=undo.import_id)
        body = {"undo": undo.import_id, "supplier_id": undo.supplier_id}
        queues.send(Queue.IMPORTS, [body], delay_seconds=_DELAY_SECONDS[outcome])
