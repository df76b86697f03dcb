"""Routes of notices: the lists to choose a place from, whom a notice reaches, publishing, ending."""

from typing import Annotated

from fastapi import Query

from cabinet.accounts.houses import list_houses
from cabinet.core import clock
from cabinet.core.errors import Conflict, IdempotencyConflict, NotFound, raises
from cabinet.notices import publications, read_statistics
from cabinet.notices.model import Publication
from cabinet.notices.publications import NoticeEnded
from cabinet.signed_tokens import TokenInvalid
from cabinet.staff import notices
from cabinet.staff.errors import NoRecipients
from cabinet.web.app import IdempotencyKey, Identifier, create_router
from cabinet.web.pagination import LongCursor, decode_cursor, encode_cursor
from cabinet.web.staff_auth import CurrentStaff, Staff
from staff.notice_schemas import (
    DeskNotice,
    DeskNoticePage,
    HouseLine,
    Houses,
    NewNotice,
    NoticeCorrection,
    NoticeReads,
    ReachForm,
    ReachResponse,
    UnreachedLine,
    UnreachedPage,
)

router = create_router(prefix="/api/staff", tags=["desk"])

type SupplierIdQuery = Annotated[str, Query(min_length=1, max_length=32)]


@router.get("/houses")
@raises(NotFound)
def get_houses(staff: CurrentStaff, supplier_id: SupplierIdQuery) -> Houses:
    """List a supplier's houses, as its registries have named them."""
    staff.require_supplier(supplier_id)
    return Houses(
        items=[
            HouseLine(
                house_id=each.house_id, city=each.house.city, street=each.house.street, house=each.house.house
            )
            for each in list_houses(supplier_id)
        ]
    )


@router.post("/notices/reach")
@raises(NotFound)
def post_reach(form: ReachForm, staff: CurrentStaff) -> ReachResponse:
    """Count whom a notice would reach; nothing is published."""
    staff.require_supplier(form.supplier_id)
    supplier = notices.supplier_with_notices(form.supplier_id)
    resolved = notices.resolve_target(supplier, form.where.target(), form.kind)
    return ReachResponse.of(resolved.words, resolved.reach)


@router.get("/notices")
@raises(TokenInvalid, NotFound)
def list_notices(
    staff: CurrentStaff,
    supplier_id: SupplierIdQuery,
    cursor: LongCursor = None,
) -> DeskNoticePage:
    """List a supplier's notices, newest first."""
    staff.require_supplier(supplier_id)
    name = f"desk-notices/{staff.member.staff_id}/{supplier_id}"
    found, following = publications.page_by_supplier(supplier_id, decode_cursor(name, cursor))
    moment = clock.now()
    items = [DeskNotice.of(each, moment) for each in found]
    return DeskNoticePage(items=items, next=encode_cursor(name, following))


@router.post("/notices", status_code=201)
@raises(NotFound, NoRecipients, IdempotencyConflict)
def post_notice(new: NewNotice, key: IdempotencyKey, staff: CurrentStaff) -> DeskNotice:
    """Publish a notice at once; its emails go out in the background."""
    staff.require_supplier(new.supplier_id)
    supplier = notices.supplier_with_notices(new.supplier_id)
    moment = clock.now()
    return DeskNotice.of(notices.publish(staff.author, supplier, new.draft(), key, moment), moment)


@router.get("/notices/{notice_id}")
@raises(NotFound)
def get_notice(notice_id: Identifier, staff: CurrentStaff) -> DeskNotice:
    """Show a notice."""
    return DeskNotice.of(_find_notice(staff, notice_id), clock.now())


@router.patch("/notices/{notice_id}")
@raises(NotFound, NoticeEnded, Conflict)
def patch_notice(notice_id: Identifier, form: NoticeCorrection, staff: CurrentStaff) -> DeskNotice:
    """Change what a notice says; it is not mailed again."""
    moment = clock.now()
    corrected = notices.correct(
        staff.author, _find_notice(staff, notice_id), moment,
        title=form.title, text=form.text, valid_until=form.until(),
    )  # fmt: skip
    return DeskNotice.of(corrected, moment)


@router.get("/notices/{notice_id}/reads")
@raises(NotFound)
def get_reads(notice_id: Identifier, staff: CurrentStaff) -> NoticeReads:
    """Count who has opened a notice on the site."""
    publication = _find_notice(staff, notice_id)
    return NoticeReads(
        recipients=publication.recipients,
        is_fully_counted=publication.is_fully_counted,
        read=read_statistics.count_reads(publication),
    )


@router.get("/notices/{notice_id}/unreached")
@raises(TokenInvalid, NotFound)
def list_unreached(notice_id: Identifier, staff: CurrentStaff, cursor: LongCursor = None) -> UnreachedPage:
    """List whom a notice, or its email, does not reach, and why."""
    publication = _find_notice(staff, notice_id)
    name = f"desk-unreached/{staff.member.staff_id}/{notice_id}"
    after = decode_cursor(name, cursor)
    found, following = notices.show_unreached(staff.author, publication, after, clock.now())
    return UnreachedPage(
        items=[UnreachedLine.of(each) for each in found], next=encode_cursor(name, following)
    )


@router.post("/notices/{notice_id}/end")
@raises(NotFound, Conflict)
def post_end(notice_id: Identifier, staff: CurrentStaff) -> DeskNotice:
    """Say that it is over («устранено»): an emergency leaves the first screen, its readers are mailed."""
    moment = clock.now()
    return DeskNotice.of(notices.end(staff.author, _find_notice(staff, notice_id), moment), moment)


def _find_notice(staff: Staff, notice_id: str) -> Publication:
    """Return a notice by the desk's id, ``supplier:number``; raises NotFound."""
    supplier_id, _, number = notice_id.partition(":")
    staff.require_supplier(supplier_id)
    return publications.require_publication(supplier_id, number)
