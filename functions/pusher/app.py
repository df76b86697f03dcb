"""Entry of `pusher`: messages from SQS that name a push, and the sweep by schedule."""

import json
import time
from typing import Any

from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cabinet.aws.event_handler import event_handler
from cabinet.aws.sqs_batch import SafeBatchProcessor
from cabinet.notifications.channels.push.worker import Pusher

_processor = SafeBatchProcessor()


@event_handler
def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - Lambda's own
    """Tell the schedule from the queue."""
    pusher = Pusher(lambda: context.get_remaining_time_in_millis() / 1000)
    if event.get("schedule") == "pushes":
        # Another shard goes first each minute, so that none starves when time runs out.
        pusher.sweep(first_shard=int(time.time() // 60))
        return {"taken": pusher.taken}

    def send(record: SQSRecord) -> None:
        message = json.loads(record.body)
        pusher.send_for_user(message["pk"], message["sk"].partition("#")[0])

    return process_partial_response(event, send, _processor, context)
