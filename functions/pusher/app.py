"""Entry of `pusher`: messages from SQS that name a push, and the sweep by schedule."""

import time
from typing import Any

from cabinet.aws.event_handler import event_handler
from cabinet.aws.sqs_batch import process_messages
from cabinet.notifications.channels.push.worker import Pusher


@event_handler
def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - Lambda's own
    """Tell the schedule from the queue."""
    pusher = Pusher(lambda: context.get_remaining_time_in_millis() / 1000)
    if event.get("schedule") == "pushes":
        # Another shard goes first each minute, so that none starves when time runs out.
        pusher.sweep(first_shard=int(time.time() // 60))
        return {"taken": pusher.taken}

    def serve(message: dict[str, Any]) -> None:
        pusher.serve(message["pk"], message["sk"].partition("#")[0])

    return process_messages(event, serve, context)
