"""The outbox: a letter is a row written in the transaction that causes it; SQS is only a nudge after commit.

Here is the writing side, for every function. Claiming and sending is the mailer's (``delivery.py``).
"""

import hashlib
import json
import os
import uuid
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cabinet import clock, dynamo
from cabinet.dynamo import IS_ABSENT, Key, Table, Transaction

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SHARDS = 16


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person: which template, to whom, with what.

    `letter_id` decides what counts as the same letter: give one that follows from the event
    (``payment-<order>``), and a repeated event writes nothing new.
    """

    template: str
    to: str
    params: dict[str, Any]
    """JSON-able values for the template; secrets of links included, so rows live only until sent."""
    letter_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    user_id: str | None = None
    mailing: str | None = None
    """``receipts``, ``reminders`` or ``notices``: the person may have unsubscribed; None for service mail."""
    account_id: str | None = None


def letter_key(letter: Letter) -> Key:
    """Return the key of the letter's row: one person's letters share a shard, so their order can be kept."""
    shard = int.from_bytes(hashlib.sha256(letter.to.lower().encode()).digest()[:2]) % SHARDS
    return f"OUTBOX#{shard}", letter.letter_id


def enqueue(transaction: Transaction, letter: Letter) -> None:
    """Add the letter to the transaction of the change that it tells of."""
    pk, sk = letter_key(letter)
    transaction.put(
        Table.MESSAGES,
        {
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
            "created_at": clock.timestamp(clock.now()),
        },
        when=IS_ABSENT,
        otherwise=dynamo.conflict,
    )


@cache
def _sqs() -> "SQSClient":
    client: SQSClient = boto3.client("sqs")
    return client


def nudge(*letters: Letter) -> None:
    """Tell the mailer, after the commit; a lost nudge is found by the sweep, so failures are ignored."""
    try:
        for letter in letters:
            body = json.dumps(dict(zip(("pk", "sk"), letter_key(letter), strict=True)))
            _sqs().send_message(QueueUrl=os.environ["MAIL_QUEUE_URL"], MessageBody=body)
    except (BotoCoreError, ClientError):
        return
