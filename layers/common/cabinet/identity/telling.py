"""Telling the owner by mail of what concerns the cabinet's safety."""

from datetime import datetime
from zoneinfo import ZoneInfo

from cabinet.dynamo import Transaction
from cabinet.identity.audit import journal
from cabinet.identity.model import SecurityEvent, User
from cabinet.messaging.outbox import Letter, enqueue, nudge

_HERE = ZoneInfo("Asia/Yekaterinburg")
"""The settlement centre's own time; a subscriber has no time zone."""


def tell(
    transaction: Transaction, user: User, what: SecurityEvent, moment: datetime, user_agent: str = ""
) -> Letter | None:
    """Add a letter about `what` to the transaction and return it for the nudge; None without an address."""
    if user.email is None:
        return None
    params = {"what": f"{what.value}.", "at": moment.astimezone(_HERE).strftime("%d.%m.%Y %H:%M")}
    if user_agent:
        params["device"] = user_agent[:200]
    letter = Letter("security_event", user.email, params)
    enqueue(transaction, letter)
    return letter


def commit_and_tell(
    transaction: Transaction, user: User, what: SecurityEvent, moment: datetime, address: str
) -> None:
    """Commit a change together with its entry in the journal and its letter."""
    journal(transaction, user.user_id, what, moment, address)
    letter = tell(transaction, user, what, moment)
    transaction.commit()
    nudge(*([letter] if letter else []))
