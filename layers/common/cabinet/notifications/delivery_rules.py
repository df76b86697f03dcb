"""Decisions about mail: what is sent next, when a failed e-mail is retried, who gets no mail."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cabinet.accounts.holders import needs_surname
from cabinet.accounts.model import Account
from cabinet.accounts.notification_kind_rules import BY_ACCOUNT, is_sent_by, notification_kind
from cabinet.accounts.rules import is_paperless, is_subscribed
from cabinet.identity.one_time_tokens import LIFETIMES, TokenPurpose
from cabinet.notifications.model import QueuedEmail

LEASE_SECONDS = 60
"""How long a claim holds: twice the mailer's timeout, so a living mailer never loses an email to another."""

RETRY_AFTER_SECONDS = (30, 120, 600, 1800, 7200, 21600, 43200)
"""Pauses between tries: about a day in all; after the last the email is dead and a person looks."""

LINK_LIFETIMES = {
    "activation": LIFETIMES[TokenPurpose.ACTIVATION],
    "password_reset": LIFETIMES[TokenPurpose.PASSWORD_RESET],
    "email_change": LIFETIMES[TokenPurpose.EMAIL_CHANGE],
}
"""E-mails that are not sent after their link has expired."""

MAX_ATTEMPTS = len(RETRY_AFTER_SECONDS) + 1
_YIELD_AFTER_ATTEMPTS = 2
_THROTTLE_SECONDS, _MAX_THROTTLE_SECONDS = 5, 900


def next_email(emails: Sequence[QueuedEmail], now: int) -> QueuedEmail | None:
    """Return which of one person's emails may go now, the oldest first; None when all must wait.

    An email that is being sent, or waits for its first retry, keeps those behind it waiting: mails arrive
    in the order of the events. One that has failed twice steps aside, so that it holds up nobody.
    """
    for email in sorted(emails, key=lambda each: (each.created_at, each.sk)):
        if email.due_at <= now:
            return email
        if email.status == "sending" or email.attempts < _YIELD_AFTER_ATTEMPTS:
            return None
    return None


def retry_after(attempts: int) -> int | None:
    """Return the pause in seconds after `attempts` failed tries; None when there is no further one."""
    return RETRY_AFTER_SECONDS[attempts - 1] if attempts < MAX_ATTEMPTS else None


def throttle_pause(times: int) -> int:
    """Return the pause in seconds after the provider said "slower" for the `times`-th time running."""
    return min(_MAX_THROTTLE_SECONDS, _THROTTLE_SECONDS * int(2 ** min(times, 8)))


def is_outdated(email: QueuedEmail, now: datetime) -> bool:
    """Tell whether the link that is all of the email has ended while the email waited."""
    lasts = LINK_LIFETIMES.get(email.template)
    return lasts is not None and now >= datetime.fromisoformat(email.created_at) + lasts


_EMERGENCY_TEMPLATES = {"emergency", "emergency_over"}
WITHOUT_PROFILE = {"activation"}
"""Emails to one who is not a subscriber yet."""


def skip_reason(
    email: QueuedEmail,
    *,
    is_suppressed: bool,
    profile: Mapping[str, Any] | None,
    binding: Mapping[str, Any] | None,
    account: Mapping[str, Any] | None = None,
) -> str | None:
    """Return why this email must not be sent, or None when it may.

    A receipt instead of paper is no mailing to unsubscribe from: withdrawing the opt-out ends it. Nor is
    an emergency: it goes to everyone who has the account in the cabinet.
    """
    if is_suppressed:
        return "suppressed"
    if email.user_id and profile is None and email.template not in WITHOUT_PROFILE:
        return "deleted"
    if binding and account and needs_surname(dict(binding), Account.model_validate(account)):
        return "former_holder"
    if email.template in _EMERGENCY_TEMPLATES and email.account_id and binding is None:
        return "unbound"
    if email.template == "receipt" and email.account_id and not is_paperless(binding):
        return "unsubscribed"
    kind = notification_kind(email.template)
    if (
        kind is not None
        and kind not in BY_ACCOUNT
        and profile is not None
        and not is_sent_by(profile, kind, "email")
    ):
        return "unsubscribed"
    if email.mailing and email.account_id and not is_subscribed(binding, email.mailing):
        return "unsubscribed"
    return None
