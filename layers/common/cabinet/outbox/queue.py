"""The outbox: a letter is a row written in the transaction that causes it; SQS only wakes the worker.

Here is the writing side, for every function. Claiming and what follows is the worker's
(``notifications.outbox_store``).
"""

import hashlib
import json
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import batched
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Key, Table, Transaction
from cabinet.aws.dynamo.serialization import Item
from cabinet.core import clock
from cabinet.core.contacts import canonical_email
from cabinet.core.sharding import shard_for

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SHARDS = 16
LONGEST_DELAY_SECONDS = 900
"""SQS keeps a message back for a quarter of an hour at most; the sweep does the rest."""
_SQS_BATCH = 10


@dataclass(frozen=True, slots=True)
class Email:
    """One mail to one person: which template, to whom, with what.

    `letter_id` decides what counts as the same letter: give one that follows from the event
    (``payment-<order>``), and an event repeated while it waits writes nothing new.
    """

    template: str
    to: str
    params: dict[str, Any]
    """JSON-able values for the template; secrets of links included, so rows live only until sent."""
    letter_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    user_id: str | None = None
    """The addressee's user: a letter to one who has deleted the cabinet meanwhile is not sent."""
    mailing: str | None = None
    """``receipts``, ``reminders`` or ``notices``: the person may have unsubscribed; None for service mail."""
    account_id: str | None = None


def recipient_hash(address: str) -> str:
    """Return what stands for an address in keys and logs, where the address itself must not stand."""
    return hashlib.sha256(canonical_email(address).encode()).hexdigest()[:24]


def email_key(letter: Email) -> Key:
    """Return the key of the letter's row: one person's letters stand together, so their order can be kept."""
    person = recipient_hash(letter.to)
    return f"OUTBOX#{shard_for(person, SHARDS)}", f"{person}#{letter.letter_id}"


def pending_row(letter: Email) -> Item:
    """Return the row of a letter that has just been written and waits to be sent."""
    pk, sk = email_key(letter)
    return {
        "pk": pk,
        "sk": sk,
        "template": letter.template,
        "to": letter.to,
        "params": json.dumps(letter.params, ensure_ascii=False),
        "user_id": letter.user_id,
        "mailing": letter.mailing,
        "account_id": letter.account_id,
        "status": "waiting",
        "attempts": 0,
        "due_at": 0,
        "created_at": clock.timestamp(clock.now()),
    }


def enqueue(transaction: Transaction, letter: Email) -> None:
    """Add the letter to the transaction of the change that it tells of."""
    transaction.put(Table.MESSAGES, pending_row(letter), condition=IS_ABSENT, on_conflict=dynamo.conflict)


@cache
def _sqs() -> "SQSClient":
    # Waking the worker is optional: it must not keep a subscriber waiting.
    config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
    client: SQSClient = boto3.client("sqs", config=config)
    return client


def wake_worker(*letters: Email) -> None:
    """Tell the mailer, after the commit; a lost message is found by the sweep, so failures are ignored."""
    wake_worker_for([email_key(letter) for letter in letters])


def wake_worker_for(keys: Sequence[Key], *, delay_seconds: int = 0) -> None:
    """Tell the mailer of letters by their keys, at once or when they are due again."""
    try:
        for chunk in batched(keys, _SQS_BATCH, strict=False):
            _sqs().send_message_batch(
                QueueUrl=os.environ["MAIL_QUEUE_URL"],
                Entries=[
                    {
                        "Id": str(index),
                        "MessageBody": json.dumps({"pk": pk, "sk": sk}),
                        "DelaySeconds": min(delay_seconds, LONGEST_DELAY_SECONDS),
                    }
                    for index, (pk, sk) in enumerate(chunk)
                ],
            )
    except (BotoCoreError, ClientError):
        return
