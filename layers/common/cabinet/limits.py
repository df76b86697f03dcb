"""Limits on guessing and flooding: counters in Users, one fixed window each, every limit in one table.

A limit fails closed: when the counter cannot be written, the attempt is refused (503), never let through.
Counters are keyed by hashes, so that the table holds no list of who tried what.
"""

import hashlib
import ipaddress
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Key, Table
from cabinet.core import clock
from cabinet.core.errors import ServiceUnavailable, TooManyRequests, raises


def client_network(client_ip: str) -> str:
    """Return what one visitor cannot change at will: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(client_ip)
    except ValueError:
        return client_ip
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` attempts per window of `seconds`; subjects that `normalise` makes equal share them."""

    scope: str
    count: int
    seconds: int
    normalise: Callable[[str], str] = str


REGISTRATION_BY_IP = Limit("registration-address", 100, 3600, client_network)
"""Many people may share one address of a provider."""
REGISTRATIONS_BY_IP_BEFORE_CAPTCHA = 3
CAPTCHA_AFTER_TOTAL_REGISTRATIONS = Limit("registration-all", 10, 300)
"""Forms without a captcha, of everybody, in each of `SHARDS` counters: a flood from many shows here."""
REGISTRATION_BY_EMAIL = Limit("registration-email", 5, 3600)
CAPTCHA_BY_IP = Limit("captcha-address", 600, 3600, client_network)
TOKEN_BY_IP = Limit("token-address", 60, 900, client_network)
"""Presenting tokens from mails: they cannot be guessed, but guessing must not be free."""

SIGN_IN_BY_IP = Limit("sign-in-address", 100, 900, client_network)
SIGN_IN_BY_EMAIL = Limit("sign-in-email", 10, 900)
SIGN_IN_BY_DEVICE = Limit("sign-in-device", 10, 900)
"""A device that has signed in before has its own count: attacks on the other limits do not affect it."""
FAILURES_BY_EMAIL_BEFORE_CAPTCHA = 3
FAILURES_BY_IP_BEFORE_CAPTCHA = 20
COUNTED_SUCCESSES_BY_EMAIL, COUNTED_SUCCESSES_BY_IP, COUNTED_SUCCESSES_BY_DEVICE = 1, 10, 5
"""How many attempts stay counted although the password was right, to save two writes on an ordinary sign-in;
at worst, captcha and limit come this many failures earlier."""
CAPTCHA_AFTER_TOTAL_FAILURES = Limit("sign-in-all", 25, 300)
"""Failures of everybody, in each of `SHARDS` counters: shows spraying over many addresses and e-mails."""

RESET_BY_EMAIL = Limit("reset-email", 5, 3600)
RESET_BY_IP = Limit("reset-address", 60, 3600, client_network)
PASSWORD_CHECK_BY_USER = Limit("password-user", 10, 900)
"""The current password, asked again for a change of email or password, and for leaving."""
EMAIL_CHANGE_BY_USER = Limit("email-change-user", 5, 3600)
ESIA_BY_IP = Limit("esia-address", 300, 900, client_network)

BINDING_SEARCH_BY_USER = Limit("binding-search-user", 60, 3600)
SURNAME_CHECK_BY_USER = Limit("surname-user", 10, 3600)
SURNAME_CHECK_BY_ACCOUNT = Limit("surname-account", 60, 86400)
"""Failures of everybody; high enough that two cabinets cannot lock the holder out for a day."""
ACCESS_TOKEN_REQUESTS_PER_MINUTE = 60
"""Limit of one access token, counted by each process separately."""
REQUESTS_BY_USER = Limit("requests-user", 30, 3600)
ARCHIVES_BY_USER = Limit("archives-user", 3, 86400)
ARCHIVE_RESENDS_BY_USER = Limit("archive-wakes-user", 5, 3600)
"""Asking again for an archive that is being made."""
ATTACHMENTS_BY_USER = Limit("attachments-user", 100, 3600)
GUEST_SEARCH_BY_IP = Limit("guest-search-address", 60, 3600, client_network)
GUEST_SEARCH_BY_ACCOUNT = Limit("guest-search-account", 30, 3600)
GUEST_SUBMIT_BY_IP = Limit("guest-submit-address", 120, 3600, client_network)
"""Each with a token of its own that a lookup gave: twice as many as lookups, for corrections."""
GUEST_SUBMIT_BY_ACCOUNT = Limit("guest-submit-account", 120, 3600)
GUEST_PAYMENT_BY_IP = Limit("guest-payment-address", 60, 3600, client_network)
GUEST_PAYMENT_BY_ACCOUNT = Limit("guest-payment-account", 30, 3600)
"""Orders; each is a payment begun at the bank, and reserves the account's receipts."""
CAPTCHA_AFTER_GUEST_FAILURES = Limit("guest-miss-address", 3, 3600, client_network)

STAFF_SIGN_IN_BY_IP = Limit("staff-sign-in-address", 60, 900, client_network)
"""A whole office comes from one address."""
STAFF_SIGN_IN_BY_EMAIL = Limit("staff-sign-in-email", 10, 900)
STAFF_CODE_BY_PERSON = Limit("staff-code", 20, 86400)
"""Wrong codes after a right password: a guess of six digits has three chances in a million each."""

STAFF_PASSKEY_CHALLENGE_BY_IP = Limit("staff-passkey-challenge-address", 300, 900, client_network)
"""Each writes a row; an office that signs in by passkeys asks once for each sign-in."""

SHARDS = 16


@raises(TooManyRequests)
def hit(limit: Limit, subject: str) -> int:
    """Count one attempt of `subject` (address, user id, account) and return how many there were.

    Raises TooManyRequests beyond the limit.
    """
    counted = add_attempts(limit, subject)
    if counted > limit.count:
        raise TooManyRequests(_seconds_left(limit))
    return counted


def undo_hit(limit: Limit, subject: str) -> None:
    """Take one counted attempt back: it was no failure. An error here only leaves the count higher."""
    with suppress(ServiceUnavailable):
        add_attempts(limit, subject, by=-1)


def add_attempts(limit: Limit, subject: str, by: int = 1) -> int:
    """Add to the attempts counted in this window and return how many there are; refuse nothing."""
    expires_at = clock.epoch(clock.now()) + 2 * limit.seconds
    return dynamo.increment(Table.USERS, _key(limit, subject), "attempts", by=by, expires_at=expires_at)


def read_count(limit: Limit, subject: str) -> int:
    """Return the attempts counted in this window."""
    row = dynamo.get(Table.USERS, _key(limit, subject), consistent=True)
    return int(row["attempts"]) if row else 0


def random_shard() -> str:
    """Draw one of the counters that everybody shares, so that no single item is written by all."""
    return str(secrets.randbelow(SHARDS))


def _key(limit: Limit, subject: str) -> Key:
    window = clock.epoch(clock.now()) // limit.seconds
    digest = hashlib.sha256(limit.normalise(subject).encode()).hexdigest()[:32]
    return f"LIMIT#{limit.scope}#{digest}", str(window)


def _seconds_left(limit: Limit) -> int:
    return limit.seconds - clock.epoch(clock.now()) % limit.seconds
