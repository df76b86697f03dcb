"""Writing an event: a row in the transaction of the change; a message only wakes the worker.

A supplier without a webhook costs nothing: the caller knows from the settings that it has read anyway.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from cabinet.aws import dynamo, queues
from cabinet.aws.dynamo import IS_ABSENT, Table, Transaction, key_attributes
from cabinet.aws.queues import Queue
from cabinet.core import clock
from cabinet.core.correlation import correlation_id
from cabinet.core.identifiers import supplier_part
from cabinet.webhooks.keys import waiting_key
from cabinet.webhooks.model import Data, EventKind

TASK = "webhooks"
"""What the worker's queue calls our work."""
WAITING_RETENTION = timedelta(days=30)
"""How long an event waits for an endpoint that was ended, paused or removed from the settings."""


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """Something that a supplier is notified of."""

    kind: EventKind
    account_id: str
    source: str
    """What it follows from; with the kind it makes the identifier, alike whenever the change is tried."""
    data: Data

    @property
    def event_id(self) -> str:
        """Return `webhook-id`: by it a receiver knows what it has had before."""
        named = f"{self.kind}/{self.account_id}/{self.source}"
        return f"evt_{hashlib.sha256(named.encode()).hexdigest()[:32]}"


def enqueue_event(transaction: Transaction, event: WebhookEvent) -> None:
    """Add the event to the transaction of the change that it is about."""
    moment = clock.now()
    created_at = clock.timestamp(moment)
    payload = {
        "type": event.kind.value,
        "timestamp": created_at,
        "data": {"supplier_id": supplier_part(event.account_id), "account_id": event.account_id} | event.data,
    }
    transaction.put(
        Table.MESSAGES,
        {
            **key_attributes(waiting_key(event.account_id, created_at, event.event_id)),
            "event_id": event.event_id,
            "kind": event.kind.value,
            "account_id": event.account_id,
            "body": json.dumps(payload, ensure_ascii=False, separators=(",", ":")),
            "created_at": created_at,
            "status": "waiting",
            "attempts": 0,
            "due_at": 0,
            "tried_at": "",
            "correlation_id": correlation_id(),
            "expires_at": clock.epoch(moment + WAITING_RETENTION),
        },
        condition=IS_ABSENT,
        on_conflict=dynamo.conflict,
    )


def wake_deliverer_for(account_ids: Iterable[str], *, delay_seconds: int = 0) -> None:
    """Wake the worker, after the commit; a lost message is found by the sweep, so failures are ignored."""
    tasks = [{"what": TASK, "account_id": account_id} for account_id in dict.fromkeys(account_ids)]
    queues.try_send(Queue.BACKGROUND_TASKS, tasks, delay_seconds=delay_seconds)
