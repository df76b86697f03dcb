"""Starts the sweep of each endpoint: retries that a queue cannot keep back, events whose message was lost.

The mailer's schedule calls it (its own work is the other outbox); the calls to receivers are made elsewhere,
so that no receiver can hold mail up.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cabinet.aws import queues
from cabinet.aws.queues import Queue
from cabinet.core import clock
from cabinet.webhooks import endpoints
from cabinet.webhooks.events import TASK
from cabinet.webhooks.model import EndpointStatus

RECHECK_AFTER_NONE_FOUND = timedelta(minutes=10)
"""How long a process that has found no endpoint does not look again."""


@dataclass(slots=True)
class SweepStarter:
    """What a process remembers between two runs of the schedule."""

    _found_none_at: datetime | None = field(default=None, init=False)

    def start(self) -> int:
        """Queue the sweep of each endpoint that is sent to; return how many there are."""
        now = clock.now()
        if (
            self._found_none_at is not None
            and timedelta(0) <= now - self._found_none_at < RECHECK_AFTER_NONE_FOUND
        ):
            return 0
        active = [each.supplier_id for each in endpoints.list_all() if each.status is EndpointStatus.ACTIVE]
        self._found_none_at = None if active else now
        start_sweeps(active)
        return len(active)


def start_sweeps(supplier_ids: list[str]) -> None:
    """Queue sweeps; one that is lost is queued by the next run of the schedule."""
    queues.try_send(Queue.BACKGROUND_TASKS, [{"what": TASK, "supplier_id": each} for each in supplier_ids])
