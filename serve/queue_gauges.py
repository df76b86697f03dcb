"""How many messages wait in the queues and among their dead letters, as the alarms ask."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cabinet.aws.failures import service_code
from cabinet.core.logging import Event, log_error
from serve.metrics import Series, family_name, gauge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_sqs import SQSClient

    from serve.manifest import QueueSource
    from serve.metrics import Metrics
    from serve.stopping import Stop

_FAMILY = family_name("AWS/SQS", "ApproximateNumberOfMessagesVisible")
_PAUSE_SECONDS = 60
EVENT_DEAD_LETTERS = "EVENT_DEAD_LETTERS_URL"


def waiting_series(queue: str) -> Series:
    """Return the series of a queue by its logical id."""
    return gauge(_FAMILY, QueueName=queue)


class QueueGauges:
    """Looks at all queues once a minute; `events` names the queue of events that failed every try."""

    def __init__(
        self,
        sources: Sequence[QueueSource],
        client: SQSClient,
        metrics: Metrics,
        stop: Stop,
        events: str,
    ) -> None:
        self._sources = sources
        self._events = events
        self._client = client
        self._metrics = metrics
        self._stop = stop

    def run(self) -> None:
        """Work until a stop is asked for."""
        pause = 0.0
        while not self._stop.wait(pause):
            pause = _PAUSE_SECONDS
            for source in self._sources:
                try:
                    self.measure(source)
                except (BotoCoreError, ClientError) as error:
                    log_error(Event.QUEUE_UNREADABLE, queue=source.name, code=service_code(error))
            self.measure_events()

    def measure(self, source: QueueSource) -> None:
        """Set the gauges of one queue and, if it has one, of its dead-letter queue."""
        policy = self._set_gauge(source.name, os.environ[source.variable])
        if policy:
            name = json.loads(policy)["deadLetterTargetArn"].rsplit(":", 1)[-1]
            self._set_gauge(source.dead_letters, self._client.get_queue_url(QueueName=name)["QueueUrl"])

    def measure_events(self) -> None:
        """Set the gauge of events that failed every try, if there is a queue for them."""
        url = os.environ.get(EVENT_DEAD_LETTERS)
        if not url:
            return
        try:
            self._set_gauge(self._events, url)
        except (BotoCoreError, ClientError) as error:
            log_error(Event.QUEUE_UNREADABLE, queue=self._events, code=service_code(error))

    def _set_gauge(self, queue: str, url: str) -> str:
        """Set the gauge of a queue's waiting messages; return its redrive policy."""
        attributes = self._client.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages", "RedrivePolicy"]
        )["Attributes"]
        self._metrics.set(waiting_series(queue), float(attributes["ApproximateNumberOfMessages"]))
        return attributes.get("RedrivePolicy", "")
