"""The route of the audit log: by day, by person, by what was read or changed."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query

from cabinet.audit import store
from cabinet.audit.model import Action
from cabinet.audit.store import Subject
from cabinet.aws.dynamo import Item, Page
from cabinet.core import clock
from cabinet.core.errors import raises
from cabinet.core.model import DeferredModel
from cabinet.signed_tokens import TokenInvalid
from cabinet.web.app import create_router
from cabinet.web.pagination import LongCursor, decode_cursor, encode_cursor
from cabinet.web.staff_auth import CurrentStaff
from staff.schemas import Day

router = create_router(prefix="/api/staff/audit", tags=["desk"])


class AuditEntryResponse(DeferredModel):
    """One entry: who, when, by which role, what, about whom, what it was before and after, and why."""

    at: str
    who: str
    name: str
    role: str
    action: str
    title: str
    about: str
    suppliers: list[str]
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str


class AuditPage(DeferredModel):
    """A page, newest first; one may be empty and yet have a next."""

    items: list[AuditEntryResponse]
    next: str | None


@router.get("")
@raises(TokenInvalid)
def list_audit(
    staff: CurrentStaff,
    about: Annotated[str | None, Query(max_length=200)] = None,
    who: Annotated[str | None, Query(max_length=400)] = None,
    day: Annotated[Day | None, Query(alias="from")] = None,
    cursor: LongCursor = None,
) -> AuditPage:
    """List what was done about somebody, or by somebody; else on a day, today unless another is asked for.

    With `about` or `who`, `from` is the first day that is listed. The log names accounts and what changed of
    them: reading it is a row as well, which the page that it belongs to does not show yet.
    """
    name = f"audit/{about or ''}/{who or ''}/{day or ''}"
    page = _audit_page(about, who, day, decode_cursor(name, cursor))
    found = [entry for entry in store.entries(page) if entry.concerns(staff.member.suppliers)]
    if about or who:
        earliest = day.isoformat() if day else ""
        wanted = [entry for entry in found if entry.at >= earliest and who in (None, entry.who)]
        is_over = len(wanted) < len(found) and any(entry.at < earliest for entry in found)
        page = Page(page.items, None if is_over else page.next_key)
        found = wanted
    asked = {"about": about, "who": who, "from": day.isoformat() if day else None}
    after = {name: value for name, value in asked.items() if value}
    staff.record_access(Action.AUDIT_SHOWN, Subject("", tuple(staff.member.suppliers)), after=after)
    items = [AuditEntryResponse.model_validate(entry, from_attributes=True) for entry in found]
    return AuditPage(items=items, next=encode_cursor(name, page.next_key))


def _audit_page(about: str | None, who: str | None, day: date | None, after: Item | None) -> Page:
    if about:
        return store.list_about(about, after)
    if who:
        return store.list_by_person(who, after)
    return store.list_by_day((day or clock.now().date()).isoformat(), after)
