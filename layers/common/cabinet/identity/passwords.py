"""Keeping passwords: argon2id with its cost as a setting, so that it can grow with the machines."""

import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from cabinet.core.settings import Settings

if TYPE_CHECKING:
    from argon2 import PasswordHasher


class PasswordSettings(Settings):
    """The cost of argon2id; the least that OWASP's password storage page allows is the default."""

    argon2_memory_kib: int = 19 * 1024
    argon2_passes: int = 2
    argon2_lanes: int = 1


class VerifyResult(NamedTuple):
    """Whether the password is right, and whether its hash should be made anew (other cost or spelling)."""

    is_right: bool
    needs_rehash: bool


@cache
def password_hasher() -> "PasswordHasher":
    """Return Argon2 with the product's parameters."""
    from argon2 import PasswordHasher

    cost = PasswordSettings.load()
    return PasswordHasher(
        time_cost=cost.argon2_passes, memory_cost=cost.argon2_memory_kib, parallelism=cost.argon2_lanes
    )


def normalise_password(password: str) -> str:
    """Return the one spelling that is hashed (NFC): systems type «й» and «ё» as one character or as two."""
    return unicodedata.normalize("NFC", password)


def hash_password(password: str) -> str:
    """Return the hash to store."""
    return password_hasher().hash(normalise_password(password))


def verify(password: str, stored: str | None) -> VerifyResult:
    """Compare with a stored hash; without one (unknown address) the work is the same, and the answer no.

    Hashes of a time when passwords were taken as typed open by the spelling that they were made of.
    """
    for spelling in _stored_forms(password):
        if _matches(spelling, stored or dummy_hash()) and stored is not None:
            is_old = spelling != normalise_password(password)
            return VerifyResult(
                is_right=True, needs_rehash=is_old or password_hasher().check_needs_rehash(stored)
            )
    return VerifyResult(is_right=False, needs_rehash=False)


def _stored_forms(password: str) -> list[str]:
    """Return what the hash may have been made of, today's first; most passwords have one spelling."""
    return list(
        dict.fromkeys((normalise_password(password), unicodedata.normalize("NFD", password), password))
    )


def _matches(password: str, stored: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return password_hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def dummy_hash() -> str:
    """Return a hash that no password has, of the same cost as real ones; made without hashing."""
    cost = PasswordSettings.load()
    blank = "A" * 22, "A" * 43
    parameters = f"m={cost.argon2_memory_kib},t={cost.argon2_passes},p={cost.argon2_lanes}"
    return f"$argon2id$v=19${parameters}${blank[0]}${blank[1]}"
