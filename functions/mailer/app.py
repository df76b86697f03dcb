"""Entry of `mailer`: messages from SQS, the sweep by schedule, bounces and complaints by SNS."""

import json
import time
from typing import Any

from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cabinet.aws.event_handler import event_handler
from cabinet.aws.sqs_batch import SafeBatchProcessor
from cabinet.core.gauges import Gauges
from cabinet.core.logging import Event, log_event
from cabinet.notifications.suppression import read_report, suppress_addresses
from cabinet.notifications.worker import Mailer
from cabinet.webhooks.sweep import SweepStarter

_processor = SafeBatchProcessor()
_webhooks = SweepStarter()
gauges = Gauges("mailer")


@event_handler
def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - Lambda's own
    """Tell the three kinds of event apart."""
    mailer = Mailer(lambda: context.get_remaining_time_in_millis() / 1000)
    if event.get("schedule") == "outbox":
        _webhooks.start()
        # Another shard goes first each minute, so that none starves when time runs out.
        mailer.sweep(first_shard=int(time.time() // 60))
        _measure(mailer)
        return {"taken": mailer.taken}
    source = event["Records"][0]
    if source.get("EventSource") == "aws:sns":
        return _record_feedback(event["Records"])

    def send(record: SQSRecord) -> None:
        message = json.loads(record.body)
        mailer.send_for_recipient(message["pk"], message["sk"].partition("#")[0])

    return process_partial_response(event, send, _processor, context)


def _measure(mailer: Mailer) -> None:
    gauges.record(OldestEmailSeconds=mailer.oldest_untried_seconds())


def _record_feedback(records: list[dict[str, Any]]) -> None:
    for record in records:
        report = read_report(record["Sns"]["Message"])
        if report is None:
            log_event(Event.MAIL_REPORT_IGNORED, record=record["Sns"].get("MessageId"))
        else:
            suppress_addresses(report)
            log_event(Event.ADDRESS_SUPPRESSED, reason=report.reason, user_id=report.user_id)
