"""Routes of mail: letters that died, sent again; addresses that are not written to, lifted with a reason."""

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BeforeValidator, StringConstraints

from cabinet.audit.model import Action
from cabinet.audit.store import Subject, note_look, record
from cabinet.aws.dynamo import Item
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.core.text import strip_control_chars
from cabinet.notifications import outbox_store, suppression, undelivered
from cabinet.outbox.queue import wake_worker_for
from cabinet.signed_tokens import TokenInvalid
from cabinet.staff.resident_rules import masked_email
from cabinet.web.app import Identifier, create_router
from cabinet.web.pagination import decode_cursor, encode_cursor
from cabinet.web.staff_auth import CurrentStaff

router = create_router(prefix="/api/staff", tags=["desk"])

type MailState = Literal["dead", "suppressed"]


def _printable(given: object) -> object:
    return strip_control_chars(given) if isinstance(given, str) else given


class MailLine(DeferredModel):
    """A letter that died, or an address that is not written to."""

    mail_id: str
    """Of a letter, for sending it again; of an address, its hash."""
    state: MailState
    template: str | None
    email_masked: str
    account_id: str | None
    at: str
    reason: str
    """What the mail server said; of an address ``bounce`` or ``complaint``."""


class MailPage(DeferredModel):
    """A page of them; one may be short, or empty, and yet have a next."""

    items: list[MailLine]
    next: str | None


class MailReleased(DeferredModel):
    """How many letters go now."""

    sent: int


class ReasonToLift(DeferredModel):
    """Why the address is to be written to again."""

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
        BeforeValidator(_printable),
    ]


@router.get("/mail")
@raises(TokenInvalid)
def list_mail(
    staff: CurrentStaff, state: MailState, cursor: Annotated[str | None, Query(max_length=4096)] = None
) -> MailPage:
    """List letters that died, or addresses that are not written to, of the person's own suppliers."""
    name = f"desk-mail/{staff.member.staff_id}/{state}"
    after = decode_cursor(name, cursor)
    note_look(
        staff.author, Action.MAIL_SHOWN, Subject("", tuple(staff.member.suppliers)), clock.now(),
        after={"state": state},
    )  # fmt: skip
    if state == "dead":
        listed = undelivered.list_dead(staff.member.covers, after)
        items = [_dead_line(row) for row in listed.rows]
    else:
        listed = undelivered.list_suppressed(staff.member.covers, after)
        items = [_suppressed_line(row) for row in listed.rows]
    return MailPage(items=items, next=encode_cursor(name, listed.following))


@router.post("/mail/{mail_id}/retry")
@raises(NotFound, Conflict)
def post_retry(mail_id: Identifier, staff: CurrentStaff) -> MailReleased:
    """Put a letter that died back among those that wait."""
    person, _, letter_id = mail_id.partition("~")
    dead = undelivered.find_dead(person, letter_id, staff.member.covers)
    write = partial(
        record, author=staff.author, action=Action.LETTER_RESENT, subject=_subject(dead), now=clock.now(),
        after={"template": dead["template"], "failure": dead["failure"]},
    )  # fmt: skip
    letter = outbox_store.resend(dead, write)
    wake_worker_for([(letter.pk, letter.sk)])
    return MailReleased(sent=1)


@router.delete("/suppressions/{address_hash}")
@raises(NotFound, Conflict)
def delete_suppression(address_hash: Identifier, form: ReasonToLift, staff: CurrentStaff) -> MailReleased:
    """Let an address get mail again, when its owner has mended it; what was held for it goes now."""
    row = undelivered.find_suppressed(address_hash, staff.member.covers)
    write = partial(
        record, author=staff.author, action=Action.SUPPRESSION_LIFTED, subject=_subject(row),
        now=clock.now(), before={"reason": row["reason"], "email": row["email_masked"]},
        reason=form.reason,
    )  # fmt: skip
    return MailReleased(sent=suppression.lift(address_hash, row.get("user_id"), write))


def _subject(row: Item) -> Subject:
    return Subject(undelivered.subject_of(row), tuple(undelivered.suppliers_of(row)))


def _dead_line(row: Item) -> MailLine:
    person, _, letter_id = str(row["sk"]).partition("#")
    return MailLine(**_line(row, masked_email(row["to"])), mail_id=f"{person}~{letter_id}", state="dead",
                    at=row["died_at"], reason=row["failure"])  # fmt: skip


def _suppressed_line(row: Item) -> MailLine:
    return MailLine(**_line(row, row["email_masked"]), mail_id=row["sk"], state="suppressed",
                    at=row["suppressed_at"], reason=row["reason"])  # fmt: skip


def _line(row: Item, email_masked: str) -> dict[str, Any]:
    return {
        "template": row.get("template"), "account_id": row.get("account_id"), "email_masked": email_masked,
    }  # fmt: skip
