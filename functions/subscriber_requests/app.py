"""Routes of requests: what can be asked for, send, list, attach files."""

from functools import partial
from typing import Any

from fastapi import Request

from cabinet import limits
from cabinet.aws.dynamo import Transaction
from cabinet.core import clock
from cabinet.core.errors import (
    Conflict,
    FeatureUnavailable,
    IdempotencyConflict,
    NotFound,
    ServiceUnavailable,
    raises,
)
from cabinet.idempotency import DuplicateRequest, IdempotentRequest, identify_request
from cabinet.service_requests import dialogue, files, store
from cabinet.service_requests.deadline_rules import answer_by
from cabinet.service_requests.errors import (
    AnswerEmpty,
    AnswerTooLong,
    DialogueFull,
    DuplicateNumber,
    FileNotStored,
    NothingToRate,
    RequestClosed,
    TooLateToReopen,
)
from cabinet.service_requests.model import SubscriberRequest
from cabinet.service_requests.rules import available_kinds, find_service
from cabinet.web.app import IdempotencyKey, Identifier, create_app, create_router
from cabinet.web.auth import CurrentAccount, OwnedAccount, load_owned_account_and_item
from cabinet.web.pagination import LongCursor, decode_cursor, encode_cursor
from subscriber_requests.schemas import (
    FileLink,
    Kinds,
    NewFile,
    NewMessage,
    NewRequest,
    RatingForm,
    Reopening,
    RequestResponse,
    Requests,
    Upload,
)

_MAX_NUMBER_RETRIES = 5

router = create_router(prefix="/api/accounts/{account_id}", tags=["requests"])


@router.get("/request-kinds")
@raises(FeatureUnavailable)
def list_kinds(owned: CurrentAccount) -> Kinds:
    """List what the account's supplier takes, with price list, term and the dispatcher's telephone."""
    owned.require("requests")
    today = clock.local_date(clock.now(), owned.supplier.time_zone)
    return Kinds.model_validate({"items": available_kinds(owned.supplier, today)}, from_attributes=True)


@router.get("/requests")
@raises(FeatureUnavailable)
def list_requests(owned: CurrentAccount, cursor: LongCursor = None) -> Requests:
    """List the subscriber's own requests about an account, newest first."""
    owned.require("requests")
    name = f"requests/{owned.subscriber.user_id}/{owned.account.account_id}"
    page = store.list_by_subscriber(
        owned.subscriber.user_id, owned.account.account_id, decode_cursor(name, cursor)
    )
    phone = owned.supplier.dispatcher_phone
    items = [RequestResponse.of(request, phone) for request in page.items]
    return Requests(items=items, next=encode_cursor(name, page.next_key))


@router.post("/requests", status_code=201)
@raises(
    load_owned_account_and_item, limits.hit, Conflict, FeatureUnavailable, FileNotStored, IdempotencyConflict
)
def send(new: NewRequest, request: Request, account_id: Identifier, key: IdempotencyKey) -> RequestResponse:
    """Send a request; an emergency goes out to the dispatcher at once."""
    body = {"account_id": account_id} | new.model_dump(mode="json")

    def identify(user_id: str) -> IdempotentRequest:
        return identify_request(user_id, "requests", key, body)

    owned = load_owned_account_and_item(request, account_id, lambda user_id: identify(user_id).row_key)
    idempotent_request = identify(owned.subscriber.user_id)
    stored = idempotent_request.response_from_row(owned.extra_item)
    if stored is None:
        owned.require("requests")
        limits.hit(limits.REQUESTS_BY_USER, owned.subscriber.user_id)
        stored = _create(new, owned, idempotent_request)
    return RequestResponse.model_validate(stored)


@router.post("/requests/read-all", status_code=204)
@raises(FeatureUnavailable)
def mark_answers_read(owned: CurrentAccount) -> None:
    """Note that the subscriber has read the answers to all requests about the account."""
    owned.require("requests")
    store.mark_answers_read(owned.subscriber.user_id, owned.account.account_id)


@router.post("/requests/attachments", status_code=201)
@raises(limits.hit, FeatureUnavailable)
def open_form(file: NewFile, owned: CurrentAccount) -> Upload:
    """Return a form to upload one photo or PDF with; the file goes to storage, not through us."""
    owned.require("requests")
    user_id = owned.subscriber.user_id
    limits.hit(limits.ATTACHMENTS_BY_USER, user_id)
    form = files.create_upload(user_id, owned.account.account_id, file.name, file.content_type, file.size)
    return Upload(attachment=form.token, url=form.url, fields=form.fields)


@router.get("/requests/{request_id}")
@raises(FeatureUnavailable, NotFound)
def get_request(request_id: Identifier, owned: CurrentAccount) -> RequestResponse:
    """Return one of the subscriber's own requests with its dialogue."""
    return _request_response(_own_request(owned, request_id), owned)


