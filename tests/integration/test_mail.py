"""The mailer with real concurrency: each letter once, in order; the receipt as the page shows it."""

import json
import random
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest

from cabinet.accounts.keys import binding_key
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table, Transaction
from cabinet.notifications.channels.email import ses
from cabinet.notifications.worker import Mailer
from cabinet.outbox.emails import Email, enqueue, outbox_key
from cabinet.receipts.fonts import load, prepare
from tests.support.factories import bound_accounts, imported_receipts
from tests.support.local_aws import LocalAws


@pytest.fixture
def provider(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> list[EmailMessage]:
    """Every mail that was handed to the provider, in order."""
    taken: list[EmailMessage] = []
    lock = threading.Lock()

    def send(message: bytes, to: str, tags: dict[str, str | None]) -> str:
        parsed = message_from_bytes(message, policy=default)
        assert isinstance(parsed, EmailMessage)
        with lock:
            taken.append(parsed)
        return f"provider-{len(taken)}"

    monkeypatch.setattr(ses, "send", send)
    return taken


def write(emails: list[Email]) -> None:
    for email in emails:
        transaction = Transaction()
        enqueue(transaction, email)
        transaction.commit()


def test_many_mailers_send_each_letter_once_and_each_persons_in_order(provider: list[EmailMessage]) -> None:
    emails = [
        Email("security_event", f"p{person}@example.ru", {"what": f"событие {event}"}, f"{person}-{event}")
        for event in range(6)
        for person in range(6)
    ]
    write(emails)
    messages = emails * 2
    random.Random(1).shuffle(messages)

    def serve(email: Email) -> None:
        pk, sk = outbox_key(email)
        Mailer(lambda: 60.0).send_for_recipient(pk, sk.partition("#")[0])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(serve, messages))
    by_person = defaultdict(list)
    for mail in provider:
        by_person[mail["To"]].append(mail["X-Cabinet-Letter"])
    assert len(provider) == len(emails)
    assert all(ids == sorted(ids) and len(ids) == 6 for ids in by_person.values())
    Mailer(lambda: 60.0).sweep()
    assert len(provider) == len(emails)


def test_sweeps_at_once_send_each_letter_once(provider: list[EmailMessage]) -> None:
    write([Email("security_event", f"p{n}@example.ru", {"what": "x"}, f"l{n}") for n in range(30)])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda shard: Mailer(lambda: 60.0).sweep(shard), (0, 0, 4, 8)))
    assert sorted(mail["X-Cabinet-Letter"] for mail in provider) == sorted(f"l{n}" for n in range(30))


def test_the_attached_receipt_is_the_pdf_of_the_documents_page(
    provider: list[EmailMessage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receipts.app import app

    prepare.prepare(tmp_path / load.PREPARED)
    monkeypatch.syspath_prepend(tmp_path)
    account = imported_receipts.write_all()
    client = bound_accounts.browser(app, bound_accounts.user("u1", account))
    refuse_paper(account.account_id)
    params: dict[str, Any] = {
        "number": account.number, "address": account.address.line, "title": "Квитанция Объединённая",
        "account_id": account.account_id, "document_id": "2019-09-united", "amount": 329308,
    }  # fmt: skip
    email = Email("receipt", "subscriber@example.com", params, "r", "u1", None, account.account_id)
    write([email])
    Mailer(lambda: 60.0).sweep()
    (mail,) = provider
    (attached,) = mail.iter_attachments()
    url = client.get(f"/api/accounts/{account.account_id}/documents/2019-09-united/pdf").json()["url"]
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_filename() == "Квитанция Объединённая Сентябрь 2019, лс 1234567899.pdf"
    assert attached.get_content() == httpx.get(url).content


def test_who_took_the_refusal_back_gets_no_receipt_by_mail(provider: list[EmailMessage]) -> None:
    account = imported_receipts.write_all()
    bound_accounts.user("u1", account)
    params = {"number": "1", "title": "Квитанция", "account_id": account.account_id, "document_id": "x"}
    write([Email("receipt", "subscriber@example.com", params, "r", "u1", None, account.account_id)])
    Mailer(lambda: 60.0).sweep()
    assert provider == []


def refuse_paper(account_id: str) -> None:
    dynamo.update(
        Table.USERS, binding_key("u1", account_id), "SET #paperless = :record",
        condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict,
        record={"enabled": True, "version": "2026-01", "sha256": "ab", "at": "2026-11-01"},
    )  # fmt: skip


def test_the_deployed_provider_speaks_ses_v2(local_aws: LocalAws) -> None:
    """Without the stand-in: the local AWS's own SES takes what we send."""
    write([Email("activation", "anna@example.ru", {"link": "https://site/activate?token=t"}, "one")])
    Mailer(lambda: 60.0).sweep()
    (row,) = dynamo.query(
        Table.MESSAGES, f"DELIVERY#{outbox_key(Email('', 'anna@example.ru', {}))[1][:24]}"
    ).items
    assert row["outcome"] == "sent"
    assert json.dumps(row, ensure_ascii=False).count("anna") == 0
