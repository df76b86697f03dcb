"""Routes of signing in at the desk, of entering a code again, and of signing out."""

from contextlib import suppress
from datetime import datetime
from typing import Annotated

from fastapi import Request, Response
from pydantic import StringConstraints

from cabinet import limits
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.staff.errors import BadStaffCredentials
from cabinet.staff.rights_rules import Right, rights_of
from cabinet.staff.sessions import (
    CODE_FRESH_FOR,
    StaffSignInAttempt,
    confirm_code,
    is_code_fresh,
    sign_in,
    sign_out,
)
from cabinet.web.app import create_router, get_client_ip
from cabinet.web.staff_auth import CurrentStaff, clear_staff_cookie, set_staff_cookie
from staff.schemas import StaffResponse, TypedCode

router = create_router(prefix="/api/staff", tags=["desk"])


class StaffSignInForm(DeferredModel):
    """Address, password, and the code of the app or one that was written down."""

    email: Annotated[str, StringConstraints(min_length=1, max_length=254)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    code: TypedCode


class CodeForm(DeferredModel):
    """The code of the app, entered again."""

    code: TypedCode


class Me(StaffResponse):
    """Who is signed in; `rights` are what the roles allow together."""

    rights: list[Right]
    code_fresh_until: datetime | None
    """Until when what needs a code may be done without another one."""
    has_passkeys: bool
    """Whether a passkey may be used where a code is asked for."""


@router.post("/sessions", status_code=201)
@raises(limits.hit, BadStaffCredentials, Conflict)
def post_session(form: StaffSignInForm, request: Request, response: Response) -> StaffResponse:
    """Sign in; the session is a cookie of the desk alone."""
    attempt = StaffSignInAttempt(
        form.email, form.password, form.code, get_client_ip(request), request.headers.get("user-agent", "")
    )
    session = sign_in(attempt, clock.now())
    set_staff_cookie(response, session.token)
    return StaffResponse.of(session.member)


@router.delete("/sessions/current", status_code=204)
def delete_session(staff: CurrentStaff, response: Response) -> None:
    """Sign out."""
    # A repeat, or a rival that was faster, finds it ended: that is what was asked for.
    with suppress(NotFound):
        sign_out(staff.signed_in, clock.now())
    clear_staff_cookie(response)


@router.post("/sessions/current/code", status_code=204)
@raises(limits.hit)
def post_code(form: CodeForm, staff: CurrentStaff) -> None:
    """Enter a code again: for five minutes, what moves money or access may be done."""
    confirm_code(staff.signed_in, form.code, clock.now())


@router.get("/me")
def get_me(staff: CurrentStaff) -> Me:
    """Return who is signed in and what they may do."""
    confirmed = staff.signed_in.code_confirmed_at
    is_fresh = is_code_fresh(staff.signed_in, clock.now())
    return Me(
        **StaffResponse.of(staff.member).model_dump(),
        rights=rights_of(staff.member),
        code_fresh_until=confirmed + CODE_FRESH_FOR if confirmed is not None and is_fresh else None,
        has_passkeys=staff.member.passkey_count > 0,
    )
