"""Where undeliverable mail comes back to: an address that proves which recipient the report is about.

Anyone may write to it; but only a recipient of the e-mail knows the address.
"""

import re

from cabinet.core.contacts import recipient_hash
from cabinet.signed_tokens import Purpose, is_keyed_hash, keyed_hash

_DIGITS = 24
"""Hex digits of the hash: a local part has at most 64 characters (RFC 5321, 4.5.3.1.1)."""
_RETURN_PATH = re.compile(r"\+([0-9A-Za-z-]{1,20}\.[0-9a-f]{24})@")


def return_path(base: str, recipient: str) -> str:
    """Return the envelope's sender of an email: `bounces+….…@host` for the base `bounces@host`."""
    local, _, host = base.rpartition("@")
    return f"{local}+{keyed_hash(Purpose.BOUNCE, recipient_hash(recipient), _DIGITS)}@{host}"


def is_authentic(headers: str, recipient: str) -> bool:
    """Tell whether one of the addresses in `headers` is the return path of an email to `recipient`."""
    hashed = recipient_hash(recipient)
    claims = _RETURN_PATH.findall(headers)
    return any(is_keyed_hash(Purpose.BOUNCE, hashed, claim, _DIGITS) for claim in claims)
