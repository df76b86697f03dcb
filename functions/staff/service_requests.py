"""Routes of residents' requests: the list of what is to be done, one request, answers, who takes it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal

from fastapi import Query

from cabinet.accounts.model import Account
from cabinet.accounts.store import all_suppliers
from cabinet.accounts.supplier_model import Supplier
from cabinet.audit.model import Action
from cabinet.audit.store import Subject
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound, raises
from cabinet.service_requests import dialogue, files, store, work_list
from cabinet.service_requests.deadline_rules import is_overdue
from cabinet.service_requests.errors import (
    AnswerEmpty,
    AnswerTooLong,
    DialogueFull,
    FileNotStored,
    RequestClosed,
)
from cabinet.service_requests.model import Kind, Status, SubscriberRequest
from cabinet.service_requests.rules import is_open
from cabinet.service_requests.store import StaffAuthor
from cabinet.signed_tokens import TokenInvalid
from cabinet.staff.errors import assignee_unknown
from cabinet.staff.members import get_member, list_members
from cabinet.staff.model import Member
from cabinet.staff.rights_rules import Right, role_for
from cabinet.web.app import Identifier, create_router
from cabinet.web.pagination import LongCursor, decode_cursor, encode_cursor
from cabinet.web.staff_auth import CurrentStaff, Staff
from staff.request_schemas import (
    Assignees,
    Assignment,
    DeskFileLink,
    DeskNewFile,
    DeskRequest,
    DeskRequestLine,
    DeskRequestPage,
    DeskUpload,
    NewAnswer,
    StatusName,
)

router = create_router(prefix="/api/staff/requests", tags=["desk"])


@dataclass(frozen=True, slots=True)
class LoadedRequest:
    """A request of one of the person's own suppliers, with whose it is."""

    request: SubscriberRequest
    account: Account
    supplier: Supplier


@router.get("")
@raises(TokenInvalid, NotFound)
def list_requests(
    staff: CurrentStaff,
    supplier_id: Annotated[str | None, Query(max_length=32)] = None,
    kind: Kind | None = None,
    status: StatusName | Literal["open", "closed"] = "open",
    overdue: bool = False,
    assigned: Annotated[str | None, Query(max_length=64)] = None,
    cursor: LongCursor = None,
) -> DeskRequestPage:
    """List requests: emergencies and what is overdue first; those that are closed, newest first.

    `assigned` is ``me``, ``nobody`` or a colleague's id.
    """
    known = {each.supplier_id: each for each in _own_suppliers(staff, supplier_id)}
    today = {each.supplier_id: clock.local_date(clock.now(), each.time_zone) for each in known.values()}
    assignee = {"me": staff.member.staff_id, "nobody": ""}.get(assigned or "", assigned)

    def matches(request: SubscriberRequest) -> bool:
        return (
            kind in (None, request.kind)
            and status in ("open", "closed", request.status)
            and (not overdue or is_overdue(request.answer_by, today[request.supplier_id]))
            and assignee in (None, request.assigned_to)
        )

    name = f"desk-requests/{staff.member.staff_id}/{supplier_id}/{kind}/{status}/{overdue}/{assigned}"
    after = (decode_cursor(name, cursor) or {}).get("after")
    is_closed = status == "closed" or (status != "open" and not is_open(Status(status)))
    listed = work_list.list_closed if is_closed else work_list.list_open
    page = listed(list(known), matches, after)
    items = [DeskRequestLine.of(request, today[request.supplier_id]) for request in page.items]
    following = None if page.next_after is None else {"after": page.next_after}
    return DeskRequestPage(items=items, next=encode_cursor(name, following))


@router.get("/assignees")
def list_assignees(staff: CurrentStaff) -> Assignees:
    """List the colleagues to whom a request of one's own suppliers can be given."""
    own = staff.member

    def is_assignable(each: Member) -> bool:
        shares_suppliers = own.covers(each.suppliers) or each.covers(own.suppliers)
        return each.is_active and role_for(each, Right.REQUESTS) is not None and shares_suppliers

    return Assignees.of([each for each in list_members() if is_assignable(each)])


