"""Authentication and rights of the staff: the desk's cookie, and the table of rights by route."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from cabinet.audit import store
from cabinet.audit.model import EVERY_SUPPLIER, Action, Author
from cabinet.audit.store import AddAuditRow, Subject
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table
from cabinet.core import clock
from cabinet.core.errors import NotFound, ServiceUnavailable, raises
from cabinet.signed_tokens import Purpose, TokenInvalid, verify
from cabinet.staff.errors import CodeRequired, RoleMissing, StaffUnauthenticated
from cabinet.staff.keys import member_key, staff_session_key
from cabinet.staff.model import Member, SignedInStaff
from cabinet.staff.rights_rules import ROUTES, role_for
from cabinet.staff.sessions import IDLE_TIMEOUT, is_code_fresh, public_session_id
from cabinet.web.inline_routes import run_inline_or_in_thread

COOKIE = "__Host-staff"
_TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Staff:
    """The authenticated member, who has the right to this route."""

    signed_in: SignedInStaff
    author: Author

    @property
    def member(self) -> Member:
        """Return the person's row."""
        return self.signed_in.member

    def require_supplier(self, supplier_id: str) -> None:
        """Answer about another's supplier as if there were none; raises NotFound."""
        if not self.member.covers([supplier_id]):
            raise NotFound

    def require_own(self, joined: str) -> tuple[str, str]:
        """Return both parts of ``supplier:own id``, by which the desk names what is a supplier's.

        Raises NotFound for another's supplier, and where either part is missing.
        """
        supplier_id, _, own_id = joined.partition(":")
        self.require_supplier(supplier_id)
        if not own_id:
            raise NotFound
        return supplier_id, own_id

    def record_access(self, action: Action, subject: Subject, after: dict[str, Any] | None = None) -> None:
        """Write the audit row of a read access; call it before the data is shown."""
        store.record_access(self.author, action, subject, clock.now(), after=after)

    def audit_writer(
        self, action: Action, subject: Subject,
        *, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None, reason: str = "",
    ) -> AddAuditRow:  # fmt: skip
        """Return what adds the audit row of a change to the change's own transaction."""
        return partial(
            store.record, author=self.author, action=action, subject=subject, now=clock.now(), before=before,
            after=after, reason=reason,
        )  # fmt: skip

    @property
    def sees_every_supplier(self) -> bool:
        """Tell whether the person is limited to no suppliers."""
        return EVERY_SUPPLIER in self.member.suppliers


def set_staff_cookie(response: Response, token: str) -> None:
    """Hand the session to the browser; it dies with the browser at the latest."""
    response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="strict")


def clear_staff_cookie(response: Response) -> None:
    """Take the session away from the browser."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


@raises(StaffUnauthenticated, RoleMissing, CodeRequired)
def current_staff(request: Request) -> Staff:
    """Return who is asking, after the route's row in the table of rights; one batch of two reads.

    Raises
    ------
    StaffUnauthenticated
        No session, an idle one, or one older than a change of the person's access.
    RoleMissing
        None of the person's roles has the right, or the table does not know the route.
    CodeRequired
        The route wants a code that was entered again in the last minutes.
    """
    staff_id, session_id = _claims(request)
    key = staff_session_key(staff_id, session_id)
    session, row = dynamo.batch_get(
        [(Table.USERS, key), (Table.USERS, member_key(staff_id))], consistent=True
    )
    moment = clock.now()
    member = Member.model_validate(row) if row else None
    if member is None or session is None or not _is_valid(session, member, moment):
        raise StaffUnauthenticated
    confirmed = session.get("code_at")
    signed_in = SignedInStaff(member, session_id, datetime.fromisoformat(confirmed) if confirmed else None)
    staff = Staff(signed_in, _author(request, signed_in, moment))
    _touch(session, moment)
    return staff


def _author(request: Request, signed_in: SignedInStaff, now: datetime) -> Author:
    member, route = signed_in.member, request.scope["route"]
    access = ROUTES.get(f"{request.method} {route.path}")
    role = None if access is None or access.right is None else role_for(member, access.right)
    if access is None or role is None:
        raise RoleMissing
    if access.needs_code and not is_code_fresh(signed_in, now):
        raise CodeRequired
    return Author(member.staff_id, member.name, role)


def _claims(request: Request) -> tuple[str, str]:
    token = request.cookies.get(COOKIE)
    if token is None:
        raise StaffUnauthenticated
    try:
        claims = verify(Purpose.STAFF_SESSION, token)
        return str(claims["sub"]), public_session_id(str(claims["sid"]))
    except (TokenInvalid, KeyError):
        raise StaffUnauthenticated from None


def _is_valid(session: Item, member: Member, now: datetime) -> bool:
    is_idle = clock.epoch(now) >= session["seen_at"] + IDLE_TIMEOUT.total_seconds()
    return member.is_active and not is_idle and session["credentials"] == member.credentials_version


def _touch(session: Item, now: datetime) -> None:
    """Note at most every minute that the session is in use."""
    if clock.epoch(now) - session["seen_at"] < _TOUCH_EVERY.total_seconds():
        return
    # A busy table must not turn a reader away; the next request notes it.
    with suppress(ServiceUnavailable):
        dynamo.update(
            Table.USERS, (session["pk"], session["sk"]), "SET #seen_at = :now",
            condition=dynamo.IS_PRESENT, on_conflict=StaffUnauthenticated, now=clock.epoch(now),
        )  # fmt: skip


type CurrentStaff = Annotated[Staff, Depends(run_inline_or_in_thread(current_staff))]
