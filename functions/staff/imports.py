"""Routes of registries in: upload, check, preview, apply, undo, reports; the imports function works."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import Query

from cabinet.accounts.store import suppliers as read_suppliers
from cabinet.accounts.supplier_model import Supplier
from cabinet.audit.model import Action
from cabinet.aws.dynamo import Item
from cabinet.core import clock
from cabinet.core.errors import InvalidFields, NotFound, raises
from cabinet.exchange.errors import ImportNotApplicable, UndoRejected, UploadExpired
from cabinet.exchange.imports import import_requests, job_store, undo_requests
from cabinet.signed_tokens import TokenInvalid
from cabinet.web.app import Identifier, create_router
from cabinet.web.pagination import LongCursor, decode_cursor, encode_cursor
from cabinet.web.staff_auth import CurrentStaff
from staff.import_schemas import (
    REPORTS,
    CheckForm,
    ImportPage,
    ImportPreview,
    ImportResponse,
    ImportUpload,
    NewImport,
    ReportLink,
    SupplierId,
    UndoForm,
)

router = create_router(prefix="/api/staff", tags=["desk"])
_PAGE_SIZE = 25


@router.get("/imports")
@raises(NotFound, TokenInvalid)
def list_imports(
    staff: CurrentStaff,
    supplier_id: Annotated[SupplierId, Query()],
    cursor: LongCursor = None,
) -> ImportPage:
    """List a supplier's imports, the newest first."""
    staff.require_supplier(supplier_id)
    name = f"desk-imports/{supplier_id}"
    after = decode_cursor(name, cursor)
    page = job_store.list_jobs(supplier_id, _PAGE_SIZE, after)
    items = [ImportResponse.of(supplier_id, item) for item in page.items]
    return ImportPage(items=items, next=encode_cursor(name, page.next_key))


@router.post("/imports", status_code=201)
@raises(NotFound, InvalidFields)
def post_import(new: NewImport, staff: CurrentStaff) -> ImportUpload:
    """Return a form to upload a registry with; the file goes to storage, not through us."""
    staff.require_supplier(new.supplier_id)
    if new.supplier_id not in read_suppliers([new.supplier_id]):
        raise NotFound
    own_id, form = import_requests.create_upload(
        staff.member.staff_id, new.supplier_id, new.file_name, new.size, clock.now()
    )
    import_id = f"{new.supplier_id}:{own_id}"
    return ImportUpload(import_id=import_id, ticket=form.token, url=form.url, fields=form.fields)


@router.post("/imports/{import_id}/check")
@raises(NotFound, UploadExpired)
def post_check(import_id: Identifier, form: CheckForm, staff: CurrentStaff) -> ImportResponse:
    """Start checking the uploaded file and comparing it with the stored data; this changes nothing."""
    supplier_id, own_id = staff.require_own(import_id)
    item = import_requests.request_check(staff.author, supplier_id, own_id, form.ticket, clock.now())
    return ImportResponse.of(supplier_id, item)


@router.get("/imports/{import_id}")
@raises(NotFound)
def get_import(import_id: Identifier, staff: CurrentStaff) -> ImportResponse:
    """Show how far an import has come; nothing of residents."""
    supplier_id, own_id = staff.require_own(import_id)
    item = import_requests.require_job(supplier_id, own_id)
    import_requests.resend_lost_message(item, clock.now())
    return ImportResponse.of(supplier_id, item, mails_after=_mails_after(supplier_id, item))


@router.get("/imports/{import_id}/preview")
@raises(NotFound)
def get_preview(import_id: Identifier, staff: CurrentStaff) -> ImportPreview:
    """Show what a check has found: sums by period, kind and payee, accounts by number, lines of the file."""
    supplier_id, own_id = staff.require_own(import_id)
    item = import_requests.require_job(supplier_id, own_id)
    found = job_store.get_preview(supplier_id, own_id)
    if found is None:
        raise NotFound
    supplier = read_suppliers([supplier_id]).get(supplier_id)
    staff.record_access(Action.IMPORT_SHOWN, import_requests.audit_subject(item))
    return ImportPreview.of(found, _payee_names(supplier))


@router.post("/imports/{import_id}/apply")
@raises(NotFound, ImportNotApplicable)
def post_apply(import_id: Identifier, staff: CurrentStaff) -> ImportResponse:
    """Have a checked registry applied; mails about its receipts wait for the supplier's quiet time."""
    supplier_id, own_id = staff.require_own(import_id)
    item = import_requests.request_apply(staff.author, supplier_id, own_id, clock.now())
    return ImportResponse.of(supplier_id, item)


@router.post("/imports/{import_id}/undo")
@raises(NotFound, UndoRejected)
def post_undo(import_id: Identifier, form: UndoForm, staff: CurrentStaff) -> ImportResponse:
    """Have an import undone; refused if something newer was written over it."""
    supplier_id, own_id = staff.require_own(import_id)
    import_requests.require_job(supplier_id, own_id)
    undo_requests.request(staff.author, supplier_id, own_id, form.reason, clock.now())
    return ImportResponse.of(supplier_id, import_requests.require_job(supplier_id, own_id))


@router.get("/imports/{import_id}/report")
@raises(NotFound)
def get_report(
    import_id: Identifier, staff: CurrentStaff, kind: Literal["check", "apply", "undo"] = "apply"
) -> ReportLink:
    """Return a link of five minutes to a report: every issue by line, then what was done."""
    supplier_id, own_id = staff.require_own(import_id)
    item = import_requests.require_job(supplier_id, own_id)
    key = item.get(REPORTS[kind])
    if not key:
        raise NotFound
    subject = import_requests.audit_subject(item)
    staff.record_access(Action.IMPORT_REPORT_SHOWN, subject, after={"report": kind})
    return ReportLink(url=import_requests.report_link(str(key), f"{own_id}-{kind}.csv"))


def _payee_names(supplier: Supplier | None) -> dict[str, str]:
    return {payee.inn: payee.name for payee in supplier.payees} if supplier is not None else {}


def _mails_after(supplier_id: str, item: Item) -> str | None:
    """Return when mails may name what the import changed; None where they may, or it changed nothing."""
    if item["status"] not in ("applying", "applied") or "applied_at" not in item:
        return None
    supplier = read_suppliers([supplier_id]).get(supplier_id)
    if supplier is None:
        return None
    changed = datetime.fromisoformat(str(item.get("finished_at") or item["applied_at"]))
    until = changed + timedelta(minutes=supplier.receipt_mail_delay_minutes)
    return clock.timestamp(until) if clock.now() < until else None
