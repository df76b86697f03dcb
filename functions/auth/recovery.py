"""Routes of password recovery: the link by mail, the new password."""

from fastapi import Request, Response

from auth.schemas import CaptchaAnswer, LinkToken, TypedEmail, TypedPassword
from cabinet import limits
from cabinet.core import clock, contacts
from cabinet.core.errors import raises
from cabinet.core.model import DeferredModel
from cabinet.identity import captcha, one_time_tokens, passwords, trusted_devices
from cabinet.identity.one_time_tokens import TokenPurpose
from cabinet.identity.password_policy import check_password
from cabinet.identity.password_reset import request_reset, reset
from cabinet.signed_tokens import TokenInvalid
from cabinet.web import cookies
from cabinet.web.app import create_router, get_client_ip

router = create_router(prefix="/api/auth", tags=["auth"])


class ResetForm(DeferredModel):
    """«Забыли пароль?»."""

    email: TypedEmail
    captcha: CaptchaAnswer


class NewPassword(DeferredModel):
    """The token of the email's link, and the password to keep from now on."""

    token: LinkToken
    password: TypedPassword


@router.post("/password-resets", status_code=202, response_class=Response)
@raises(limits.hit)
def request_password_reset(form: ResetForm, request: Request) -> None:
    """Send a link to the address if a user owns it; the answer is the same if none does."""
    moment = clock.now()
    limits.hit(limits.RESET_BY_IP, get_client_ip(request))
    captcha.check_captcha(form.captcha.challenge, form.captcha.answer, moment)
    limits.hit(limits.RESET_BY_EMAIL, contacts.canonical_email(form.email))
    request_reset(form.email, moment)


@router.post("/password-resets/confirm", status_code=204)
@raises(limits.hit, TokenInvalid)
def confirm_password_reset(form: NewPassword, request: Request, response: Response) -> None:
    """Keep the new password; every session ends, and this device is known from now on."""
    client_ip = get_client_ip(request)
    limits.hit(limits.TOKEN_BY_IP, client_ip)
    one_time_tokens.peek(TokenPurpose.PASSWORD_RESET, form.token)
    check_password(form.password)
    user_id = reset(form.token, passwords.hash_password(form.password), clock.now(), client_ip)
    cookies.remember_device(response, trusted_devices.device_token(user_id, None))
