"""Routes of signing in by password, and of signing out."""

from contextlib import suppress

from fastapi import Request, Response

from auth.schemas import CaptchaAnswer, TypedEmail, TypedPassword
from cabinet import limits
from cabinet.core import clock
from cabinet.core.errors import NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.identity.captcha import SolvedCaptcha
from cabinet.identity.errors import BadCredentials, NotActivated
from cabinet.identity.sessions import end_session
from cabinet.identity.sign_in import SignInAttempt, sign_in
from cabinet.web import auth, cookies
from cabinet.web.app import create_router
from cabinet.web.auth import CurrentSubscriber

router = create_router(prefix="/api/auth", tags=["auth"])


class SignInForm(DeferredModel):
    """«Вход»; the captcha is asked for after failures."""

    email: TypedEmail
    password: TypedPassword
    captcha: CaptchaAnswer | None = None


class SignedInUser(DeferredModel):
    """Who has entered."""

    user_id: str
    email: str | None


@router.post("/sessions", status_code=201)
@raises(limits.hit, BadCredentials, NotActivated)
def post_session(form: SignInForm, request: Request, response: Response) -> SignedInUser:
    """Sign in; the session is a cookie, and so is the memory of this device."""
    solved = SolvedCaptcha(form.captcha.challenge, form.captcha.answer) if form.captcha else None
    attempt = SignInAttempt(form.email, form.password, solved, cookies.client_info(request))
    signed_in = sign_in(attempt, clock.now())
    cookies.set_auth_cookies(response, signed_in)
    return SignedInUser(user_id=signed_in.user.user_id, email=signed_in.user.email)


@router.delete("/sessions/current", status_code=204)
def delete_session(who: CurrentSubscriber, response: Response) -> None:
    """Sign out."""
    # A repeat, or a rival that was faster, finds it ended: that is what was asked for.
    with suppress(NotFound):
        end_session(who.user_id, who.session_id)
    auth.clear_session_cookie(response)
