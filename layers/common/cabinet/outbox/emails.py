"""The outbox: an email is a row written in the transaction that causes it; SQS only wakes the worker.

Here is the writing side, for every function. Claiming and what follows is the worker's
(``notifications.outbox_store``).
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cabinet.aws import dynamo, queues
from cabinet.aws.dynamo import IS_ABSENT, Item, Key, Table, Transaction, key_attributes
from cabinet.aws.queues import Queue
from cabinet.core import clock
from cabinet.core.contacts import recipient_hash
from cabinet.core.correlation import correlation_id
from cabinet.core.sharding import shard_for

SHARDS = 16


@dataclass(frozen=True, slots=True)
class Email:
    """One mail to one person: which template, to whom, with what.

    `email_id` decides what counts as the same email: give one that follows from the event
    (``payment-<order>``), and an event repeated while it waits writes nothing new.
    """

    template: str
    to: str
    params: dict[str, Any]
    """JSON-able values for the template; secrets of links included, so rows live only until sent."""
    email_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    user_id: str | None = None
    """The addressee's user: an email to one who has deleted the cabinet meanwhile is not sent."""
    mailing: str | None = None
    """``receipts``, ``reminders`` or ``notices``: the person may have unsubscribed; None for service mail."""
    account_id: str | None = None


def outbox_key(email: Email) -> Key:
    """Return the key of the email's row: a person's emails share a partition, so their order is kept."""
    address_hash = recipient_hash(email.to)
    return f"OUTBOX#{shard_for(address_hash, SHARDS)}", f"{address_hash}#{email.email_id}"


def pending_row(email: Email) -> Item:
    """Return the row of an email that has just been written and waits to be sent."""
    return {
        **key_attributes(outbox_key(email)),
        "template": email.template,
        "to": email.to,
        "params": json.dumps(email.params, ensure_ascii=False),
        "user_id": email.user_id,
        "mailing": email.mailing,
        "account_id": email.account_id,
        "status": "waiting",
        "attempts": 0,
        "due_at": 0,
        "created_at": clock.timestamp(clock.now()),
        "correlation_id": correlation_id(),
    }


def enqueue(transaction: Transaction, email: Email) -> None:
    """Add the e-mail to the transaction of the change that it is about."""
    transaction.put(Table.MESSAGES, pending_row(email), condition=IS_ABSENT, on_conflict=dynamo.conflict)


def commit_with_emails(transaction: Transaction, emails: Sequence[Email]) -> None:
    """Commit a change with the emails that tell of it, and wake the mailer."""
    for email in emails:
        enqueue(transaction, email)
    transaction.commit()
    wake_mailer(*emails)


def wake_mailer(*emails: Email) -> None:
    """Wake the mailer, after the commit; a lost message is found by the sweep, so failures are ignored."""
    wake_mailer_for([outbox_key(email) for email in emails])


def wake_mailer_for(keys: Sequence[Key], *, delay_seconds: int = 0) -> None:
    """Send the mailer the keys of e-mails, at once or when they are due again."""
    # The sweep finds what is not queued, and what must wait longer than a queue keeps a message back.
    queues.try_send(Queue.MAIL, [{"pk": pk, "sk": sk} for pk, sk in keys], delay_seconds=delay_seconds)
