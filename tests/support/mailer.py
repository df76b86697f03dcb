"""Runs the mailer by its events and looks at what it sent, where moto's SES keeps it."""

import json
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table, Transaction
from cabinet.notifications.channels.email import ses
from cabinet.outbox.emails import Email, enqueue, outbox_key
from tests.support.aws import REGION, Aws
from tests.support.lambda_context import Context

EMAIL = Email("activation", "anna@example.ru", {"link": "https://site/activate?token=t"}, email_id="one")


@pytest.fixture(autouse=True)
def verified_sender(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_SENDER", "Личный кабинет <no-reply@cabinet.example.ru>")
    monkeypatch.delenv("MAIL_CONFIGURATION_SET", raising=False)
    aws.client("ses").verify_email_identity(EmailAddress="no-reply@cabinet.example.ru")


def write(*emails: Email) -> None:
    for email in emails:
        transaction = Transaction()
        enqueue(transaction, email)
        transaction.commit()


def run(event: dict[str, Any]) -> Any:
    from mailer.app import handler

    return handler(event, Context())


def run_for(*emails: Email) -> Any:
    records = []
    for email in emails:
        pk, sk = outbox_key(email)
        records.append(
            {
                "messageId": email.email_id,
                "body": json.dumps({"pk": pk, "sk": sk}),
                "eventSource": "aws:sqs",
            }
        )
    return run({"Records": records})


def run_sweep() -> Any:
    return run({"schedule": "outbox"})


def mails() -> list[EmailMessage]:
    sent = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    return [message_from_string(message.raw_data, policy=default) for message in sent]  # type: ignore[arg-type, attr-defined]


def rows(aws: Aws, prefix: str) -> list[dict[str, Any]]:
    found = aws.rows("MESSAGES_TABLE")
    return [row for row in found if row["pk"].startswith(prefix)]


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException, only: str = "") -> None:
    """Let the provider refuse; letters to others than `only` pass."""
    real = ses.send

    def send(message: bytes, to: str, tags: dict[str, str | None]) -> str:
        if only in to:
            raise error
        return real(message, to, tags)

    monkeypatch.setattr(ses, "send", send)


def make_user(email_address: str = "anna@example.ru") -> None:
    row = {"pk": "USER#u1", "sk": "PROFILE", "user_id": "u1", "email": email_address}
    dynamo.put(Table.USERS, row, condition=IS_ABSENT, on_conflict=dynamo.conflict)
