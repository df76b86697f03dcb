"""Mails to the owner about what concerns the cabinet's safety."""

from datetime import datetime
from zoneinfo import ZoneInfo

from cabinet.aws.dynamo import Transaction
from cabinet.identity.audit import record_event
from cabinet.identity.model import SecurityEvent, User
from cabinet.outbox.queue import Email, enqueue, wake_worker

_ALERT_TIMEZONE = ZoneInfo("Asia/Yekaterinburg")
"""The settlement centre's own time; a subscriber has no time zone."""


def alert_time(now: datetime) -> str:
    """Return when something happened as the letter says it."""
    return now.astimezone(_ALERT_TIMEZONE).strftime("%d.%m.%Y %H:%M")


def enqueue_alert(
    transaction: Transaction, user: User, what: SecurityEvent, now: datetime, user_agent: str = ""
) -> Email | None:
    """Add a letter about `what` to the transaction and return it; None for a user without an address."""
    if user.email is None:
        return None
    params = {"what": f"{what.value}.", "at": alert_time(now)}
    if user_agent:
        params["device"] = user_agent[:200]
    letter = Email("security_event", user.email, params)
    enqueue(transaction, letter)
    return letter


def commit_and_alert(
    transaction: Transaction, user: User, what: SecurityEvent, now: datetime, client_ip: str
) -> None:
    """Commit a change together with its entry in the journal and its letter."""
    record_event(transaction, user.user_id, what, now, client_ip)
    letter = enqueue_alert(transaction, user, what, now)
    transaction.commit()
    wake_worker(*([letter] if letter else []))
