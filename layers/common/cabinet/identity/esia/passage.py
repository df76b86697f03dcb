"""The way to the provider and back: a short-lived cookie that alone matches the return, once."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cabinet import clock
from cabinet.dynamo import IS_ABSENT, Table, Transaction
from cabinet.errors import DomainError
from cabinet.identity.esia.port import Passage
from cabinet.identity.keys import nonce_key
from cabinet.settings import http_settings
from cabinet.tokens import Purpose, TokenInvalid, read, sign

COOKIE = "__Host-esia"
LIFETIME = timedelta(minutes=10)
RETURN_PATH = "/api/auth/esia/callback"

type Aim = Literal["sign-in", "link"]


class ReturnRefused(DomainError):
    """The browser came back without the cookie, with another state, late, or twice."""

    code = "esia_failed"


@dataclass(frozen=True, slots=True)
class Departure:
    """A browser on its way: why it went, and for linking, who was signed in."""

    passage: Passage
    aim: Aim
    user_id: str | None = None
    session_id: str | None = None


def depart(aim: Aim, user_id: str | None = None, session_id: str | None = None) -> Departure:
    """Return a new way to the provider."""
    passage = Passage(
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        redirect_uri=http_settings().site_origin + RETURN_PATH,
    )
    return Departure(passage, aim, user_id, session_id)


def cookie_of(departure: Departure) -> str:
    """Return the cookie's token; it tells the browser nothing that the browser does not know."""
    passage = departure.passage
    claims = {"state": passage.state, "nonce": passage.nonce, "verifier": passage.verifier}
    claims |= {"aim": departure.aim, "user": departure.user_id or "", "session": departure.session_id or ""}
    return sign(Purpose.ESIA_STATE, claims, LIFETIME)


def come_back(cookie: str | None, state: str, moment: datetime) -> Departure:
    """Match a return with its departure, once; raises ReturnRefused."""
    try:
        claims = read(Purpose.ESIA_STATE, cookie or "")
    except TokenInvalid:
        raise ReturnRefused from None
    if not hmac.compare_digest(str(claims["state"]).encode(), state.encode()):
        raise ReturnRefused
    pk, sk = nonce_key(Purpose.ESIA_STATE, str(claims["state"]))
    row = {"pk": pk, "sk": sk, "expires_at": clock.epoch(moment + 2 * LIFETIME)}
    Transaction().put(Table.USERS, row, when=IS_ABSENT, otherwise=ReturnRefused).commit()
    passage = Passage(
        state=str(claims["state"]),
        nonce=str(claims["nonce"]),
        verifier=str(claims["verifier"]),
        redirect_uri=http_settings().site_origin + RETURN_PATH,
    )
    aim: Aim = "link" if claims["aim"] == "link" else "sign-in"
    return Departure(passage, aim, claims["user"] or None, claims["session"] or None)
