"""Events as the worker and the desk see them: claimed in the order of a queue, then delivered or rescheduled.

An event leaves its queue in one transaction with its row in the log, so whatever moment the worker dies in,
the event is in exactly one place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from cabinet.audit.store import AddAuditRow
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Item, Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import Conflict
from cabinet.core.identifiers import supplier_part
from cabinet.webhooks.delivery_rules import LEASE_SECONDS
from cabinet.webhooks.events import WAITING_RETENTION
from cabinet.webhooks.keys import (
    log_partition,
    waiting_key,
    waiting_partition,
    waiting_partitions,
)
from cabinet.webhooks.model import Delivery, WaitingEvent

LOG_RETENTION = timedelta(days=30)
PAGE_SIZE = 25
_READ_AT_ONCE = 5

_CLAIM_UNCHANGED = "#status = :status AND #due_at = :due_at AND #attempts = :attempts"
_IS_MINE = "#claim = :claim"


class ClaimLost(Conflict):
    """Another worker has claimed the event, or ours took so long that the claim has ended."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some deliveries, the newest first, and where to continue."""

    items: list[Delivery]
    following: Item | None


def next_event(account_id: str) -> WaitingEvent | None:
    """Return the event of an account that goes next; None when none waits."""
    queue = dynamo.query_all(
        Table.MESSAGES, waiting_partition(account_id), begins=f"{account_id}#", limit=_READ_AT_ONCE,
        consistent=True,
    )  # fmt: skip
    # A page of only expired rows, which stay for days, is empty and not the last one.
    row = next(queue, None)
    return None if row is None else WaitingEvent.model_validate(row)


def waiting(supplier_id: str) -> Iterator[WaitingEvent]:
    """Yield a supplier's events that wait, an account's together."""
    for partition in waiting_partitions(supplier_id):
        for row in dynamo.query_all(Table.MESSAGES, partition):
            yield WaitingEvent.model_validate(row)


def claim(event: WaitingEvent, claim_id: str, attempts: int) -> WaitingEvent:
    """Take the event for `LEASE_SECONDS` as its `attempts`-th try; raises ClaimLost."""
    moment = clock.now()
    changes = {
        "status": "sending",
        "due_at": clock.epoch(moment) + LEASE_SECONDS,
        "attempts": attempts,
        "tried_at": clock.timestamp(moment),
    }
    dynamo.update(
        Table.MESSAGES,
        (event.pk, event.sk),
        "SET #status = :sending, #due_at = :lease, #attempts = :tried, #tried_at = :at, #claim = :claim",
        # Our own claim whose answer was lost is ours all the same.
        condition=f"({_CLAIM_UNCHANGED}) OR {_IS_MINE}",
        on_conflict=ClaimLost,
        status=event.status, due_at=event.due_at, attempts=event.attempts,
        sending="sending", lease=changes["due_at"], tried=attempts, at=changes["tried_at"], claim=claim_id,
    )  # fmt: skip
    return event.model_copy(update=changes)


def mark_delivered(event: WaitingEvent, claim_id: str, http_status: int) -> None:
    """Put the event into the log and take it out of its queue; raises ClaimLost."""
    moment = clock.now()
    transaction = Transaction()
    transaction.delete(
        Table.MESSAGES, (event.pk, event.sk), condition=_IS_MINE, on_conflict=ClaimLost, claim=claim_id
    )
    delivery = Delivery(
        pk=log_partition(supplier_part(event.account_id)),
        sk=f"{int(moment.timestamp() * 1_000_000):017d}-{event.event_id}",
        delivered_at=clock.timestamp(moment),
        http_status=http_status,
        **event.model_dump(include={"event_id", "kind", "account_id", "body", "created_at", "attempts"}),
    )
    transaction.put(
        Table.MESSAGES,
        delivery.model_dump(mode="json") | {"expires_at": clock.epoch(moment + LOG_RETENTION)},
        condition=IS_ABSENT,
        on_conflict=dynamo.conflict,
    )
    transaction.commit()


def reschedule(event: WaitingEvent, claim_id: str, *, pause_seconds: int, failure: str) -> None:
    """Make the event wait for a later try; raises ClaimLost."""
    dynamo.update(
        Table.MESSAGES,
        (event.pk, event.sk),
        "SET #status = :waiting, #due_at = :due_at, #failure = :failure REMOVE #claim",
        condition=_IS_MINE,
        on_conflict=ClaimLost,
        claim=claim_id,
        waiting="waiting",
        due_at=clock.epoch(clock.now()) + pause_seconds,
        failure=failure,
    )


def list_log(supplier_id: str, after: Item | None = None) -> LogPage:
    """Return a page of what a supplier was notified of, the newest first."""
    page = dynamo.query(
        Table.MESSAGES, log_partition(supplier_id), after=after, limit=PAGE_SIZE, newest_first=True
    )
    return LogPage([Delivery.model_validate(row) for row in page.items], page.next_key)


def find_delivery(supplier_id: str, delivery_id: str) -> Delivery:
    """Return one delivery; raises NotFound."""
    row = dynamo.require(Table.MESSAGES, (log_partition(supplier_id), delivery_id), consistent=True)
    return Delivery.model_validate(row)


def replay(delivery: Delivery, record: AddAuditRow) -> None:
    """Put a delivered event back into its queue, by its own identifier, octet for octet.

    It takes the place that it had, so it goes before what has come since. Raises Conflict while it waits.
    """
    pk, sk = waiting_key(delivery.account_id, delivery.created_at, delivery.event_id)
    event = WaitingEvent(
        pk=pk, sk=sk, **delivery.model_dump(include={"event_id", "kind", "account_id", "body", "created_at"})
    )
    expires_at = clock.epoch(clock.now() + WAITING_RETENTION)
    transaction = Transaction()
    transaction.put(
        Table.MESSAGES,
        event.model_dump(mode="json") | {"expires_at": expires_at},
        condition=IS_ABSENT,
        on_conflict=Conflict,
    )
    record(transaction)
    transaction.commit()
