"""Sending the activation e-mail again to a person who has not received it."""

from datetime import datetime

from cabinet.audit.model import Action, Author
from cabinet.audit.store import Subject, record
from cabinet.identity import registration
from cabinet.staff.model import Member


def resend_activation_email(author: Author, member: Member, user_id: str, email: str, now: datetime) -> None:
    """Send it to the address of a registration that was found by the search; raises NotFound, Conflict."""
    # Nothing is bound yet: it concerns the suppliers for whom the person works.
    subject = Subject(f"user:{user_id}", tuple(member.suppliers))
    registration.resend_activation(
        email, user_id, now,
        lambda transaction: record(transaction, author, Action.ACTIVATION_SENT, subject, now),
    )  # fmt: skip
