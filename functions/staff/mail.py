"""Routes of mail: emails that died, sent again; addresses that are not written to, lifted with a reason."""

from typing import Any, Literal

from cabinet.audit.model import Action
from cabinet.audit.store import Subject
from cabinet.aws.dynamo import Item
from cabinet.core.errors import Conflict, NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.core.text import Reason
from cabinet.notifications import outbox_store, suppression, undelivered
from cabinet.outbox.emails import wake_mailer_for
from cabinet.signed_tokens import TokenInvalid
from cabinet.staff.resident_rules import masked_email
from cabinet.web.app import Identifier, create_router
from cabinet.web.pagination import LongCursor, decode_cursor, encode_cursor
from cabinet.web.staff_auth import CurrentStaff

router = create_router(prefix="/api/staff", tags=["desk"])

type MailState = Literal["dead", "suppressed"]


class MailLine(DeferredModel):
    """An email that died, or an address that is not written to."""

    mail_id: str
    """An e-mail's id, for sending it again; an address's hash."""
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
    """How many emails go now."""

    sent: int


class ReasonToLift(DeferredModel):
    """Why the address is to be written to again."""

    reason: Reason


@router.get("/mail")
@raises(TokenInvalid)
def list_mail(staff: CurrentStaff, state: MailState, cursor: LongCursor = None) -> MailPage:
    """List emails that died, or addresses that are not written to, of the person's own suppliers."""
    name = f"desk-mail/{staff.member.staff_id}/{state}"
    after = decode_cursor(name, cursor)
    staff.record_access(Action.MAIL_SHOWN, Subject("", tuple(staff.member.suppliers)), after={"state": state})
    if state == "dead":
        listed = undelivered.list_dead_letters(staff.member.covers, after)
        items = [_dead_letter_line(row) for row in listed.rows]
    else:
        listed = undelivered.list_suppressed(staff.member.covers, after)
        items = [_suppressed_line(row) for row in listed.rows]
    return MailPage(items=items, next=encode_cursor(name, listed.next_position))


@router.post("/mail/{mail_id}/retry")
@raises(NotFound, Conflict)
def post_retry(mail_id: Identifier, staff: CurrentStaff) -> MailReleased:
    """Put an email that died back among those that wait."""
    address_hash, _, email_id = mail_id.partition("~")
    dead = undelivered.find_dead_letter(address_hash, email_id, staff.member.covers)
    write = staff.audit_writer(
        Action.LETTER_RESENT,
        _audit_subject(dead),
        after={"template": dead["template"], "failure": dead["failure"]},
    )
    email = outbox_store.resend(dead, write)
    wake_mailer_for([(email.pk, email.sk)])
    return MailReleased(sent=1)


@router.delete("/suppressions/{address_hash}")
@raises(NotFound, Conflict)
def delete_suppression(address_hash: Identifier, form: ReasonToLift, staff: CurrentStaff) -> MailReleased:
    """Let an address get mail again, when its owner has repaired it; what was held for it is sent now."""
    row = undelivered.find_suppressed(address_hash, staff.member.covers)
    write = staff.audit_writer(
        Action.SUPPRESSION_LIFTED,
        _audit_subject(row),
        before={"reason": row["reason"], "email": row["email_masked"]},
        reason=form.reason,
    )
    return MailReleased(sent=suppression.unsuppress_hash(address_hash, row.get("user_id"), write))


def _audit_subject(row: Item) -> Subject:
    return Subject(undelivered.audit_subject(row), tuple(undelivered.suppliers_for(row)))


def _dead_letter_line(row: Item) -> MailLine:
    address_hash, _, email_id = str(row["sk"]).partition("#")
    return MailLine(
        **_line_fields(row, masked_email(row["to"])),
        mail_id=f"{address_hash}~{email_id}",
        state="dead",
        at=row["died_at"],
        reason=row["failure"],
    )


def _suppressed_line(row: Item) -> MailLine:
    return MailLine(**_line_fields(row, row["email_masked"]), mail_id=row["sk"], state="suppressed",
                    at=row["suppressed_at"], reason=row["reason"])  # fmt: skip


def _line_fields(row: Item, email_masked: str) -> dict[str, Any]:
    return {
        "template": row.get("template"), "account_id": row.get("account_id"), "email_masked": email_masked,
    }  # fmt: skip
