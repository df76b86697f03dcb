"""Entry of `mailer`: nudges from SQS, the sweep by schedule, bounces and complaints by SNS."""

import json
import time
from typing import Any

from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from cabinet.batch import QueueProcessor
from cabinet.edge import event_entry
from cabinet.log import Event, note
from cabinet.messaging.mailing import Mailer
from cabinet.messaging.suppression import read_report, suppress

_processor = QueueProcessor()


@event_entry
def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - Lambda's own
    """Tell the three kinds of event apart."""
    mailer = Mailer(lambda: context.get_remaining_time_in_millis() / 1000)
    if event.get("schedule") == "outbox":
        # Another shard goes first each minute, so that none starves when time runs out.
        mailer.sweep(first_shard=int(time.time() // 60))
        return {"taken": mailer.taken}
    source = event["Records"][0]
    if source.get("EventSource") == "aws:sns":
        return _note_reports(event["Records"])

    def serve(record: SQSRecord) -> None:
        nudge = json.loads(record.body)
        mailer.serve(nudge["pk"], nudge["sk"].partition("#")[0])

    return process_partial_response(event, serve, _processor, context)


def _note_reports(records: list[dict[str, Any]]) -> None:
    for record in records:
        report = read_report(record["Sns"]["Message"])
        if report is None:
            note(Event.MAIL_REPORT_IGNORED, record=record["Sns"].get("MessageId"))
        else:
            suppress(report)
            note(Event.ADDRESS_SUPPRESSED, reason=report.reason, user_id=report.user_id)
