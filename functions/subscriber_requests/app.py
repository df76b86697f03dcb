"""Routes of requests: what can be asked for, send, list, attach files."""

from functools import partial
from typing import Annotated, Any

from cabinet import clock, limits
from cabinet.cursors import read_cursor, write_cursor
from cabinet.errors import Conflict, FeatureUnavailable, IdempotencyConflict, NotFound, Unavailable, raises
from cabinet.http import IdempotencyKey, Identifier, create_app, create_router, lambda_handler
from cabinet.idempotency import AnsweredMeanwhile, Once, once
from cabinet.messaging.requests import files, store
from cabinet.messaging.requests.errors import FileNotStored, NumberTaken
from cabinet.messaging.requests.model import SubscriberRequest
from cabinet.messaging.requests.rules import kinds_of, service_of
from cabinet.session import Owned, OwnedAccount, owned_account_and
from fastapi import Query, Request

from subscriber_requests.shapes import (
    FileLink,
    Kinds,
    KindShown,
    NewFile,
    NewRequest,
    Requests,
    RequestShown,
    Upload,
)

_DRAWS = 5

router = create_router(prefix="/api/accounts/{account_id}", tags=["requests"])


@router.get("/request-kinds")
@raises(FeatureUnavailable)
def list_kinds(owned: Owned) -> Kinds:
    """List what the account's supplier takes, with the price list and the dispatcher's telephone."""
    owned.require("requests")
    return Kinds(items=[KindShown.of(offered) for offered in kinds_of(owned.supplier)])


@router.get("/requests")
@raises(FeatureUnavailable)
def list_requests(owned: Owned, cursor: Annotated[str | None, Query(max_length=4096)] = None) -> Requests:
    """List the subscriber's own requests about an account, newest first."""
    owned.require("requests")
    name = f"requests/{owned.subscriber.user_id}/{owned.account.account_id}"
    page = store.sent_by(owned.subscriber.user_id, owned.account.account_id, read_cursor(name, cursor))
    phone = owned.supplier.dispatcher_phone
    items = [RequestShown.of(request, phone) for request in page.items]
    return Requests(items=items, next=write_cursor(name, page.next_key))


@router.post("/requests", status_code=201)
@raises(owned_account_and, limits.count, Conflict, FeatureUnavailable, FileNotStored, IdempotencyConflict)
def send(new: NewRequest, request: Request, account_id: Identifier, key: IdempotencyKey) -> RequestShown:
    """Send a request; an emergency goes out to the dispatcher at once."""
    body = {"account_id": account_id} | new.model_dump(mode="json")

    def keyed(user_id: str) -> Once:
        return once(user_id, "requests", key, body)

    owned = owned_account_and(request, account_id, lambda user_id: keyed(user_id).row_key)
    this_one = keyed(owned.subscriber.user_id)
    stored = this_one.reply_in(owned.extra)
    if stored is None:
        owned.require("requests")
        limits.count(limits.REQUESTS_BY_USER, owned.subscriber.user_id)
        stored = _send_once(new, owned, this_one)
    return RequestShown.model_validate(stored)


@router.post("/requests/attachments", status_code=201)
@raises(limits.count, FeatureUnavailable)
def open_form(file: NewFile, owned: Owned) -> Upload:
    """Return a form to upload one photo or PDF with; the file goes to storage, not through us."""
    owned.require("requests")
    user_id = owned.subscriber.user_id
    limits.count(limits.ATTACHMENTS_BY_USER, user_id)
    form = files.open_form(user_id, owned.account.account_id, file.name, file.content_type, file.size)
    return Upload(attachment=form.ticket, url=form.url, fields=form.fields)


@router.get("/requests/{request_id}/attachments/{file_id}")
@raises(FeatureUnavailable, FileNotStored, NotFound)
def open_file(request_id: Identifier, file_id: Identifier, owned: Owned) -> FileLink:
    """Return a link of five minutes to a file of one's own request or of its answers."""
    owned.require("requests")
    found = store.one_sent_by(owned.subscriber.user_id, owned.account.account_id, request_id)
    for file in found.all_files:
        if file.file_id == file_id:
            return FileLink(url=files.link(file))
    raise NotFound


def _send_once(new: NewRequest, owned: OwnedAccount, this_one: Once) -> dict[str, Any]:
    made = _made(new, owned)
    for _ in range(_DRAWS):
        reply = RequestShown.of(made, owned.supplier.dispatcher_phone).model_dump(mode="json")
        try:
            store.send(made, owned.account, owned.supplier, partial(this_one.remember, reply=reply))
        except NumberTaken:
            made = made.model_copy(update={"number": store.draw_number(owned.supplier)})
        except AnsweredMeanwhile:
            return this_one.stored_reply() or {}
        else:
            return reply
    raise Unavailable


def _made(new: NewRequest, owned: OwnedAccount) -> SubscriberRequest:
    account, user_id = owned.account, owned.subscriber.user_id
    service = service_of(owned.supplier, new.kind, new.service_code)
    request_id = store.new_request_id()
    return SubscriberRequest(
        request_id=request_id,
        number=store.draw_number(owned.supplier),
        supplier_id=account.supplier_id,
        account_id=account.account_id,
        user_id=user_id,
        kind=new.kind,
        text=new.text,
        service_code=service and service.code,
        service_title=service and service.title,
        service_price=service and service.price,
        contact_phone=new.contact_phone or None,
        files=files.keep(user_id, account.account_id, request_id, new.attachments),
        created_at=clock.timestamp(clock.now()),
    )


app = create_app("subscriber_requests", router)
handler = lambda_handler(app)
