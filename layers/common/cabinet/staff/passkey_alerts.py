"""Mails to a person of the staff about what was changed in the ways that open the desk to them."""

from datetime import datetime

from cabinet.audit.model import Action
from cabinet.aws.dynamo import Transaction
from cabinet.identity.security_alerts import alert_time
from cabinet.outbox.queue import Email, enqueue
from cabinet.staff.model import Member


def enqueue_passkey_alert(
    transaction: Transaction, member: Member, action: Action, passkey: str, now: datetime
) -> Email:
    """Add the letter about a passkey, by its name, to the transaction of its change; return it."""
    params = {"what": action.value, "passkey": passkey, "at": alert_time(now)}
    letter = Email("staff_passkey", member.email, params)
    enqueue(transaction, letter)
    return letter
