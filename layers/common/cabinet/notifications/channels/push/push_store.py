"""The outbox of pushes as the worker sees it: claimed, then deleted, or rescheduled.

A push leaves no row behind: what was sent is in the log of events alone. Killed between a browser's push and
the note of it, the worker's successor sends a second one, which replaces the first on the screen.
"""

from collections.abc import Iterable, Iterator

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.core.errors import Conflict
from cabinet.notifications.channels.push.model import QueuedPush
from cabinet.outbox.emails import SHARDS

LEASE_SECONDS = 180
"""How long a claim holds: twice the worker's timeout, so a living worker never loses a push to another."""
_PAGE_SIZE = 50

_CLAIM_UNCHANGED = "#status = :status AND #due_at = :due_at AND #attempts = :attempts"
_IS_MINE = "#claim = :claim"


class PushClaimLost(Conflict):
    """Another worker has claimed the push, or ours took so long that the claim has ended."""


def list_for_user(pk: str, user_id: str) -> list[QueuedPush]:
    """Return all pushes that wait for one person: the last of them may be the emergency."""
    rows = dynamo.query_all(Table.MESSAGES, pk, begins=f"{user_id}#", limit=_PAGE_SIZE, consistent=True)
    return [QueuedPush.model_validate(row) for row in rows]


def waiting(shard: int) -> Iterator[QueuedPush]:
    """Yield the pushes of a shard as the sweep finds them."""
    for row in dynamo.query_all(Table.MESSAGES, f"PUSHBOX#{shard % SHARDS}"):
        yield QueuedPush.model_validate(row)


def claim(push: QueuedPush, claim_id: str) -> QueuedPush:
    """Take the push for `LEASE_SECONDS`, counting the try; raises PushClaimLost."""
    due_at = clock.epoch(clock.now()) + LEASE_SECONDS
    dynamo.update(
        Table.MESSAGES,
        (push.pk, push.sk),
        "SET #status = :sending, #due_at = :lease, #attempts = :tried, #claim = :claim",
        # Our own claim whose answer was lost is ours all the same.
        condition=f"({_CLAIM_UNCHANGED}) OR {_IS_MINE}",
        on_conflict=PushClaimLost,
        status=push.status, due_at=push.due_at, attempts=push.attempts,
        sending="sending", lease=due_at, tried=push.attempts + 1, claim=claim_id,
    )  # fmt: skip
    return push.model_copy(update={"status": "sending", "due_at": due_at, "attempts": push.attempts + 1})


def close(push: QueuedPush, claim_id: str) -> None:
    """Take the push out of the outbox; raises PushClaimLost."""
    dynamo.delete(
        Table.MESSAGES, (push.pk, push.sk), condition=_IS_MINE, on_conflict=PushClaimLost, claim=claim_id
    )


def reschedule(
    push: QueuedPush, claim_id: str, *, due_at: int, attempts: int, delivered: Iterable[str]
) -> None:
    """Let the push be tried again at `due_at`, for the browsers that are not done with it."""
    dynamo.update(
        Table.MESSAGES,
        (push.pk, push.sk),
        "SET #status = :waiting, #due_at = :due_at, #attempts = :attempts, #delivered = :delivered"
        " REMOVE #claim",
        condition=_IS_MINE,
        on_conflict=PushClaimLost,
        waiting="waiting", due_at=due_at, attempts=attempts, delivered=list(delivered), claim=claim_id,
    )  # fmt: skip
