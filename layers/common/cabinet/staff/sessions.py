"""Sessions at the desk: opened by address, password and code, short, over when the person changes."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cabinet import limits
from cabinet.audit.model import Action, Author
from cabinet.audit.store import record
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Item, Table, Transaction
from cabinet.core import clock
from cabinet.core.contacts import canonical_email
from cabinet.core.errors import NotFound
from cabinet.core.logging import Event, log_event
from cabinet.identity import passwords
from cabinet.signed_tokens import Purpose, sign
from cabinet.staff import members
from cabinet.staff.codes import check_code, use_code
from cabinet.staff.errors import BadStaffCredentials, StaffUnauthenticated, code_wrong
from cabinet.staff.keys import staff_session_key
from cabinet.staff.model import Member, SignedInStaff

IDLE_TIMEOUT = timedelta(minutes=30)
ABSOLUTE_TIMEOUT = timedelta(hours=10)
CODE_FRESH_FOR = timedelta(minutes=5)
"""How long after a code was entered again what needs one may be done."""


@dataclass(frozen=True, slots=True)
class StaffSignInAttempt:
    """One try to sign in."""

    email: str
    password: str
    code: str
    client_ip: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class StaffSignedIn:
    """Who has signed in, and the token for the cookie."""

    member: Member
    token: str


def public_session_id(secret: str) -> str:
    """Return the hash under which a session is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()[:32]


def author_of(member: Member) -> Author:
    """Return a person acting for themselves, in their first role."""
    return Author(member.staff_id, member.name, member.roles[0])


def sign_in(attempt: StaffSignInAttempt, now: datetime) -> StaffSignedIn:
    """Open a session; raises BadStaffCredentials for whatever is wrong, TooManyRequests."""
    counted = [
        (limits.STAFF_SIGN_IN_BY_IP, attempt.client_ip),
        (limits.STAFF_SIGN_IN_BY_EMAIL, canonical_email(attempt.email)),
    ]
    for limit, subject in counted:
        limits.hit(limit, subject)
    found = members.find_by_email(attempt.email)
    member = found if found is not None and found.is_active else None
    verdict = passwords.verify(attempt.password, member.password_hash if member else None)
    if member is None or not verdict.is_right:
        log_event(Event.STAFF_SIGN_IN_FAILED, staff_id=member.staff_id if member else None)
        raise BadStaffCredentials
    verified = check_code(member, attempt.code, now)
    if verified is None:
        log_event(Event.STAFF_CODE_REJECTED, staff_id=member.staff_id)
        raise BadStaffCredentials
    is_recovery = verified.recovery_left is not None
    action = Action.SIGNED_IN_BY_RECOVERY_CODE if is_recovery else Action.SIGNED_IN
    transaction = Transaction()
    use_code(transaction, member, verified, BadStaffCredentials)
    session = open_session(transaction, member, action, attempt.user_agent, now)
    for limit, subject in counted:
        limits.undo_hit(limit, subject)
    log_event(Event.STAFF_SIGNED_IN, staff_id=member.staff_id)
    return session


def open_session(
    transaction: Transaction, member: Member, action: Action, user_agent: str, now: datetime
) -> StaffSignedIn:
    """Open a session in the transaction that uses up what has proved the person, and commit it."""
    secret = secrets.token_urlsafe(18)
    pk, sk = staff_session_key(member.staff_id, public_session_id(secret))
    row: Item = {
        "pk": pk, "sk": sk, "credentials": member.credentials_version, "created_at": clock.timestamp(now),
        "seen_at": clock.epoch(now), "user_agent": user_agent[:200],
        "expires_at": clock.epoch(now + ABSOLUTE_TIMEOUT),
    }  # fmt: skip
    transaction.put(Table.USERS, row, condition=IS_ABSENT, on_conflict=dynamo.conflict)
    record(transaction, author_of(member), action, members.audit_subject(member), now)
    transaction.commit()
    token = sign(Purpose.STAFF_SESSION, {"sub": member.staff_id, "sid": secret}, ABSOLUTE_TIMEOUT)
    return StaffSignedIn(member, token)


def confirm_code(staff: SignedInStaff, typed: str, now: datetime) -> None:
    """Note in the session that a code was entered again.

    Raises InvalidFields (`code_wrong`), TooManyRequests, StaffUnauthenticated.

    A recovery code will not do: it replaces a lost telephone at the sign-in, and nothing else.
    """
    member = staff.member
    verified = check_code(member, typed, now)
    if verified is None or verified.recovery_left is not None:
        log_event(Event.STAFF_CODE_REJECTED, staff_id=member.staff_id)
        raise code_wrong()
    transaction = Transaction()
    use_code(transaction, member, verified, lambda _: code_wrong())
    confirm_session(transaction, staff, Action.CODE_CONFIRMED, now)


def confirm_session(transaction: Transaction, staff: SignedInStaff, action: Action, now: datetime) -> None:
    """Note in the session that its person has proved themselves again, and commit what has proved it.

    Raises StaffUnauthenticated.
    """
    member = staff.member
    transaction.update(
        Table.USERS, staff_session_key(member.staff_id, staff.session_id), "SET #code_at = :now",
        condition=IS_PRESENT, on_conflict=StaffUnauthenticated, now=clock.timestamp(now),
    )  # fmt: skip
    record(transaction, author_of(member), action, members.audit_subject(member), now)
    transaction.commit()


def sign_out(staff: SignedInStaff, now: datetime) -> None:
    """End the session; raises NotFound when it has ended."""
    transaction = Transaction()
    key = staff_session_key(staff.member.staff_id, staff.session_id)
    transaction.delete(Table.USERS, key, condition=IS_PRESENT, on_conflict=NotFound)
    subject = members.audit_subject(staff.member)
    record(transaction, author_of(staff.member), Action.SIGNED_OUT, subject, now)
    transaction.commit()


def is_code_fresh(staff: SignedInStaff, now: datetime) -> bool:
    """Tell whether a code was entered again in the last minutes."""
    confirmed = staff.code_confirmed_at
    return confirmed is not None and now - confirmed < CODE_FRESH_FOR
