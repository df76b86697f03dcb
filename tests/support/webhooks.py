"""A supplier with a webhook, and the receiver at its other end, which verifies what comes."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Verifier

from cabinet.accounts.supplier_model import Webhook
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table, Transaction
from cabinet.outbound.connection import Answer
from cabinet.webhooks import endpoints, signing_keys
from cabinet.webhooks.endpoints import Receiver
from cabinet.webhooks.events import WebhookEvent, enqueue_event
from cabinet.webhooks.keys import ENDPOINTS
from cabinet.webhooks.model import EventKind
from tests.support.aws import Aws
from tests.support.lambda_context import Context

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_KEY = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
WEBHOOK = Webhook(url="https://billing.example.ru/cabinet", secret="cabinet/webhook/test")
SUPPLIER = "uk-test"
ACCOUNT = f"{SUPPLIER}:1"


@dataclass
class Billing:
    """What a supplier's receiver got, and what it answers next: a status, an error, or a function."""

    answers: list[int | Exception | Callable[[], int]] = field(default_factory=list)
    got: list[dict[str, Any]] = field(default_factory=list)
    """Payloads that came, also those that were answered by an error."""
    headers: list[dict[str, str]] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=lambda: [KEY])
    retry_after: int | None = None

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Replace `outbound.connection.post`."""
        for key in self.keys:
            Verifier(key).verify(body, headers)
        self.urls.append(url)
        self.headers.append(headers)
        self.got.append(json.loads(body))
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer if isinstance(answer, int) else answer(), self.retry_after)

    @property
    def ids(self) -> list[str]:
        """Return the identifiers in the order in which they came."""
        return [headers["webhook-id"] for headers in self.headers]

    @property
    def kinds(self) -> list[str]:
        """Return the types in the order in which they came."""
        return [payload["type"] for payload in self.got]


@pytest.fixture
def billing(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Billing:
    """A receiver, its signing key, and the endpoint of the supplier."""
    receiver = Billing()
    monkeypatch.setattr("cabinet.webhooks.worker.post", receiver.post)
    put_secret(aws, json.dumps({"key": KEY}))
    connect()
    return receiver


def put_secret(aws: Aws, text: str) -> None:
    """Write the signing keys; a process reads them anew."""
    client = aws.client("secretsmanager")
    try:
        client.create_secret(Name=WEBHOOK.secret, SecretString=text)
    except client.exceptions.ResourceExistsException:
        client.put_secret_value(SecretId=WEBHOOK.secret, SecretString=text)
    signing_keys._cached.cache_clear()  # noqa: SLF001 - as a new process


def connect(supplier_id: str = SUPPLIER) -> None:
    """Set the endpoint, as the supplier's settings do."""
    transaction = Transaction()
    endpoints.apply_settings(transaction, supplier_id, None, Receiver(WEBHOOK.url, WEBHOOK.secret))
    transaction.commit()


def write(account_id: str, *names: str) -> None:
    """Write events of an account, one transaction each."""
    for name in names:
        transaction = Transaction()
        enqueue_event(
            transaction, WebhookEvent(EventKind.PAYMENT_CREDITED, account_id, name, {"payment_id": name})
        )
        transaction.commit()


def run_task(**task: str) -> Any:
    """Run the worker by a message of its queue."""
    from exports.app import handler

    body = json.dumps({"what": "webhooks"} | task)
    return handler({"Records": [{"messageId": "m", "body": body, "eventSource": "aws:sqs"}]}, Context())


def run_for_account(account_id: str = ACCOUNT) -> None:
    """Run the worker for one account."""
    assert run_task(account_id=account_id) == {"batchItemFailures": []}


def run_sweep(supplier_id: str = SUPPLIER) -> None:
    """Run the sweep of one endpoint."""
    assert run_task(supplier_id=supplier_id) == {"batchItemFailures": []}


def waiting(aws: Aws) -> list[dict[str, Any]]:
    """Return the events that wait, in the order of their lines."""
    rows = [row for row in aws.rows("MESSAGES_TABLE") if row["pk"].startswith("WEBHOOKS#")]
    return sorted(rows, key=lambda row: row["sk"])


def endpoint_row(supplier_id: str = SUPPLIER) -> dict[str, Any]:
    """Return the endpoint as it is stored."""
    row = dynamo.get(Table.MESSAGES, (ENDPOINTS, supplier_id), consistent=True)
    assert row is not None
    return row
