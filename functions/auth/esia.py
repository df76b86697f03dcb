"""Routes of Госуслуги: the way there for signing in and for linking, the way back, the newcomer's consent."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Cookie, Query, Request, Response
from fastapi.responses import RedirectResponse

from auth.schemas import ConsentInput
from auth.sessions import SignedInUser
from cabinet import limits
from cabinet.core import clock
from cabinet.core.errors import Conflict, DomainError, raises
from cabinet.core.logging import Event, log_event
from cabinet.core.model import DeferredModel
from cabinet.identity import one_time_tokens
from cabinet.identity.errors import BadCredentials, EmailTaken, EsiaAlreadyLinked
from cabinet.identity.esia import auth_state
from cabinet.identity.esia.auth_state import AuthorizationState, InvalidState
from cabinet.identity.esia.callback import (
    PendingRegistration,
    complete_registration,
    link_account,
    sign_in_or_register,
)
from cabinet.identity.esia.provider import Person, ProviderError, ProviderUnavailable
from cabinet.identity.esia.settings import provider
from cabinet.identity.form_validation import check_consent
from cabinet.identity.one_time_tokens import TokenPurpose
from cabinet.signed_tokens import TokenInvalid
from cabinet.web import cookies
from cabinet.web.app import create_router, get_client_ip
from cabinet.web.auth import CurrentSubscriber

router = create_router(prefix="/api/auth/esia", tags=["auth"])

NEWCOMER_COOKIE = "__Host-newcomer"
_NEWCOMER_PAGE = "/esia-consent"

type _Code = Annotated[str, Query(max_length=4096)]
"""Long enough for a provider's signed codes; the three together fit the longest URL that we accept."""
type _Short = Annotated[str, Query(max_length=1024)]


class EsiaUnavailable(DomainError):
    """Госуслуги do not answer, or the way in is switched off."""

    code = "esia_unavailable"


class EsiaDenied(DomainError):
    """The person has changed their mind at Госуслуги."""

    code = "esia_denied"


class PendingRegistrationResponse(DeferredModel):
    """What Госуслуги returned about the person who is about to agree."""

    email: str | None
    phone: str | None


class Agreement(DeferredModel):
    """The newcomer's consent."""

    consent: ConsentInput


@router.get("/login", status_code=302, response_class=RedirectResponse)
def get_login(request: Request) -> Response:
    """Send the browser to Госуслуги, or back to the site with ``?error=``: a person follows this link."""
    try:
        limits.hit(limits.ESIA_BY_IP, get_client_ip(request))
    except DomainError as refused:
        return _to_site("/", error=refused.code)
    return _redirect_to_provider(request, auth_state.start_authorization("sign-in"))


@router.get("/link", status_code=302, response_class=RedirectResponse)
def get_link(who: CurrentSubscriber, request: Request) -> Response:
    """Send the browser to Госуслуги, to link what it returns with to this cabinet."""
    return _redirect_to_provider(request, auth_state.start_authorization("link", who.user_id, who.session_id))


@router.get("/callback", status_code=302, response_class=RedirectResponse)
def get_callback(request: Request, code: _Code = "", state: _Short = "", error: _Short = "") -> Response:
    """Take the browser back: signed in, linked, about to agree, or with ``?error=``.

    Its own cookie ends with it; a return that matches none leaves those of other windows alone.
    """
    page = "/"
    try:
        limits.hit(limits.ESIA_BY_IP, get_client_ip(request))
    except DomainError as refused:
        return _to_site(page, error=refused.code)
    try:
        authorization_state = auth_state.verify_return(request.cookies, state, clock.now())
        page = "/settings" if authorization_state.intent == "link" else "/"
        answer = _complete_sign_in(request, authorization_state, code, error)
    except DomainError as refused:
        answer = _to_site(page, error=refused.code)
    if auth_state.cookie_name(state) in auth_state.own_cookies(request.cookies):
        _delete_state_cookie(answer, auth_state.cookie_name(state))
    return answer


