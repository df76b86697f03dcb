"""Tokens of a resident's own programs: how one is built and read, and what it may be made of. Pure.

`cab_` + secret + slot + user id + check sum, letters and digits alone: the fixed prefix and the check sum let
scanners find a leaked one, and a mistyped one is refused without a read.
"""

import hashlib
import re
import zlib
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from cabinet.core.errors import FieldError

type Scope = Literal["read:debts", "read:meters", "write:readings"]
"""Never of money, profile or binding: those stay with the person at the site."""

SCOPES: tuple[Scope, ...] = get_args(Scope.__value__)
PREFIX = "cab_"
MAX_TOKENS = 20
MAX_NAME = 60
MAX_DAYS = 366
"""A token that nobody renews for a year is forgotten rather than in use."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET = 30
_CHECK_SUM = 6
_FORM = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_SECRET}}}(\d\d)([0-9A-Za-z]{{1,64}})[0-9A-Za-z]{{{_CHECK_SUM}}}")


@dataclass(frozen=True, slots=True)
class AccessTokenClaims:
    """Whose token it says to be; true only if the row in that slot has its hash."""

    user_id: str
    slot: int
    token_hash: str


def build_access_token(user_id: str, slot: int, random: bytes) -> str:
    """Return a token; `random` is 30 bytes of a safe source, of which each gives a letter of the secret."""
    # 256 is no multiple of 62: the first letters come a little oftener, and 178 of 180 bits are left.
    secret = "".join(_DIGITS[byte % len(_DIGITS)] for byte in random[:_SECRET])
    body = f"{PREFIX}{secret}{slot:02d}{user_id}"
    return body + _check_sum(body)


def parse_access_token(token: str) -> AccessTokenClaims | None:
    """Return what a well-formed token names, None for anything else."""
    matched = _FORM.fullmatch(token)
    if matched is None or token[-_CHECK_SUM:] != _check_sum(token[:-_CHECK_SUM]):
        return None
    return AccessTokenClaims(matched[2], int(matched[1]), access_token_hash(token))


def access_token_hash(token: str) -> str:
    """Return the hash under which a token is kept: a leaked table opens nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def field_errors(name: str, scopes: list[Scope], expires_on: date, today: date) -> list[FieldError]:
    """Return what is wrong with a token that is asked for."""
    found = []
    if not name.strip():
        found.append(FieldError("name", "required", "Назовите программу, для которой нужен токен."))
    if not scopes:
        found.append(FieldError("scopes", "required", "Выберите, что программе разрешено."))
    if not 0 < (expires_on - today).days <= MAX_DAYS:
        message = "Укажите день окончания: не раньше завтрашнего и не позже чем через год."
        found.append(FieldError("expires_on", "invalid", message))
    return found


def _check_sum(text: str) -> str:
    rest, letters = zlib.crc32(text.encode()), ""
    for _ in range(_CHECK_SUM):
        rest, digit = divmod(rest, len(_DIGITS))
        letters = _DIGITS[digit] + letters
    return letters
