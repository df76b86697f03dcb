"""Passkeys of the staff (WebAuthn, level 2): names, ids, challenges, counts of uses. Pure."""

import base64
import binascii
import hashlib
import json
import re
from urllib.parse import urlsplit

from cabinet.core.model import FrozenModel

MAX_PASSKEYS = 10
"""Maximum per person: some devices, and a few spare ones."""
MAX_NAME = 60
DEFAULT_NAME = "Ключ доступа"
ALGORITHMS = (-7, -8, -257)
"""COSE: ES256, EdDSA, and RS256 for Windows Hello of older machines."""
TRANSPORTS = frozenset({"usb", "nfc", "ble", "smart-card", "hybrid", "internal", "cable"})
TIMEOUT_MS = 120_000
"""How long the browser waits for the person."""
_LOOPBACK = "127.0.0.1"
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""Whatever we ask for is shorter; JSON can name what is no text at all (a lone surrogate)."""


class Passkey(FrozenModel):
    """One passkey as it is stored: its public key alone, which signs nobody in."""

    passkey_id: str
    credential_id: str
    """base64url, as the device made it."""
    public_key: str
    """base64url of a COSE key."""
    sign_count: int
    name: str
    transports: list[str] = []
    created_at: str
    used_at: str | None = None


class AnswerMalformed(ValueError):
    """The browser's data is not an authenticator's answer."""


def passkey_id_of(credential_id: str) -> str:
    """Return the id of a passkey: it follows from the credential's, so that none is stored twice."""
    return hashlib.sha256(credential_id.encode()).hexdigest()[:32]


def relying_party(site_origin: str) -> str:
    """Return the domain that passkeys are made for; an address of the loopback has none but ``localhost``.

    An IP address can be no relying party (WebAuthn, 5.1.3: the effective domain must be a valid domain).
    """
    host = urlsplit(site_origin).hostname or ""
    return "localhost" if host == _LOOPBACK else host


def decode_base64url(text: str) -> bytes:
    """Return the bytes of base64url without padding; raises AnswerMalformed."""
    if not _BASE64URL.fullmatch(text):
        raise AnswerMalformed
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise AnswerMalformed from None


def encode_base64url(value: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def challenge_in(client_data: str) -> str:
    """Return the challenge that the browser says it has answered; raises AnswerMalformed.

    `client_data` is base64url. An answer that was given in a frame of another site's page is none
    (WebAuthn, 7.2: the desk is shown in no frame).
    """
    try:
        client = json.loads(decode_base64url(client_data))
    except (ValueError, RecursionError):
        raise AnswerMalformed from None
    if (
        not isinstance(client, dict)
        or client.get("crossOrigin") not in (None, False)
        or "topOrigin" in client
    ):
        raise AnswerMalformed
    challenge = client.get("challenge")
    if not isinstance(challenge, str) or not _CHALLENGE.fullmatch(challenge):
        raise AnswerMalformed
    return challenge


def user_handle_of(staff_id: str) -> str:
    """Return what the device stores of the person and returns: the id, which reveals nothing of them."""
    return encode_base64url(staff_id.encode())


def staff_id_in(user_handle: str) -> str:
    """Return whom the device names; raises AnswerMalformed."""
    try:
        staff_id = decode_base64url(user_handle).decode("ascii")
    except UnicodeDecodeError:
        raise AnswerMalformed from None
    if not re.fullmatch(r"[0-9a-f]{16}", staff_id):
        raise AnswerMalformed
    return staff_id


def has_count_gone_back(stored: int, shown: int) -> bool:
    """Tell whether a device shows no more uses than we know of: then there is a copy of it (WebAuthn, 6.1.1).

    Passkeys that are kept in several devices count nothing, and always show 0.
    """
    return (stored > 0 or shown > 0) and shown <= stored


def passkey_name(typed: str, taken: list[str]) -> str:
    """Return the name under which a passkey is listed; without one, the first that is free."""
    name = " ".join(typed.split())[:MAX_NAME]
    if name:
        return name
    free = (f"{DEFAULT_NAME} {number}" for number in range(2, len(taken) + 3))
    return DEFAULT_NAME if DEFAULT_NAME not in taken else next(each for each in free if each not in taken)
