"""The browser in which somebody has registered: a signed cookie, so that the link signs in there alone.

It opens nothing by itself: the one-time token of the mail must come with it (docs/adr/0075).
"""

from datetime import datetime, timedelta

from cabinet.identity import users
from cabinet.identity.errors import BadCredentials
from cabinet.identity.session_start import ClientInfo, SignedIn, start_session
from cabinet.signed_tokens import Purpose, TokenInvalid, sign, verify

COOKIE = "__Host-registered"
LIFETIME = timedelta(hours=24)
"""Shorter than the link's: later the resident signs in by hand."""


def registration_token(user_id: str) -> str:
    """Return the cookie's token for the browser in which the form was filled in."""
    return sign(Purpose.REGISTRATION, {"sub": user_id}, LIFETIME)


def is_registration_browser(token: str | None, user_id: str) -> bool:
    """Tell whether the cookie is genuine, unexpired, and of the registration that became this user."""
    if token is None:
        return False
    try:
        return bool(verify(Purpose.REGISTRATION, token).get("sub") == user_id)
    except TokenInvalid:
        return False


def sign_in_registered(user_id: str, client_info: ClientInfo, now: datetime) -> SignedIn:
    """Open the first session of a user who typed the password here and has just followed the link.

    Raises
    ------
    BadCredentials
        The user is gone, or another password was set meanwhile.
    """
    found = users.user_with_sessions(user_id, now)
    if found is None:
        raise BadCredentials
    return start_session(found, client_info, now)
