"""Mails to a person of the staff about what was changed in the ways that open the desk to them."""

from datetime import datetime

from cabinet.audit.model import Action
from cabinet.identity.security_alerts import alert_time
from cabinet.outbox.emails import Email
from cabinet.staff.model import Member


def passkey_email(member: Member, action: Action, passkey: str, now: datetime) -> Email:
    """Return the email about a change of a passkey, by its name."""
    params = {"what": action.value, "passkey": passkey, "at": alert_time(now)}
    return Email("staff_passkey", member.email, params)
