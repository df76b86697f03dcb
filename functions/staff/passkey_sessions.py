"""Routes of signing in by a passkey, and of using one again where a code would be entered again."""

from fastapi import Request, Response

from cabinet import limits
from cabinet.core import clock
from cabinet.core.errors import Conflict, raises
from cabinet.staff.errors import BadPasskey, NoPasskeys, PasskeyRejected, StaffUnauthenticated
from cabinet.staff.passkey_sign_in import (
    PasskeyAttempt,
    confirm,
    new_confirmation_challenge,
    new_sign_in_challenge,
    sign_in,
)
from cabinet.web.app import create_router, get_client_ip
from cabinet.web.staff_auth import CurrentStaff, set_staff_cookie
from staff.passkey_schemas import AssertionForm, ChallengeResponse, OwnChallengeResponse
from staff.schemas import StaffResponse

router = create_router(prefix="/api/staff/sessions", tags=["desk"])


@router.post("/passkey/challenge", status_code=201)
@raises(limits.hit, Conflict)
def post_sign_in_challenge(request: Request) -> ChallengeResponse:
    """Return a challenge to be signed by a passkey at sign-in."""
    return ChallengeResponse.of(new_sign_in_challenge(get_client_ip(request), clock.now()))


@router.post("/passkey", status_code=201)
@raises(limits.hit, BadPasskey, Conflict)
def post_passkey_session(form: AssertionForm, request: Request, response: Response) -> StaffResponse:
    """Sign in by a passkey instead of password and code; the same session follows."""
    attempt = PasskeyAttempt(form.answer(), get_client_ip(request), request.headers.get("user-agent", ""))
    session = sign_in(attempt, clock.now())
    set_staff_cookie(response, session.token)
    return StaffResponse.of(session.member)


@router.post("/current/passkey/challenge", status_code=201)
@raises(NoPasskeys, Conflict)
def post_challenge(staff: CurrentStaff) -> OwnChallengeResponse:
    """Give the signed-in person something to sign by one of their passkeys."""
    return OwnChallengeResponse.to(new_confirmation_challenge(staff.signed_in, clock.now()))


@router.post("/current/passkey", status_code=204)
@raises(limits.hit, PasskeyRejected, StaffUnauthenticated)
def post_passkey(form: AssertionForm, staff: CurrentStaff) -> None:
    """Use a passkey again: for five minutes, what moves money or access may be done."""
    confirm(staff.signed_in, form.answer(), clock.now())
