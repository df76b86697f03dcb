"""Requests in storage: sent with their emails in one transaction, listed, answered by the staff."""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cabinet.accounts.keys import GSI_BY_SHARD, account_key, account_partition, supplier_key
from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Supplier
from cabinet.audit.store import AddAuditRow
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Item, Key, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound
from cabinet.core.sharding import shard_for
from cabinet.core.text import strip_control_chars
from cabinet.identity.keys import profile_key
from cabinet.outbox.emails import commit_with_emails
from cabinet.outbox.pushes import commit_with_notifications
from cabinet.service_requests.dialogue_rules import check_room
from cabinet.service_requests.emails import author_email, author_push, staff_email
from cabinet.service_requests.errors import DuplicateNumber, RequestClosed
from cabinet.service_requests.keys import new_answer_key
from cabinet.service_requests.model import DialogueMessage, Kind, RequestFile, Status, SubscriberRequest
from cabinet.service_requests.rules import TRANSITIONS, check_answer, is_open
from cabinet.webhooks.events import WebhookEvent, enqueue_event, wake_deliverer_for
from cabinet.webhooks.model import EventKind

PAGE_SIZE = 20
SHARDS = 4
_VERSION_UNCHANGED = "#version = :version"
_IS_LATER = "attribute_not_exists(pk) OR #version < :version"
_ANSWER_NOTICE_LIFETIME = timedelta(days=30)
"""How long the first screen shows an unread answer."""


@dataclass(frozen=True, slots=True)
class RequestPage:
    """A page of requests, newest first."""

    items: list[SubscriberRequest]
    next_key: Item | None


def new_request_id() -> str:
    """Return an identifier that sorts by time."""
    return f"{clock.now():%Y%m%d%H%M%S%f}-{secrets.token_hex(4)}"


def generate_number(supplier: Supplier) -> str:
    """Return a number that can be said on the phone: the supplier's day and five digits, «261122-48213»."""
    today = clock.local_date(clock.now(), supplier.time_zone)
    return f"{today:%y%m%d}-{secrets.randbelow(100_000):05d}"


def request_key(account_id: str, user_id: str, request_id: str) -> Key:
    """Return the key of a request: its author's alone, as another owner of the account must not read it."""
    return account_partition(account_id), f"REQUEST#{user_id}#{request_id}"


def number_key(supplier_id: str, number: str) -> Key:
    """Return the key of the row that makes a number unique and leads the staff to the request."""
    return f"REQUESTNUMBER#{supplier_id}#{number}", "REQUEST"


def create(
    request: SubscriberRequest,
    account: Account,
    supplier: Supplier,
    store_response: Callable[[Transaction], None],
) -> None:
    """Write a new request with its emails, all or nothing.

    `store_response` adds the response, under its Idempotency-Key, to the same transaction; what it raises is
    raised here.

    Raises
    ------
    DuplicateNumber
        Draw another number.
    """
    pk, sk = request_key(request.account_id, request.user_id, request.request_id)
    transaction = Transaction()
    store_response(transaction)
    number_pk, number_sk = number_key(request.supplier_id, request.number)
    transaction.put(
        Table.ACCOUNTS,
        {
            "pk": number_pk, "sk": number_sk, "account_id": request.account_id,
            "user_id": request.user_id, "request_id": request.request_id,
        },
        condition=IS_ABSENT, on_conflict=DuplicateNumber,
    )  # fmt: skip
    row = {"pk": pk, "sk": sk} | request.model_dump(mode="json") | _work_list(request)
    transaction.put(Table.ACCOUNTS, row, condition=IS_ABSENT, on_conflict=Conflict)
    if supplier.webhook is not None:
        enqueue_event(transaction, _event(request))
    emails = [*author_email(request, account, supplier), *staff_email(request, account, supplier)]
    commit_with_emails(transaction, emails)
    if supplier.webhook is not None:
        wake_deliverer_for([request.account_id])


