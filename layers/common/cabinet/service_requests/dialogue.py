"""The dialogue about a request: its author writes, opens it again, rates; the staff take it."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Supplier
from cabinet.audit.store import AddAuditRow
from cabinet.aws.dynamo import Transaction
from cabinet.core import clock
from cabinet.core.text import strip_control_chars
from cabinet.outbox.emails import commit_with_emails
from cabinet.service_requests import store
from cabinet.service_requests.deadline_rules import answer_by
from cabinet.service_requests.dialogue_rules import (
    check_message,
    check_rating,
    check_reopen,
    status_after_message,
)
from cabinet.service_requests.emails import staff_email
from cabinet.service_requests.errors import RequestClosed
from cabinet.service_requests.model import DialogueMessage, Rating, RequestFile, Status, SubscriberRequest
from cabinet.service_requests.rules import is_open

type StoreResponse = Callable[[Transaction, SubscriberRequest], None]
"""Adds the response to the author's call, under its Idempotency-Key, to the transaction."""


def add_message(
    request: SubscriberRequest, account: Account, supplier: Supplier, text: str,
    files: Sequence[RequestFile], now: datetime, store_response: StoreResponse,
) -> SubscriberRequest:  # fmt: skip
    """Add what the author has written, with the email to the office.

    Raises
    ------
    AnswerEmpty, AnswerTooLong, InvalidFields, RequestClosed, DialogueFull
        As `dialogue_rules.check_message` says.
    Conflict
        Somebody else has written since `request` was read.
    """
    text = strip_control_chars(text).strip()
    check_message(request, text, len(files))
    status = status_after_message(request.status)
    return _write(request, account, supplier, status, text, files, now, {}, store_response)


def reopen(
    request: SubscriberRequest, account: Account, supplier: Supplier, text: str, now: datetime
) -> SubscriberRequest:
    """Open a closed request again, with a new term; raises TooLateToReopen, Conflict."""
    check_reopen(request, now)
    text = strip_control_chars(text).strip()
    due = answer_by(request.kind, clock.local_date(now, supplier.time_zone), supplier)
    change = {"answer_by": due, "closed_at": None, "rating": None}
    return _write(
        request, account, supplier, Status.IN_PROGRESS, text or "Вопрос не решён.", (), now, change,
        lambda transaction, changed: None,
    )  # fmt: skip


def rate(request: SubscriberRequest, stars: int, text: str, now: datetime) -> SubscriberRequest:
    """Keep what the author thinks of the answer; raises NothingToRate, Conflict."""
    check_rating(request)
    rating = Rating(stars=stars, text=strip_control_chars(text).strip(), at=clock.timestamp(now))
    transaction = Transaction()
    changed = store.put_changed(transaction, request, {"rating": rating})
    transaction.commit()
    return changed


def assign(
    request: SubscriberRequest, staff_id: str, name: str, add_audit_row: AddAuditRow
) -> SubscriberRequest:
    """Give an open request to somebody of the staff; a new one is in progress then, its author notified.

    Raises RequestClosed, Conflict.
    """
    if not is_open(request.status):
        raise RequestClosed
    if request.assigned_to == staff_id and request.status is not Status.NEW:
        return request
    change: dict[str, Any] = {"assigned_to": staff_id, "assigned_name": name}
    if request.status is Status.NEW:
        return store.save_and_notify(request, change | {"status": Status.IN_PROGRESS}, add_audit_row)
    transaction = Transaction()
    changed = store.put_changed(transaction, request, change)
    add_audit_row(transaction)
    transaction.commit()
    return changed


def _write(
    request: SubscriberRequest, account: Account, supplier: Supplier, status: Status, text: str,
    files: Sequence[RequestFile], now: datetime, change: dict[str, Any], store_response: StoreResponse,
) -> SubscriberRequest:  # fmt: skip
    content = f"{request.request_id}/{request.version}/{text}"
    reply = DialogueMessage(
        reply_id=hashlib.sha256(content.encode()).hexdigest()[:16], at=clock.timestamp(now), text=text,
        status=status, files=list(files), author="subscriber",
    )  # fmt: skip
    transaction = Transaction()
    changed = store.put_changed(
        transaction, request, {"status": status, "replies": [*request.replies, reply]} | change
    )
    store_response(transaction, changed)
    commit_with_emails(transaction, staff_email(changed, account, supplier, reply))
    return changed
