"""Signatures of webhooks as Standard Webhooks 1.0 has them (standardwebhooks.com): HMAC-SHA256. Pure."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64
"""Octets of a key; the specification's bounds."""


def new_key() -> str:
    """Return a new signing key, ``whsec_…``."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def parse_key(text: str) -> bytes:
    """Return the octets of a ``whsec_…`` key; raises ValueError, which quotes nothing of it."""
    try:
        octets = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if not text.startswith(PREFIX) or not _SHORTEST <= len(octets) <= _LONGEST:
        raise ValueError("a signing key is whsec_ and base64 of 24 to 64 octets")
    return octets


def headers(event_id: str, timestamp: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """Return what proves a call: a signature by each of the keys, so that one can follow another."""
    signed = f"{event_id}.{timestamp}.".encode() + body
    signatures = (hmac.digest(key, signed, hashlib.sha256) for key in keys)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(each).decode()}" for each in signatures),
    }
