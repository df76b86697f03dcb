"""Limits on guessing and flooding: counters in Users, one fixed window each, every limit in one table.

A limit fails closed: when the counter cannot be written, the attempt is refused (503), never let through.
"""

from dataclasses import dataclass

from cabinet import clock, dynamo
from cabinet.dynamo import Key, Table
from cabinet.errors import TooManyRequests


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` attempts in each window of `seconds`."""

    scope: str
    count: int
    seconds: int


REGISTRATION_BY_ADDRESS = Limit("registration-address", 20, 3600)
CAPTCHA_BY_ADDRESS = Limit("captcha-address", 120, 3600)
SIGN_IN_BY_ADDRESS = Limit("sign-in-address", 100, 900)
SIGN_IN_BY_EMAIL = Limit("sign-in-email", 10, 900)
RESET_BY_EMAIL = Limit("reset-email", 5, 3600)
RESET_BY_ADDRESS = Limit("reset-address", 30, 3600)
BINDING_SEARCH_BY_USER = Limit("binding-search-user", 60, 3600)
SURNAME_CHECK_BY_USER = Limit("surname-user", 10, 3600)
SURNAME_CHECK_BY_ACCOUNT = Limit("surname-account", 20, 86400)
GUEST_SEARCH_BY_ADDRESS = Limit("guest-search-address", 60, 3600)
GUEST_SEARCH_BY_ACCOUNT = Limit("guest-search-account", 30, 3600)


def count(limit: Limit, subject: str) -> None:
    """Count one attempt of `subject` (address, user id, account); raises TooManyRequests beyond the limit."""
    if attempts(limit, subject, add=1) > limit.count:
        raise TooManyRequests(_seconds_left(limit))


def attempts(limit: Limit, subject: str, add: int = 0) -> int:
    """Return the attempts counted in this window, after adding `add`."""
    key = _key(limit, subject)
    if add:
        expires_at = clock.epoch(clock.now()) + 2 * limit.seconds
        return dynamo.increment(Table.USERS, key, "attempts", by=add, expires_at=expires_at)
    row = dynamo.get(Table.USERS, key, consistent=True)
    return int(row["attempts"]) if row else 0


def _key(limit: Limit, subject: str) -> Key:
    window = clock.epoch(clock.now()) // limit.seconds
    return f"LIMIT#{limit.scope}#{subject}", str(window)


def _seconds_left(limit: Limit) -> int:
    return limit.seconds - clock.epoch(clock.now()) % limit.seconds
