"""How a mail service proves that it is the one who reports: an HMAC of the moment and the body. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re

TOLERANCE_SECONDS = 300
"""How far the sender's clock may be from ours, and how late a report may be sent on."""
_HEADER = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


def sign(secret: str, body: bytes, at: int) -> str:
    """Return the header of a report that is sent at a moment, in seconds since 1970."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={signed.hexdigest()}"


def is_genuine(secret: str, header: str, body: bytes, now: int) -> bool:
    """Tell whether who holds the secret has signed this body about now."""
    found = _HEADER.fullmatch(header)
    if found is None:
        return False
    at = int(found[1])
    return abs(now - at) <= TOLERANCE_SECONDS and hmac.compare_digest(sign(secret, body, at), header)