@router.get("/registrations/current")
@raises(TokenInvalid)
def get_newcomer(
    newcomer: Annotated[str | None, Cookie(alias=NEWCOMER_COOKIE)] = None,
) -> PendingRegistrationResponse:
    """Return what the newcomer's cabinet will be made of."""
    pending = one_time_tokens.peek(TokenPurpose.ESIA_REGISTRATION, newcomer or "")
    return PendingRegistrationResponse(email=pending["email"], phone=pending["phone"])


@router.post("/registrations", status_code=201)
@raises(limits.hit, BadCredentials, Conflict, EmailTaken, EsiaAlreadyLinked, TokenInvalid)
def post_registration(
    form: Agreement,
    request: Request,
    response: Response,
    newcomer: Annotated[str | None, Cookie(alias=NEWCOMER_COOKIE)] = None,
) -> SignedInUser:
    """Make the newcomer's cabinet after the consent, and sign them in."""
    limits.hit(limits.TOKEN_BY_IP, get_client_ip(request))
    check_consent(form.consent.version)
    if newcomer is None:
        raise TokenInvalid
    signed_in = complete_registration(
        newcomer, form.consent.version, cookies.client_info(request), clock.now()
    )
    cookies.set_auth_cookies(response, signed_in)
    response.delete_cookie(NEWCOMER_COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    return SignedInUser(user_id=signed_in.user.user_id, email=signed_in.user.email)


def _complete_sign_in(
    request: Request, authorization_state: AuthorizationState, code: str, error: str
) -> Response:
    person = _verified_person(authorization_state, code, error)
    moment = clock.now()
    if authorization_state.intent == "link":
        link_account(person, authorization_state, moment, get_client_ip(request))
        return _to_site("/settings", esia="linked")
    arrived = sign_in_or_register(person, cookies.client_info(request), moment)
    if isinstance(arrived, PendingRegistration):
        answer = _to_site(_NEWCOMER_PAGE)
        _set_cookie(answer, NEWCOMER_COOKIE, arrived.secret, 1800, "strict")
        return answer
    answer = _to_site("/")
    cookies.set_auth_cookies(answer, arrived)
    return answer


def _verified_person(authorization_state: AuthorizationState, code: str, error: str) -> Person:
    identity_provider = provider()
    if identity_provider is None:
        raise EsiaUnavailable
    if error or not code:
        raise EsiaDenied
    try:
        return identity_provider.fetch_person(code, authorization_state.authorization)
    except ProviderUnavailable:
        raise EsiaUnavailable from None
    except ProviderError as refused:
        log_event(Event.ESIA_REFUSED, reason=refused.reason)
        raise InvalidState from None


def _redirect_to_provider(request: Request, authorization_state: AuthorizationState) -> Response:
    identity_provider = provider()
    if identity_provider is None:
        return _to_site("/", error=EsiaUnavailable.code)
    try:
        answer = RedirectResponse(identity_provider.authorization_url(authorization_state.authorization), 302)
    except (ProviderUnavailable, ProviderError):
        return _to_site("/", error=EsiaUnavailable.code)
    for name in auth_state.surplus_cookies(request.cookies):
        _delete_state_cookie(answer, name)
    name = auth_state.cookie_name(authorization_state.authorization.state)
    _set_cookie(answer, name, auth_state.sign_cookie(authorization_state), 600, "lax")
    return answer


def _delete_state_cookie(answer: Response, name: str) -> None:
    answer.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")


def _to_site(page: str, **query: str) -> Response:
    """Redirect within the site; it is static, so a path is enough."""
    return RedirectResponse(f"{page}?{urlencode(query)}" if query else page, 302)


def _set_cookie(
    answer: Response, name: str, value: str, seconds: int, same_site: Literal["lax", "strict"]
) -> None:
    answer.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite=same_site)
