"""Routes of registration: consent, captcha, the form, the link of the mail."""

from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import Request, Response
from pydantic import StringConstraints

from auth.schemas import CaptchaAnswer, ConsentInput, LinkFollowed, TypedEmail, TypedPassword
from cabinet import limits
from cabinet.core import clock, contacts
from cabinet.core.errors import Conflict, DomainError, raises
from cabinet.core.model import DeferredModel
from cabinet.core.settings import Settings
from cabinet.identity import captcha, consent, passwords, registration_browser
from cabinet.identity.captcha import SolvedCaptcha
from cabinet.identity.errors import EmailTaken
from cabinet.identity.form_validation import check_consent, collect_errors
from cabinet.identity.password_policy import check_password
from cabinet.identity.registration import (
    Registration,
    activate,
    check_registration_captcha,
    ensure_email_free,
    register,
)
from cabinet.signed_tokens import TokenInvalid
from cabinet.web import auth, cookies
from cabinet.web.app import create_router, get_client_ip

router = create_router(prefix="/api/auth", tags=["auth"])


class ConsentText(DeferredModel):
    """«Согласие на обработку персональных данных» in force, and how the form that asks for it looks."""

    version: str
    title: str
    text: str
    sha256: str
    repeat_password: bool
    """Whether the form has «Пароль еще раз»: a setting of the installation."""
    captcha_at_registration: bool
    """Whether the form has a code from a picture at once: a setting of the installation."""


class FormSettings(Settings):
    """How the form of registration looks."""

    repeat_password: bool = False
    captcha_at_registration: bool = False
    """Else it is asked for after some registrations of one network (docs/adr/0079)."""


class NewCaptcha(DeferredModel):
    """A challenge; image and audio are ``data:`` URIs."""

    challenge: str
    image: str
    audio: str
    expires_at: datetime


class RegistrationForm(DeferredModel):
    """«Регистрация»; the captcha is asked for after failures."""

    email: TypedEmail
    password: TypedPassword
    phone: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    captcha: CaptchaAnswer | None = None
    consent: ConsentInput


@router.get("/consent")
def get_consent() -> ConsentText:
    """Return the text to agree to."""
    settings = FormSettings.load()
    return ConsentText(
        **asdict(consent.current()),
        repeat_password=settings.repeat_password,
        captcha_at_registration=settings.captcha_at_registration,
    )


@router.post("/captchas", status_code=201)
@raises(limits.hit)
def post_captcha(request: Request) -> NewCaptcha:
    """Return a new code to read or hear."""
    limits.hit(limits.CAPTCHA_BY_IP, get_client_ip(request))
    return NewCaptcha.model_validate(captcha.new_captcha(clock.now()), from_attributes=True)


@router.post("/registrations", status_code=202, response_class=Response)
@raises(limits.hit, Conflict, EmailTaken)
def post_registration(form: RegistrationForm, request: Request, response: Response) -> None:
    """Send the link that will create the user, and remember the browser in which it was asked for."""
    moment, client_ip = clock.now(), get_client_ip(request)
    attempts = limits.hit(limits.REGISTRATION_BY_IP, client_ip)
    email, phone, _, _ = collect_errors(
        lambda: contacts.validate_email(form.email),
        lambda: contacts.validate_phone(form.phone),
        lambda: check_password(form.password, form.email, form.phone),
        lambda: check_consent(form.consent.version),
    )
    solved = SolvedCaptcha(form.captcha.challenge, form.captcha.answer) if form.captcha else None
    is_always_due = FormSettings.load().captcha_at_registration
    check_registration_captcha(solved, attempts, moment, is_always_due=is_always_due)
    limits.hit(limits.REGISTRATION_BY_EMAIL, contacts.canonical_email(email))
    ensure_email_free(email)
    hashed = passwords.hash_password(form.password)
    user_id = register(Registration(email, hashed, phone, form.consent.version, client_ip), moment)
    cookies.remember_registration(response, registration_browser.registration_token(user_id))


@router.post("/activations", status_code=204)
@raises(limits.hit, Conflict, EmailTaken, TokenInvalid)
def post_activation(link: LinkFollowed, request: Request, response: Response) -> None:
    """Create the user whose link was followed, and sign them in where they registered (docs/adr/0075).

    Elsewhere, and where somebody is signed in already, the link only creates the user.
    """
    moment, client_ip = clock.now(), get_client_ip(request)
    limits.hit(limits.TOKEN_BY_IP, client_ip)
    user_id = activate(link.token, moment, client_ip)
    registered = request.cookies.get(registration_browser.COOKIE)
    is_here = registration_browser.is_registration_browser(registered, user_id)
    if is_here and auth.COOKIE not in request.cookies:
        # The user exists: a person who could not be signed in now signs in by hand.
        with suppress(DomainError):
            client_info = cookies.client_info(request)
            signed_in = registration_browser.sign_in_registered(user_id, client_info, moment)
            cookies.set_auth_cookies(response, signed_in)
    if registered is not None:
        cookies.forget_registration(response)
