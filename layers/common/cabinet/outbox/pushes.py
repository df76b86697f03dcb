"""Pushes that wait to be sent: one row a person and event, apart from the email (docs/adr/0065).

Here is the writing side, for every function; what follows is the worker's (``notifications.channels.push``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cabinet.aws import queues
from cabinet.aws.dynamo import ALWAYS, Item, Key, Table, Transaction, key_attributes
from cabinet.aws.queues import Queue
from cabinet.core import clock
from cabinet.core.correlation import correlation_id
from cabinet.core.errors import Conflict
from cabinet.core.sharding import shard_for
from cabinet.outbox.emails import SHARDS, Email, commit_with_emails


@dataclass(frozen=True, slots=True)
class Push:
    """One push to all browsers of one person: no text, for what it says follows from the template alone."""

    template: str
    """Template of the e-mail with the same content."""
    user_id: str
    push_id: str
    """What counts as the same push while it waits; an email's identifier."""
    time_zone: str
    """Where it is night or day for the person: the supplier's, by IANA."""
    account_id: str | None = None
    """The person must have it in the cabinet still, and under the same holder."""


def push_row_key(push: Push) -> Key:
    """Return the key of the push's row: one person's pushes share a partition."""
    return f"PUSHBOX#{shard_for(push.user_id, SHARDS)}", f"{push.user_id}#{push.push_id}"


def pending_push(push: Push) -> Item:
    """Return the row of a push that has just been written and waits to be sent."""
    return {
        **key_attributes(push_row_key(push)),
        "template": push.template,
        "user_id": push.user_id,
        "account_id": push.account_id,
        "time_zone": push.time_zone,
        "status": "waiting",
        "attempts": 0,
        "due_at": 0,
        "created_at": clock.timestamp(clock.now()),
        "correlation_id": correlation_id(),
    }


def enqueue_push(transaction: Transaction, push: Push) -> None:
    """Add the push to the transaction of the change that it is about.

    What caused it has its own condition; a push that waits under the same name is the same one.
    """
    transaction.put(Table.MESSAGES, pending_push(push), condition=ALWAYS, on_conflict=Conflict)


def commit_with_notifications(
    transaction: Transaction, emails: Sequence[Email], pushes: Sequence[Push]
) -> None:
    """Commit a change with the emails and pushes that tell of it, and wake their workers."""
    for push in pushes:
        enqueue_push(transaction, push)
    commit_with_emails(transaction, emails)
    wake_pusher(*pushes)


def wake_pusher(*pushes: Push) -> None:
    """Wake the worker, after the commit; a lost message is found by the sweep, so failures are ignored."""
    wake_pusher_for([push_row_key(push) for push in pushes])


def wake_pusher_for(keys: Sequence[Key], *, delay_seconds: int = 0) -> None:
    """Send the worker the keys of pushes, at once or when they are due again."""
    # The sweep finds what is not queued, and what must wait longer than a queue keeps a message back.
    queues.try_send(Queue.PUSHES, [{"pk": pk, "sk": sk} for pk, sk in keys], delay_seconds=delay_seconds)
