"""A person with browsers, what waits for them, and a push service that keeps what comes."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table, Transaction
from cabinet.core import clock
from cabinet.identity.keys import profile_key, session_key
from cabinet.identity.push_subscription_rules import PushSubscription, SubscriptionInput
from cabinet.identity.push_subscriptions import subscribe
from cabinet.outbound.connection import Answer
from cabinet.outbox.pushes import Push, enqueue_push, push_row_key
from cabinet.web_push.encryption import decrypt, point_of, to_base64url
from cabinet.web_push.push_keys import current_push_key
from tests.support.aws import Aws
from tests.support.lambda_context import Context

ZONE = "Asia/Yekaterinburg"
BROWSER, SECRET = ec.generate_private_key(ec.SECP256R1()), bytes(range(16))
KEYS = {"p256dh": to_base64url(point_of(BROWSER.public_key())), "auth": to_base64url(SECRET)}
_ALWAYS = "attribute_not_exists(pk) OR attribute_exists(pk)"


class FakeService:
    """Replaces `connection.post`: decrypts and keeps what was sent, and answers by browser."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[Mapping[str, str]] = []
        self.answers: dict[str, Answer | Exception] = {}

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        answer = self.answers.get(url, Answer(201))
        if isinstance(answer, Exception):
            raise answer
        if answer.status == 201:
            self.got.append((url, json.loads(decrypt(body, BROWSER, SECRET))))
            self.headers.append(headers)
        return answer

    @property
    def titles(self) -> list[str]:
        return [said["title"] for _, said in self.got]


def write_person(user_id: str = "u1", **more: Any) -> None:
    """Write a profile and a session that may subscribe."""
    pk, sk = profile_key(user_id)
    row = {"pk": pk, "sk": sk, "user_id": user_id, "email": f"{user_id}@example.ru"} | more
    dynamo.put(Table.USERS, row, condition=_ALWAYS, on_conflict=dynamo.conflict)


def add_browser(number: int = 1, user_id: str = "u1", key_id: str = "") -> PushSubscription:
    """Subscribe another browser of a person, in a session of its own."""
    pk, sk = session_key(user_id, f"s{number}")
    now = clock.now()
    row = {"pk": pk, "sk": sk, "created_at": clock.timestamp(now), "seen_at": clock.epoch(now)}
    dynamo.put(Table.USERS, row, condition=_ALWAYS, on_conflict=dynamo.conflict)
    profile = dynamo.get(Table.USERS, profile_key(user_id), consistent=True)
    assert profile is not None
    given = SubscriptionInput(f"https://push.example.net/{number}", KEYS["p256dh"], KEYS["auth"])
    return subscribe(profile, f"s{number}", given, key_id or current_push_key().id, "Firefox", now)


def push(template: str, name: str = "one", **more: Any) -> Push:
    return Push(template, "u1", name, ZONE, **more)


def write(*pushes: Push) -> None:
    for each in pushes:
        transaction = Transaction()
        enqueue_push(transaction, each)
        transaction.commit()


def run(event: dict[str, Any]) -> Any:
    from pusher.app import handler

    return handler(event, Context())


def run_for(*pushes: Push) -> Any:
    """Run the worker by messages that name pushes."""
    records = []
    for each in pushes:
        pk, sk = push_row_key(each)
        body = json.dumps({"pk": pk, "sk": sk})
        records.append({"messageId": each.push_id, "body": body, "eventSource": "aws:sqs"})
    return run({"Records": records})


def run_sweep() -> Any:
    return run({"schedule": "pushes"})


def waiting(aws: Aws, user_id: str = "") -> list[dict[str, Any]]:
    """Return the pushes that wait, the oldest first."""
    rows = aws.rows("MESSAGES_TABLE")
    found = [row for row in rows if row["pk"].startswith("PUSHBOX#") and user_id in ("", row["user_id"])]
    return sorted(found, key=lambda row: row["created_at"])


def due_at(row: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(row["due_at"]), UTC)
