"""Signing in by password: limits, one comparison, one transaction; alike for unknown addresses."""

from dataclasses import dataclass
from datetime import datetime

from cabinet import limits
from cabinet.identity import passwords, users
from cabinet.identity.captcha import check_captcha
from cabinet.identity.contacts import mailbox_of
from cabinet.identity.entry import Entry, SignedIn, enter
from cabinet.identity.errors import BadCredentials, NotActivated, captcha_required
from cabinet.limits import Limit
from cabinet.log import Event, note

type _Counted = list[tuple[Limit, str]]


@dataclass(frozen=True, slots=True)
class SolvedCaptcha:
    """What the person typed, and the challenge it answers."""

    challenge: str
    answer: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to sign in."""

    email: str
    password: str
    captcha: SolvedCaptcha | None
    entry: Entry
    """From which browser and address."""


def sign_in(attempt: Attempt, moment: datetime) -> SignedIn:
    """Open a session; raises BadCredentials, NotActivated, TooManyRequests, or asks for a captcha."""
    mailbox = mailbox_of(attempt.email)
    found = users.mailbox(mailbox)
    standing = users.user_with_sessions(found.owner or users.NOBODY, moment)
    counted = _admit(attempt, mailbox, found.owner, moment)

    stored = standing.user.password_hash if standing else (found.pending or {}).get("password_hash")
    verdict = passwords.verify(attempt.password, stored)
    if not verdict.is_right:
        limits.attempts(limits.CAPTCHA_AFTER_MISSES_OF_ALL, limits.any_shard(), add=1)
        note(Event.SIGN_IN_MISSED, user_id=found.owner)
        raise BadCredentials
    for limit, subject in counted:
        limits.forgive(limit, subject)
    if standing is None:
        raise NotActivated
    rehashed = passwords.hashed(attempt.password) if verdict.needs_rehash else None
    return enter(standing, attempt.entry, moment, rehashed=rehashed)


def _admit(attempt: Attempt, mailbox: str, owner: str | None, moment: datetime) -> _Counted:
    """Count the attempt before anything is compared, so that parallel guesses are counted too.

    A device in which this user has signed in has a count of its own: whatever is done to the address or to
    the network, its owner gets in. Returns what was counted, to be forgiven when it was no miss.
    """
    device = attempt.entry.device
    if device is not None and device.user_id == owner:
        limits.count(limits.SIGN_IN_BY_DEVICE, device.device_id)
        return [(limits.SIGN_IN_BY_DEVICE, device.device_id)]
    by_email = limits.count(limits.SIGN_IN_BY_EMAIL, mailbox)
    by_address = limits.count(limits.SIGN_IN_BY_ADDRESS, attempt.entry.address)
    if _is_suspect(by_email, by_address):
        if attempt.captcha is None:
            raise captcha_required()
        check_captcha(attempt.captcha.challenge, attempt.captcha.answer, moment)
    return [(limits.SIGN_IN_BY_EMAIL, mailbox), (limits.SIGN_IN_BY_ADDRESS, attempt.entry.address)]


def _is_suspect(by_email: int, by_address: int) -> bool:
    """Tell whether a captcha is due: after misses of one email, of one network, of everybody."""
    if by_email > limits.MISSES_OF_EMAIL_BEFORE_CAPTCHA:
        return True
    if by_address > limits.MISSES_OF_ADDRESS_BEFORE_CAPTCHA:
        return True
    everybody = limits.CAPTCHA_AFTER_MISSES_OF_ALL
    return limits.attempts(everybody, limits.any_shard()) > everybody.count
