"""Signed one-purpose tokens (PyJWT): session cookie, captcha challenge, binding candidate, cursors.

A token of one purpose is worthless for another: each purpose signs with its own key and audience. It names
the key that it was derived from, so that keys can follow one another (docs/adr/0029).
"""

import base64
import hmac
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import jwt

from cabinet.api_secrets import FIRST_KEY, ApiSecrets, SigningKey, api_secrets, find_key
from cabinet.aws.secrets import SecretUnreadable
from cabinet.core import clock
from cabinet.core.errors import DomainError, ServiceUnavailable

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


class Purpose(StrEnum):
    """What a token is for; add one, never reuse one."""

    SESSION = "session"
    CAPTCHA = "captcha"
    CAPTCHA_ANSWER = "captcha-answer"
    CANDIDATE = "candidate"
    CURSOR = "cursor"
    GUEST = "guest"
    GUEST_PAYMENT = "guest-payment"
    ESIA_STATE = "esia-state"
    DEVICE = "device"
    REGISTRATION = "registration"
    UNSUBSCRIBE = "unsubscribe"
    ATTACHMENT = "attachment"
    BOUNCE = "bounce"
    AUTOPAY_OFF = "autopay-off"
    AUTOPAY_SKIP = "autopay-skip"
    STAFF_SESSION = "staff-session"
    STAFF_SEED = "staff-seed"
    REGISTRY_UPLOAD = "registry-upload"
    GIS_TEMPLATE = "gis-template"


class TokenInvalid(DomainError):
    """422: the token is forged, expired, used, or of another purpose; the response does not say which."""

    status = 422
    code = "token_invalid"
    title = "Ссылка недействительна"
    detail = "Ссылка устарела или уже использована. Запросите новую."


_LONG_LIVED = {
    Purpose.DEVICE: timedelta(days=365),
    Purpose.UNSUBSCRIBE: timedelta(days=180),
    Purpose.AUTOPAY_OFF: timedelta(days=180),
    Purpose.AUTOPAY_SKIP: timedelta(days=30),
    # Issued again at each sign-in.
    Purpose.STAFF_SEED: timedelta(days=365),
}
_MAX_OTHER = timedelta(days=1)
"""Lifetime of all other tokens: a retired key must verify them that long."""
RETIRED_AFTER = max(_LONG_LIVED.values())
"""A key can be removed this long after its successor took over."""


def signing_key(purpose: Purpose, key: SigningKey | None = None) -> bytes:
    """Return the key of tokens of one purpose, by default the one that signs now."""
    chosen = key or _secrets().signing(clock.now())
    return hmac.digest(chosen.secret.encode(), purpose.value.encode(), "sha256")


def sign(purpose: Purpose, claims: dict[str, Any], lifetime: timedelta) -> str:
    """Return a token of `claims` that `verify` accepts for `lifetime`."""
    now = clock.now()
    key = _secrets().signing(now)
    issued = clock.epoch(now)
    stamped = claims | {"aud": purpose.value, "iat": issued, "exp": issued + int(lifetime.total_seconds())}
    return jwt.encode(stamped, signing_key(purpose, key), algorithm="HS256", headers={"kid": key.id})


def keyed_hash(purpose: Purpose, message: str, digits: int = 64) -> str:
    """Return a keyed hash of `message`, which only we can make: it hides what has too few values to hash."""
    key = _secrets().signing(clock.now())
    return f"{key.id}.{_digest(purpose, key, message)[:digits]}"


def is_keyed_hash(purpose: Purpose, message: str, claimed: str, digits: int = 64) -> bool:
    """Tell whether `claimed` is `message`'s keyed hash, of this many digits, by a valid key."""
    key_id, _, digest = claimed.rpartition(".")
    key = _key_of(purpose, key_id or FIRST_KEY)
    return key is not None and hmac.compare_digest(_digest(purpose, key, message)[:digits], digest)


def _digest(purpose: Purpose, key: SigningKey, message: str) -> str:
    return hmac.digest(signing_key(purpose, key), message.encode(), "sha256").hex()


def _secrets() -> ApiSecrets:
    try:
        return api_secrets()
    except SecretUnreadable as error:
        raise ServiceUnavailable from error


def _key_of(purpose: Purpose, key_id: str) -> SigningKey | None:
    """Return the key of an id if it still proves tokens of this purpose."""
    try:
        key = find_key(key_id)
        until = api_secrets().signed_until(key) if key is not None else None
    except SecretUnreadable as error:
        raise ServiceUnavailable from error
    is_over = until is not None and clock.now() >= until + _LONG_LIVED.get(purpose, _MAX_OTHER)
    return None if is_over else key


def verify(purpose: Purpose, token: str) -> dict[str, Any]:
    """Return the claims of a genuine, unexpired token of this purpose; raises TokenInvalid."""
    try:
        # Which of our own keys it says that it was signed by: a token brings no key.
        key = _key_of(purpose, str(jwt.get_unverified_header(token).get("kid", FIRST_KEY)))
        if key is None:
            raise TokenInvalid
        claims: dict[str, Any] = jwt.decode(
            token,
            signing_key(purpose, key),
            algorithms=["HS256"],
            audience=purpose.value,
            options={"require": ["exp", "iat", "aud"], "verify_exp": False, "verify_iat": False},
        )
    except jwt.InvalidTokenError:
        raise TokenInvalid from None
    # Against our own clock, not PyJWT's: tests move one clock, and it is this one.
    if int(claims["exp"]) <= clock.epoch(clock.now()):
        raise TokenInvalid
    return claims


def seal(purpose: Purpose, text: str) -> str:
    """Return `text` encrypted under the key that signs now (Fernet: AES-128-CBC with HMAC-SHA256)."""
    key = _secrets().signing(clock.now())
    return f"{key.id}.{_fernet(purpose, key).encrypt(text.encode()).decode()}"


def unseal(purpose: Purpose, sealed: str) -> str:
    """Return what was sealed; raises TokenInvalid for another purpose, or a key that counts no more."""
    from cryptography.fernet import InvalidToken

    key_id, _, token = sealed.rpartition(".")
    key = _key_of(purpose, key_id)
    if key is None:
        raise TokenInvalid
    try:
        return _fernet(purpose, key).decrypt(token.encode()).decode()
    except InvalidToken:
        raise TokenInvalid from None


def _fernet(purpose: Purpose, key: SigningKey) -> "Fernet":
    # cryptography is in a layer of its own.
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(signing_key(purpose, key)))