def _event(request: SubscriberRequest) -> WebhookEvent:
    data = {
        "request_id": request.request_id,
        "number": request.number,
        "kind": request.kind.value,
        "answer_by": request.answer_by.isoformat() if request.answer_by else None,
    }
    return WebhookEvent(EventKind.REQUEST_CREATED, request.account_id, request.request_id, data)


def list_by_subscriber(user_id: str, account_id: str, after: Item | None = None) -> RequestPage:
    """Return a subscriber's requests about an account, newest first; one query."""
    page = dynamo.query(
        Table.ACCOUNTS, account_partition(account_id), begins=f"REQUEST#{user_id}#",
        after=after, limit=PAGE_SIZE, newest_first=True,
    )  # fmt: skip
    return RequestPage([SubscriberRequest.model_validate(item) for item in page.items], page.next_key)


def get_for_subscriber(user_id: str, account_id: str, request_id: str) -> SubscriberRequest:
    """Return one of a subscriber's requests; raises NotFound."""
    row = dynamo.require(Table.ACCOUNTS, request_key(account_id, user_id, request_id), consistent=True)
    return SubscriberRequest.model_validate(row)


def open_requests(supplier_id: str) -> Iterator[SubscriberRequest]:
    """Yield what the staff have to do: emergencies first, then by the day to answer by."""
    return map(
        SubscriberRequest.model_validate, sorted(_query_shards(f"REQUESTS#{supplier_id}"), key=_sort_key)
    )


def closed_requests(supplier_id: str) -> Iterator[SubscriberRequest]:
    """Yield what has been done or rejected, newest first."""
    rows = sorted(_query_shards(f"CLOSEDREQUESTS#{supplier_id}"), key=_sort_key, reverse=True)
    return map(SubscriberRequest.model_validate, rows)


def _query_shards(shards: str) -> Iterator[Item]:
    for shard in range(SHARDS):
        yield from dynamo.query_all(Table.ACCOUNTS, f"{shards}#{shard}", index=GSI_BY_SHARD)


def _sort_key(row: Item) -> str:
    return str(row["shard_sk"])


def find_by_number(supplier_id: str, number: str) -> SubscriberRequest:
    """Return a request by its number; raises NotFound."""
    row = dynamo.require(Table.ACCOUNTS, number_key(supplier_id, number), consistent=True)
    key = request_key(row["account_id"], row["user_id"], row["request_id"])
    found = dynamo.require(Table.ACCOUNTS, key, consistent=True)
    return SubscriberRequest.model_validate(found)


@dataclass(frozen=True, slots=True)
class StaffAuthor:
    """Who of the staff answers, and the audit row of it, in the answer's transaction."""

    name: str
    add_audit_row: AddAuditRow


def answer(
    request: SubscriberRequest,
    status: Status,
    text: str,
    files: Sequence[RequestFile] = (),
    author: StaffAuthor | None = None,
) -> SubscriberRequest:
    """Add the staff's answer and notify the author; the same answer again changes nothing.

    Raises
    ------
    AnswerEmpty, AnswerTooLong
        The answer is empty or too long.
    RequestClosed, DialogueFull
        The request has been done or rejected already, or holds no more messages.
    Conflict
        Somebody else has written since `request` was read.
    """
    text = strip_control_chars(text).strip()
    check_answer(status, text, len(files))
    content = "/".join([request.number, status, text, *(file.file_id for file in files)])
    reply_id = hashlib.sha256(content.encode()).hexdigest()[:16]
    if any(reply.reply_id == reply_id for reply in request.replies):
        return request
    if status not in TRANSITIONS[request.status]:
        raise RequestClosed
    check_room(request)
    at = clock.timestamp(clock.now())
    reply = DialogueMessage(
        reply_id=reply_id, at=at, text=text, status=status, files=list(files),
        author_name=author.name if author else "",
    )  # fmt: skip
    change: dict[str, Any] = {"status": status, "replies": [*request.replies, reply]}
    if not is_open(status):
        change["closed_at"] = at
    return save_and_notify(request, change, author.add_audit_row if author else None, reply)