@router.post("/requests/{request_id}/messages", status_code=201)
@raises(
    load_owned_account_and_item, limits.hit, Conflict, FeatureUnavailable, FileNotStored,
    IdempotencyConflict, NotFound, RequestClosed, DialogueFull, AnswerEmpty, AnswerTooLong,
)  # fmt: skip
def post_message(
    new: NewMessage, request: Request, account_id: Identifier, request_id: Identifier, key: IdempotencyKey
) -> RequestResponse:
    """Add a message or files to one's own open request."""
    body = {"account_id": account_id, "request_id": request_id} | new.model_dump(mode="json")

    def identify(user_id: str) -> IdempotentRequest:
        return identify_request(user_id, "request-messages", key, body)

    owned = load_owned_account_and_item(request, account_id, lambda user_id: identify(user_id).row_key)
    idempotent_request = identify(owned.subscriber.user_id)
    stored = idempotent_request.response_from_row(owned.extra_item)
    if stored is None:
        found = _own_request(owned, request_id)
        limits.hit(limits.REQUESTS_BY_USER, owned.subscriber.user_id)
        stored = _add_message(found, new, owned, idempotent_request)
    return RequestResponse.model_validate(stored)


@router.post("/requests/{request_id}/reopen")
@raises(limits.hit, Conflict, FeatureUnavailable, NotFound, TooLateToReopen)
def post_reopening(form: Reopening, request_id: Identifier, owned: CurrentAccount) -> RequestResponse:
    """Open one's own closed request again, within two weeks."""
    found = _own_request(owned, request_id)
    limits.hit(limits.REQUESTS_BY_USER, owned.subscriber.user_id)
    opened = dialogue.reopen(found, owned.account, owned.supplier, form.text, clock.now())
    return _request_response(opened, owned)


@router.post("/requests/{request_id}/rating")
@raises(Conflict, FeatureUnavailable, NotFound, NothingToRate)
def post_rating(form: RatingForm, request_id: Identifier, owned: CurrentAccount) -> RequestResponse:
    """Rate the answer to one's own request, once."""
    rated = dialogue.rate(_own_request(owned, request_id), form.stars, form.text, clock.now())
    return _request_response(rated, owned)


@router.get("/requests/{request_id}/attachments/{file_id}")
@raises(FeatureUnavailable, FileNotStored, NotFound)
def open_file(request_id: Identifier, file_id: Identifier, owned: CurrentAccount) -> FileLink:
    """Return a link of five minutes to a file of one's own request or of its answers."""
    owned.require("requests")
    found = store.get_for_subscriber(owned.subscriber.user_id, owned.account.account_id, request_id)
    for file in found.all_files:
        if file.file_id == file_id:
            return FileLink(url=files.link(file))
    raise NotFound


def _own_request(owned: OwnedAccount, request_id: str) -> SubscriberRequest:
    owned.require("requests")
    return store.get_for_subscriber(owned.subscriber.user_id, owned.account.account_id, request_id)


def _request_response(request: SubscriberRequest, owned: OwnedAccount) -> RequestResponse:
    return RequestResponse.of(request, owned.supplier.dispatcher_phone)


def _add_message(
    found: SubscriberRequest, new: NewMessage, owned: OwnedAccount, idempotent_request: IdempotentRequest
) -> dict[str, Any]:
    user_id = owned.subscriber.user_id
    attached = files.attach(user_id, owned.account.account_id, found.request_id, new.attachments)

    def store_response(transaction: Transaction, changed: SubscriberRequest) -> None:
        idempotent_request.store_response(
            transaction, _request_response(changed, owned).model_dump(mode="json")
        )

    try:
        changed = dialogue.add_message(
            found, owned.account, owned.supplier, new.text, attached, clock.now(), store_response
        )
    except (DuplicateRequest, Conflict):
        # The same call in a rival process has written the message, or its response is not there: say which.
        stored = idempotent_request.stored_response()
        if stored is None:
            raise
        return stored
    return _request_response(changed, owned).model_dump(mode="json")


def _create(new: NewRequest, owned: OwnedAccount, idempotent_request: IdempotentRequest) -> dict[str, Any]:
    made = _build_request(new, owned)
    for _ in range(_MAX_NUMBER_RETRIES):
        response = RequestResponse.of(made, owned.supplier.dispatcher_phone).model_dump(mode="json")
        try:
            store.create(
                made,
                owned.account,
                owned.supplier,
                partial(idempotent_request.store_response, response=response),
            )
        except DuplicateNumber:
            made = made.model_copy(update={"number": store.generate_number(owned.supplier)})
        except DuplicateRequest:
            return idempotent_request.stored_response() or {}
        else:
            return response
    raise ServiceUnavailable


def _build_request(new: NewRequest, owned: OwnedAccount) -> SubscriberRequest:
    account, user_id = owned.account, owned.subscriber.user_id
    service = find_service(owned.supplier, new.kind, new.service_code)
    request_id, moment = store.new_request_id(), clock.now()
    return SubscriberRequest(
        request_id=request_id,
        number=store.generate_number(owned.supplier),
        supplier_id=account.supplier_id,
        account_id=account.account_id,
        user_id=user_id,
        kind=new.kind,
        text=new.text,
        service_code=service and service.code,
        service_title=service and service.title,
        service_price=service and service.price,
        contact_phone=new.contact_phone or None,
        files=files.attach(user_id, account.account_id, request_id, new.attachments),
        created_at=clock.timestamp(moment),
        answer_by=answer_by(new.kind, clock.local_date(moment, owned.supplier.time_zone), owned.supplier),
    )


app = create_app("subscriber_requests", router)
