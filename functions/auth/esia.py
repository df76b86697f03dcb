"""Routes of Госуслуги: the way there for signing in and for linking, the way back, the newcomer's consent."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from cabinet import clock, limits
from cabinet.errors import Conflict, DomainError, raises
from cabinet.http import client_address, create_router
from cabinet.identity import cookies, one_time
from cabinet.identity.checks import check_consent
from cabinet.identity.errors import BadCredentials, EmailTaken, EsiaAlreadyLinked
from cabinet.identity.esia import passage
from cabinet.identity.esia.arrival import Newcomer, agree, arrive, link_arrived
from cabinet.identity.esia.passage import Departure, ReturnRefused
from cabinet.identity.esia.port import Person, ProviderRefused, ProviderSilent
from cabinet.identity.esia.settings import provider
from cabinet.identity.one_time import Errand
from cabinet.log import Event, note
from cabinet.session import IsSubscriber
from cabinet.tokens import TokenInvalid
from fastapi import Cookie, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from auth.sessions import SignedInUser
from auth.shapes import ConsentGiven

router = create_router(prefix="/api/auth/esia", tags=["auth"])

NEWCOMER_COOKIE = "__Host-newcomer"
_NEWCOMER_PAGE = "/esia-consent"

type _Code = Annotated[str, Query(max_length=4096)]
"""Of a provider that signs them; the three together fit the longest address that we take."""
type _Short = Annotated[str, Query(max_length=1024)]


class EsiaUnavailable(DomainError):
    """Госуслуги do not answer, or the way in is switched off."""

    code = "esia_unavailable"


class EsiaDenied(DomainError):
    """The person has changed their mind at Госуслуги."""

    code = "esia_denied"


class NewcomerShown(BaseModel):
    """What Госуслуги told of the person who is about to agree."""

    email: str | None
    phone: str | None


class Agreement(BaseModel):
    """The newcomer's consent."""

    consent: ConsentGiven


@router.get("/login", status_code=302, response_class=RedirectResponse)
def get_login(request: Request) -> Response:
    """Send the browser to Госуслуги, or back to the site with ``?error=``: a person follows this link."""
    try:
        limits.count(limits.ESIA_BY_ADDRESS, client_address(request))
    except DomainError as refused:
        return _to_site("/", error=refused.code)
    return _send_away(request, passage.depart("sign-in"))


@router.get("/link", status_code=302, response_class=RedirectResponse)
def get_link(who: IsSubscriber, request: Request) -> Response:
    """Send the browser to Госуслуги, to link what it returns with to this cabinet."""
    return _send_away(request, passage.depart("link", who.user_id, who.session_id))


@router.get("/callback", status_code=302, response_class=RedirectResponse)
def get_callback(request: Request, code: _Code = "", state: _Short = "", error: _Short = "") -> Response:
    """Take the browser back: signed in, linked, about to agree, or with ``?error=``.

    Its own cookie ends with it; a return that matches none leaves those of other windows alone.
    """
    page = "/"
    try:
        limits.count(limits.ESIA_BY_ADDRESS, client_address(request))
    except DomainError as refused:
        return _to_site(page, error=refused.code)
    try:
        departure = passage.come_back(request.cookies, state, clock.now())
        page = "/settings" if departure.aim == "link" else "/"
        answer = _welcome(request, departure, code, error)
    except DomainError as refused:
        answer = _to_site(page, error=refused.code)
    if passage.cookie_name(state) in passage.own_cookies(request.cookies):
        _delete_departure(answer, passage.cookie_name(state))
    return answer


@router.get("/registrations/current")
@raises(TokenInvalid)
def get_newcomer(
    newcomer: Annotated[str | None, Cookie(alias=NEWCOMER_COOKIE)] = None,
) -> NewcomerShown:
    """Return what the newcomer's cabinet will be made of."""
    told = one_time.content_of(Errand.ESIA_REGISTRATION, newcomer or "")
    return NewcomerShown(email=told["email"], phone=told["phone"])


@router.post("/registrations", status_code=201)
@raises(limits.count, BadCredentials, Conflict, EmailTaken, EsiaAlreadyLinked, TokenInvalid)
def post_registration(
    form: Agreement,
    request: Request,
    response: Response,
    newcomer: Annotated[str | None, Cookie(alias=NEWCOMER_COOKIE)] = None,
) -> SignedInUser:
    """Make the newcomer's cabinet after the consent, and sign them in."""
    limits.count(limits.TOKEN_BY_ADDRESS, client_address(request))
    check_consent(form.consent.version)
    if newcomer is None:
        raise TokenInvalid
    signed_in = agree(newcomer, form.consent.version, cookies.entry_of(request), clock.now())
    cookies.let_in(response, signed_in)
    response.delete_cookie(NEWCOMER_COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    return SignedInUser(user_id=signed_in.user.user_id, email=signed_in.user.email)


def _welcome(request: Request, departure: Departure, code: str, error: str) -> Response:
    person = _vouched_person(departure, code, error)
    moment = clock.now()
    if departure.aim == "link":
        link_arrived(person, departure, moment, client_address(request))
        return _to_site("/settings", esia="linked")
    arrived = arrive(person, cookies.entry_of(request), moment)
    if isinstance(arrived, Newcomer):
        answer = _to_site(_NEWCOMER_PAGE)
        _set_cookie(answer, NEWCOMER_COOKIE, arrived.secret, 1800, "strict")
        return answer
    answer = _to_site("/")
    cookies.let_in(answer, arrived)
    return answer


def _vouched_person(departure: Departure, code: str, error: str) -> Person:
    vouching = provider()
    if vouching is None:
        raise EsiaUnavailable
    if error or not code:
        raise EsiaDenied
    try:
        return vouching.person(code, departure.passage)
    except ProviderSilent:
        raise EsiaUnavailable from None
    except ProviderRefused as refused:
        note(Event.ESIA_REFUSED, reason=refused.reason)
        raise ReturnRefused from None


def _send_away(request: Request, departure: Departure) -> Response:
    vouching = provider()
    if vouching is None:
        return _to_site("/", error=EsiaUnavailable.code)
    try:
        answer = RedirectResponse(vouching.address(departure.passage), 302)
    except (ProviderSilent, ProviderRefused):
        return _to_site("/", error=EsiaUnavailable.code)
    for name in passage.surplus_cookies(request.cookies):
        _delete_departure(answer, name)
    name = passage.cookie_name(departure.passage.state)
    _set_cookie(answer, name, passage.cookie_of(departure), 600, "lax")
    return answer


def _delete_departure(answer: Response, name: str) -> None:
    answer.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")


def _to_site(page: str, **query: str) -> Response:
    """Redirect within the site; it is static, so a path is enough."""
    return RedirectResponse(f"{page}?{urlencode(query)}" if query else page, 302)


def _set_cookie(
    answer: Response, name: str, value: str, seconds: int, same_site: Literal["lax", "strict"]
) -> None:
    answer.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite=same_site)