def save_and_notify(
    request: SubscriberRequest,
    change: dict[str, Any],
    add_audit_row: AddAuditRow | None,
    reply: DialogueMessage | None = None,
) -> SubscriberRequest:
    """Write what the staff have changed, with its audit row, the email and the mark on the first screen.

    Raises Conflict when somebody else has written since `request` was read; NotFound.
    """
    account, supplier = account_and_supplier(request)
    transaction = Transaction()
    changed = put_changed(transaction, request, change)
    _notify_of_answer(transaction, changed)
    if add_audit_row is not None:
        add_audit_row(transaction)
    emails = author_email(changed, account, supplier, reply)
    commit_with_notifications(transaction, emails, [author_push(changed, supplier)])
    return changed


def account_and_supplier(request: SubscriberRequest) -> tuple[Account, Supplier]:
    """Return whose request it is; raises NotFound."""
    account, supplier = dynamo.batch_get(
        [
            (Table.ACCOUNTS, account_key(request.account_id)),
            (Table.ACCOUNTS, supplier_key(request.supplier_id)),
        ]
    )
    if account is None or supplier is None:
        raise NotFound
    return Account.model_validate(account), Supplier.model_validate(supplier)


def put_changed(
    transaction: Transaction, request: SubscriberRequest, change: dict[str, Any]
) -> SubscriberRequest:
    """Add the changed request to a transaction, if nobody else has changed it since; Conflict otherwise."""
    changed = request.model_copy(update=change | {"version": request.version + 1})
    pk, sk = request_key(request.account_id, request.user_id, request.request_id)
    row = {"pk": pk, "sk": sk} | changed.model_dump(mode="json") | _work_list(changed)
    transaction.put(
        Table.ACCOUNTS, row, condition=_VERSION_UNCHANGED, on_conflict=Conflict, version=request.version
    )
    return changed


def _notify_of_answer(transaction: Transaction, request: SubscriberRequest) -> None:
    """Add the row that makes the first screen show the answer; no row if the author deleted their account."""
    profile = profile_key(request.user_id)
    if dynamo.get(Table.USERS, profile, consistent=True) is None:
        return
    # If the author deletes the account meanwhile, the condition fails: the account's rows are erased by then.
    transaction.check(Table.USERS, profile, condition=IS_PRESENT, on_conflict=Conflict)
    row = {
        **key_attributes(new_answer_key(request.user_id, request.request_id)),
        "account_id": request.account_id,
        "number": request.number,
        "version": request.version,
        "expires_at": clock.epoch(clock.now() + _ANSWER_NOTICE_LIFETIME),
    }
    transaction.put(Table.USERS, row, condition=_IS_LATER, on_conflict=Conflict, version=request.version)


def mark_answers_read(user_id: str, account_id: str) -> None:
    """Mark the answers to a subscriber's requests about an account as read.

    An answer that comes meanwhile stays new.
    """
    partition, prefix = new_answer_key(user_id, "")
    for row in dynamo.query(Table.USERS, partition, begins=prefix, consistent=True).items:
        if row["account_id"] == account_id:
            with suppress(Conflict):
                dynamo.delete(
                    Table.USERS, (row["pk"], row["sk"]), condition=_VERSION_UNCHANGED, on_conflict=Conflict,
                    version=row["version"],
                )  # fmt: skip


def _work_list(request: SubscriberRequest) -> Item:
    """Return the attributes that put a request on the staff's list: what is to be done, or what was."""
    if not is_open(request.status):
        shard = shard_for(request.request_id, SHARDS)
        return {
            "shard": f"CLOSEDREQUESTS#{request.supplier_id}#{shard}",
            "shard_sk": f"{request.created_at}#{request.number}",
        }
    urgency = "0" if request.kind is Kind.EMERGENCY else "1"
    return {
        "shard": f"REQUESTS#{request.supplier_id}#{shard_for(request.request_id, SHARDS)}",
        # Emergencies first; among equals the one whose term ends first.
        "shard_sk": f"{urgency}#{request.answer_by or ''}#{request.created_at}#{request.number}",
    }
