"""Mails to the owner about what concerns the cabinet's safety."""

from datetime import datetime
from zoneinfo import ZoneInfo

from cabinet.aws.dynamo import Transaction
from cabinet.identity.model import SecurityEvent, User
from cabinet.identity.security_log import record_event
from cabinet.outbox.emails import Email, commit_with_emails

_ALERT_TIMEZONE = ZoneInfo("Asia/Yekaterinburg")
"""The settlement centre's own time; a subscriber has no time zone."""


def alert_time(now: datetime) -> str:
    """Return when something happened as the email says it."""
    return now.astimezone(_ALERT_TIMEZONE).strftime("%d.%m.%Y %H:%M")


def alert_emails(user: User, what: SecurityEvent, now: datetime, user_agent: str = "") -> list[Email]:
    """Return the email about `what`; none for a user without an address."""
    if user.email is None:
        return []
    params = {"what": f"{what.value}.", "at": alert_time(now)}
    if user_agent:
        params["device"] = user_agent[:200]
    return [Email("security_event", user.email, params)]


def commit_and_alert(
    transaction: Transaction, user: User, what: SecurityEvent, now: datetime, client_ip: str, *others: Email
) -> None:
    """Commit a change together with its entry in the security log, its email and `others`."""
    record_event(transaction, user.user_id, what, now, client_ip)
    commit_with_emails(transaction, [*others, *alert_emails(user, what, now)])
