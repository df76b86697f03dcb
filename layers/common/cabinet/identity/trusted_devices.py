"""Devices that have signed in before: a long-lived signed cookie, so that others' guesses lock nobody out."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from cabinet.signed_tokens import Purpose, TokenInvalid, sign, verify

COOKIE = "__Host-device"
LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Device:
    """A browser in which this user has signed in."""

    user_id: str
    device_id: str


def trusted_device(token: str | None) -> Device | None:
    """Return the device of a genuine cookie, or None."""
    if token is None:
        return None
    try:
        claims = verify(Purpose.DEVICE, token)
        return Device(str(claims["sub"]), str(claims["did"]))
    except (TokenInvalid, KeyError):
        return None


def device_token(user_id: str, known: Device | None) -> str:
    """Return the cookie's token for a browser where the user has proved who they are."""
    is_same = known is not None and known.user_id == user_id
    device_id = known.device_id if known is not None and is_same else secrets.token_urlsafe(12)
    return sign(Purpose.DEVICE, {"sub": user_id, "did": device_id}, LIFETIME)
