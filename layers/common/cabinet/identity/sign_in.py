"""Signing in by password: limits, one comparison, one transaction; the same steps for unknown addresses."""

from dataclasses import dataclass
from datetime import datetime

from cabinet import limits
from cabinet.core.contacts import canonical_email
from cabinet.core.logging import Event, log_event
from cabinet.identity import passwords, users
from cabinet.identity.captcha import SolvedCaptcha, check_captcha
from cabinet.identity.errors import BadCredentials, NotActivated, captcha_required
from cabinet.identity.session_start import ClientInfo, SignedIn, start_session
from cabinet.limits import Limit

type _Counted = list[tuple[Limit, str, int, int]]
"""Limit, subject, how many may stay counted, how many there are."""


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """One try to sign in."""

    email: str
    password: str
    captcha: SolvedCaptcha | None
    client_info: ClientInfo
    """The browser and its network address."""


def sign_in(attempt: SignInAttempt, now: datetime) -> SignedIn:
    """Open a session; raises BadCredentials, NotActivated, TooManyRequests, or asks for a captcha."""
    canonical = canonical_email(attempt.email)
    found = users.email_ownership(canonical)
    loaded = users.user_with_sessions(found.owner or users.NONEXISTENT_USER, now)
    counted = _count_attempt(attempt, canonical, found.owner, now)

    stored = loaded.user.password_hash if loaded else (found.pending or {}).get("password_hash")
    verdict = passwords.verify(attempt.password, stored)
    if not verdict.is_right:
        limits.add_attempts(limits.CAPTCHA_AFTER_TOTAL_FAILURES, limits.random_shard())
        log_event(Event.SIGN_IN_FAILED, user_id=found.owner)
        raise BadCredentials
    for limit, subject, stay_counted, count in counted:
        if count > stay_counted:
            limits.undo_hit(limit, subject)
    if loaded is None:
        raise NotActivated
    new_hash = passwords.hash_password(attempt.password) if verdict.needs_rehash else None
    return start_session(loaded, attempt.client_info, now, new_hash=new_hash)


def _count_attempt(attempt: SignInAttempt, canonical: str, owner: str | None, now: datetime) -> _Counted:
    """Count the attempt before anything is compared, so that parallel guesses are counted too.

    A device on which this user has signed in has a count of its own, so that guesses of others from other
    devices or the same network do not lock its owner out. Returns what was counted, to be undone if the
    password was right.
    """
    device = attempt.client_info.device
    if device is not None and device.user_id == owner:
        by_device = limits.hit(limits.SIGN_IN_BY_DEVICE, device.device_id)
        return [(limits.SIGN_IN_BY_DEVICE, device.device_id, limits.COUNTED_SUCCESSES_BY_DEVICE, by_device)]
    by_email = limits.hit(limits.SIGN_IN_BY_EMAIL, canonical)
    by_ip = limits.hit(limits.SIGN_IN_BY_IP, attempt.client_info.client_ip)
    if _is_captcha_due(by_email, by_ip):
        if attempt.captcha is None:
            raise captcha_required()
        check_captcha(attempt.captcha.challenge, attempt.captcha.answer, now)
    client_ip = attempt.client_info.client_ip
    return [
        (limits.SIGN_IN_BY_EMAIL, canonical, limits.COUNTED_SUCCESSES_BY_EMAIL, by_email),
        (limits.SIGN_IN_BY_IP, client_ip, limits.COUNTED_SUCCESSES_BY_IP, by_ip),
    ]


def _is_captcha_due(by_email: int, by_ip: int) -> bool:
    """Tell whether a captcha is due: after failures of one email, of one network, of everybody."""
    if by_email > limits.FAILURES_BY_EMAIL_BEFORE_CAPTCHA:
        return True
    if by_ip > limits.FAILURES_BY_IP_BEFORE_CAPTCHA:
        return True
    everybody = limits.CAPTCHA_AFTER_TOTAL_FAILURES
    return limits.read_count(everybody, limits.random_shard()) > everybody.count
