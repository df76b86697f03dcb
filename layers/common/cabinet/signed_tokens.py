"""Signed one-purpose tokens (PyJWT): session cookie, captcha challenge, binding candidate, cursors.

A token of one purpose is worthless for another: each purpose signs with its own key and audience.
"""

import hmac
import os
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Any

import jwt

from cabinet.aws.clients import create_client
from cabinet.core import clock
from cabinet.core.errors import DomainError


class Purpose(StrEnum):
    """What a token is for; add one, never reuse one."""

    SESSION = "session"
    CAPTCHA = "captcha"
    CAPTCHA_ANSWER = "captcha-answer"
    CANDIDATE = "candidate"
    CURSOR = "cursor"
    GUEST = "guest"
    ESIA_STATE = "esia-state"
    DEVICE = "device"
    UNSUBSCRIBE = "unsubscribe"
    ATTACHMENT = "attachment"


class TokenInvalid(DomainError):
    """422: a token that is forged, expired, used, or made for something else; which, stays unsaid."""

    status = 422
    code = "token_invalid"
    title = "Ссылка недействительна"
    detail = "Ссылка устарела или уже использована. Запросите новую."


@cache
def signing_key(purpose: Purpose) -> bytes:
    """Return the key of tokens of one purpose."""
    return hmac.digest(signing_secret().encode(), purpose.value.encode(), "sha256")


def signing_secret() -> str:
    """Return the secret that all keys are derived from, asked of Secrets Manager once in a process's life."""
    # By the session that serves DynamoDB too: Powertools' provider makes one of its own (40 ms of a start).
    secrets: Any = create_client("secretsmanager")
    return str(secrets.get_secret_value(SecretId=os.environ["SIGNING_KEY_SECRET"])["SecretString"])


def sign(purpose: Purpose, claims: dict[str, Any], lifetime: timedelta) -> str:
    """Return a token of `claims` that `read` accepts for `lifetime`."""
    now = clock.epoch(clock.now())
    stamped = claims | {"aud": purpose.value, "iat": now, "exp": now + int(lifetime.total_seconds())}
    return jwt.encode(stamped, signing_key(purpose), algorithm="HS256")


def keyed_hash(purpose: Purpose, message: str) -> str:
    """Return a keyed hash of `message`, which only we can make: it hides what has too few values to hash."""
    return hmac.digest(signing_key(purpose), message.encode(), "sha256").hex()


def verify(purpose: Purpose, token: str) -> dict[str, Any]:
    """Return the claims of a genuine, unexpired token of this purpose; raises TokenInvalid."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            signing_key(purpose),
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
