"""The redirect to the provider and back: only a short-lived cookie makes the return valid, and only once.

Each browser window that is redirected has a cookie of its own, named by its state: two windows may both come
back, and a foreign return uses up neither's cookie.
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cabinet.aws.dynamo import IS_ABSENT, Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import DomainError
from cabinet.core.settings import http_settings
from cabinet.identity.esia.provider import AuthorizationRequest
from cabinet.identity.keys import nonce_key
from cabinet.signed_tokens import Purpose, TokenInvalid, sign, verify

_STATE_PREFIX_LENGTH = 16
_NAME = re.compile(rf"__Host-esia-[A-Za-z0-9_-]{{{_STATE_PREFIX_LENGTH}}}")
MAX_WINDOWS = 4
"""Sign-ins that a browser may have under way at once: a header has no room for many cookies."""
LIFETIME = timedelta(minutes=10)
RETURN_PATH = "/api/auth/esia/callback"

type Intent = Literal["sign-in", "link"]


class InvalidState(DomainError):
    """The browser came back without the cookie, with another state, late, or twice."""

    code = "esia_failed"


@dataclass(frozen=True, slots=True)
class AuthorizationState:
    """A browser at the provider: why it was sent there, and for linking, who was signed in."""

    authorization: AuthorizationRequest
    intent: Intent
    user_id: str | None = None
    session_id: str | None = None


def start_authorization(
    intent: Intent, user_id: str | None = None, session_id: str | None = None
) -> AuthorizationState:
    """Return the state of a new redirect to the provider."""
    authorization = AuthorizationRequest(
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        redirect_uri=http_settings().site_origin + RETURN_PATH,
    )
    return AuthorizationState(authorization, intent, user_id, session_id)


def cookie_name(state: str) -> str:
    """Return the name of the cookie that matches a return with this state."""
    return f"__Host-esia-{state[:_STATE_PREFIX_LENGTH]}"


def own_cookies(cookies: Mapping[str, str]) -> dict[str, str]:
    """Return those of a browser's cookies that hold the state of a sign-in under way."""
    return {name: value for name, value in cookies.items() if _NAME.fullmatch(name)}


def surplus_cookies(cookies: Mapping[str, str]) -> list[str]:
    """Return the names of cookies to delete before one more is set: expired ones and the oldest."""
    started = {name: _started_at(value) for name, value in own_cookies(cookies).items()}
    newest = sorted(started, key=lambda name: started[name], reverse=True)[: MAX_WINDOWS - 1]
    return [name for name in started if name not in newest or not started[name]]


def _started_at(cookie: str) -> int:
    """Return when the browser was redirected, 0 for a cookie that is valid no more."""
    try:
        return int(verify(Purpose.ESIA_STATE, cookie)["iat"])
    except TokenInvalid:
        return 0


def sign_cookie(authorization_state: AuthorizationState) -> str:
    """Return the cookie's signed token; it holds nothing that the browser may not know."""
    authorization = authorization_state.authorization
    claims = {"state": authorization.state, "nonce": authorization.nonce, "verifier": authorization.verifier}
    claims |= {
        "aim": authorization_state.intent,
        "user": authorization_state.user_id or "",
        "session": authorization_state.session_id or "",
    }
    return sign(Purpose.ESIA_STATE, claims, LIFETIME)


def verify_return(cookies: Mapping[str, str], state: str, now: datetime) -> AuthorizationState:
    """Return the state that the browser was redirected with, once; raises InvalidState."""
    try:
        claims = verify(Purpose.ESIA_STATE, own_cookies(cookies).get(cookie_name(state), ""))
    except TokenInvalid:
        raise InvalidState from None
    if not hmac.compare_digest(str(claims["state"]).encode(), state.encode()):
        raise InvalidState
    pk, sk = nonce_key(Purpose.ESIA_STATE, str(claims["state"]))
    row = {"pk": pk, "sk": sk, "expires_at": clock.epoch(now + 2 * LIFETIME)}
    Transaction().put(Table.USERS, row, condition=IS_ABSENT, on_conflict=InvalidState).commit()
    authorization = AuthorizationRequest(
        state=str(claims["state"]),
        nonce=str(claims["nonce"]),
        verifier=str(claims["verifier"]),
        redirect_uri=http_settings().site_origin + RETURN_PATH,
    )
    intent: Intent = "link" if claims["aim"] == "link" else "sign-in"
    return AuthorizationState(authorization, intent, claims["user"] or None, claims["session"] or None)
