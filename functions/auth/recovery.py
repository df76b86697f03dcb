"""Routes of password recovery: the link by mail, the new password."""

from cabinet import clock, limits
from cabinet.errors import raises
from cabinet.http import client_address, create_router
from cabinet.identity import captcha, contacts, cookies, devices, one_time, passwords
from cabinet.identity.one_time import Errand
from cabinet.identity.password_rules import check_password
from cabinet.identity.recovery import ask_for_reset, reset
from cabinet.tokens import TokenInvalid
from fastapi import Request, Response
from pydantic import BaseModel

from auth.shapes import CaptchaAnswer, LinkToken, TypedEmail, TypedPassword

router = create_router(prefix="/api/auth", tags=["auth"])


class ResetForm(BaseModel):
    """«Забыли пароль?»."""

    email: TypedEmail
    captcha: CaptchaAnswer


class NewPassword(BaseModel):
    """The token of the letter's link, and the password to keep from now on."""

    token: LinkToken
    password: TypedPassword


@router.post("/password-resets", status_code=202, response_class=Response)
@raises(limits.count)
def post_password_reset(form: ResetForm, request: Request) -> None:
    """Send a link to the address if a user owns it; the answer is the same if none does."""
    moment = clock.now()
    limits.count(limits.RESET_BY_ADDRESS, client_address(request))
    captcha.check_captcha(form.captcha.challenge, form.captcha.answer, moment)
    limits.count(limits.RESET_BY_EMAIL, contacts.mailbox_of(form.email))
    ask_for_reset(form.email, moment)


@router.post("/password-resets/confirm", status_code=204)
@raises(limits.count, TokenInvalid)
def post_new_password(form: NewPassword, request: Request, response: Response) -> None:
    """Keep the new password; every session ends, and this device is known from now on."""
    address = client_address(request)
    limits.count(limits.TOKEN_BY_ADDRESS, address)
    one_time.content_of(Errand.PASSWORD_RESET, form.token)
    check_password(form.password)
    user_id = reset(form.token, passwords.hashed(form.password), clock.now(), address)
    cookies.remember_device(response, devices.device_token(user_id, None))