@router.get("/{request_id}")
@raises(NotFound)
def get_request(request_id: Identifier, staff: CurrentStaff) -> DeskRequest:
    """Show a request with its dialogue, and whose it is."""
    found = _find_request(staff, request_id)
    staff.record_access(Action.REQUEST_SHOWN, _audit_subject(found.request))
    return _request_response(found)


@router.get("/{request_id}/attachments/{file_id}")
@raises(NotFound, FileNotStored)
def get_file(request_id: Identifier, file_id: Identifier, staff: CurrentStaff) -> DeskFileLink:
    """Return a link of five minutes to a file of the request or its dialogue."""
    request = _find_request(staff, request_id).request
    for file in request.all_files:
        if file.file_id == file_id:
            subject, seen = _audit_subject(request), {"file_id": file_id}
            staff.record_access(Action.REQUEST_FILE_SHOWN, subject, after=seen)
            return DeskFileLink(url=files.link(file))
    raise NotFound


@router.post("/{request_id}/attachments", status_code=201)
@raises(NotFound)
def post_file(request_id: Identifier, file: DeskNewFile, staff: CurrentStaff) -> DeskUpload:
    """Return a form to upload a file of an answer with; the file goes to storage, not through us."""
    request = _find_request(staff, request_id).request
    form = files.create_upload(
        staff.member.staff_id, request.account_id, file.name, file.content_type, file.size
    )
    return DeskUpload(attachment=form.token, url=form.url, fields=form.fields)


@router.post("/{request_id}/messages", status_code=201)
@raises(NotFound, Conflict, RequestClosed, DialogueFull, AnswerEmpty, AnswerTooLong, FileNotStored)
def post_answer(request_id: Identifier, new: NewAnswer, staff: CurrentStaff) -> DeskRequest:
    """Answer and set the status; the request's author is notified by mail and on the site."""
    found = _find_request(staff, request_id)
    request = found.request
    if new.version is not None and new.version != request.version:
        raise Conflict
    attached = files.attach(staff.member.staff_id, request.account_id, request.request_id, new.files)
    write = staff.audit_writer(
        Action.REQUEST_ANSWERED,
        _audit_subject(request),
        before={"status": request.status},
        after={"status": new.status},
    )
    author = StaffAuthor(staff.member.name, write)
    answered = store.answer(request, Status(new.status), new.text, attached, author)
    return _request_response(replace(found, request=answered))


@router.post("/{request_id}/assign")
@raises(NotFound, Conflict, RequestClosed)
def post_assignment(request_id: Identifier, form: Assignment, staff: CurrentStaff) -> DeskRequest:
    """Take a request, or give it to a colleague; a new one is in progress from then on."""
    found = _find_request(staff, request_id)
    request = found.request
    member = get_member(form.staff_id)
    may_answer = member is not None and member.is_active and role_for(member, Right.REQUESTS) is not None
    if member is None or not may_answer or not member.covers([request.supplier_id]):
        raise assignee_unknown()
    write = staff.audit_writer(
        Action.REQUEST_ASSIGNED,
        _audit_subject(request),
        before={"assigned_to": request.assigned_to},
        after={"assigned_to": member.staff_id, "name": member.name},
    )
    assigned = dialogue.assign(request, member.staff_id, member.name, write)
    return _request_response(replace(found, request=assigned))


def _own_suppliers(staff: Staff, wanted: str | None) -> list[Supplier]:
    """Return the person's suppliers that take requests, or the one that is asked for."""
    own = [each for each in all_suppliers() if staff.member.covers([each.supplier_id])]
    if wanted is not None:
        own = [each for each in own if each.supplier_id == wanted]
        if not own:
            raise NotFound
    return own


def _find_request(staff: Staff, request_id: str) -> LoadedRequest:
    """Return a request by the desk's id, ``supplier:number``; raises NotFound."""
    supplier_id, _, number = request_id.partition(":")
    staff.require_supplier(supplier_id)
    request = store.find_by_number(supplier_id, number)
    account, supplier = store.account_and_supplier(request)
    return LoadedRequest(request, account, supplier)


def _audit_subject(request: SubscriberRequest) -> Subject:
    return Subject(f"account:{request.account_id}", (request.supplier_id,))


def _request_response(found: LoadedRequest) -> DeskRequest:
    today: date = clock.local_date(clock.now(), found.supplier.time_zone)
    return DeskRequest.from_request(found.request, found.account, found.supplier, today)
