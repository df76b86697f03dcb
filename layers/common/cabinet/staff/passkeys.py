"""A person's own passkeys: asked for, added, listed, renamed, removed.

A challenge is a one-time token of five minutes, bound to the requester, and used up in the transaction of
what it proves. The number of passkeys is in the person's row, so that no two changes of them run at once.
"""

from dataclasses import dataclass
from datetime import datetime

from cabinet.audit.model import Action, Author
from cabinet.audit.store import record
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound
from cabinet.core.text import strip_control_chars
from cabinet.identity import one_time_tokens
from cabinet.identity.one_time_tokens import TokenPurpose
from cabinet.outbox.emails import commit_with_emails
from cabinet.signed_tokens import TokenInvalid
from cabinet.staff import members
from cabinet.staff.errors import PasskeyExists, PasskeyRejected, StaffUnauthenticated, TooManyPasskeys
from cabinet.staff.keys import PASSKEYS, member_key, passkey_key, staff_session_key
from cabinet.staff.model import Member, SignedInStaff
from cabinet.staff.passkey_alerts import passkey_email
from cabinet.staff.passkey_rules import (
    MAX_PASSKEYS,
    TRANSPORTS,
    AnswerMalformed,
    Passkey,
    challenge_in,
    passkey_id_of,
    passkey_name,
)
from cabinet.staff.passkey_verification import NewCredential, verify_new_credential
from cabinet.staff.sessions import author_of

NEW = TokenPurpose.PASSKEY_NEW
_UNCHANGED = f"{members.CREDENTIALS_UNCHANGED} AND {members.PASSKEYS_UNCHANGED}"


@dataclass(frozen=True, slots=True)
class PasskeyChallenge:
    """What a passkey is to sign, and which ones the person has: they may answer, and are not made twice."""

    challenge: str
    known: list[Passkey]


def list_passkeys(staff_id: str) -> list[Passkey]:
    """Return a person's passkeys, the oldest first; one query."""
    page = dynamo.query(
        Table.USERS, passkey_key(staff_id, "")[0], begins=PASSKEYS, limit=2 * MAX_PASSKEYS, consistent=True
    )
    return sorted((Passkey.model_validate(row) for row in page.items), key=lambda each: each.created_at)


def find_passkey(staff_id: str, credential_id: str) -> Passkey | None:
    """Return the person's passkey of a credential; None when they have no such one."""
    key = passkey_key(staff_id, passkey_id_of(credential_id))
    row = dynamo.get(Table.USERS, key, consistent=True)
    return Passkey.model_validate(row) if row else None


def begin(staff: SignedInStaff, now: datetime) -> PasskeyChallenge:
    """Ask for a new passkey; raises TooManyPasskeys."""
    known = list_passkeys(staff.member.staff_id)
    if len(known) >= MAX_PASSKEYS:
        raise TooManyPasskeys
    transaction = Transaction()
    token = one_time_tokens.issue(transaction, NEW, session_of(staff), now)
    record(
        transaction, author_of(staff.member), Action.PASSKEY_BEGUN, members.audit_subject(staff.member), now
    )
    transaction.commit()
    return PasskeyChallenge(token.secret, known)


def add(
    staff: SignedInStaff, answer: NewCredential, name: str, transports: list[str], now: datetime
) -> Passkey:
    """Keep a passkey that answers what this session has asked for.

    Raises PasskeyRejected, PasskeyExists, TooManyPasskeys, Conflict (the person has changed meanwhile).
    """
    member = staff.member
    try:
        challenge = challenge_in(answer.client_data)
        require_challenge(NEW, challenge, staff)
        verified = verify_new_credential(answer, challenge)
    except (AnswerMalformed, TokenInvalid):
        raise PasskeyRejected from None
    known = list_passkeys(member.staff_id)
    if len(known) >= MAX_PASSKEYS:
        raise TooManyPasskeys
    passkey = Passkey(
        passkey_id=passkey_id_of(answer.credential_id), credential_id=answer.credential_id,
        public_key=verified.public_key, sign_count=verified.sign_count,
        name=passkey_name(strip_control_chars(name), [each.name for each in known]),
        transports=sorted(TRANSPORTS.intersection(transports)), created_at=clock.timestamp(now),
    )  # fmt: skip
    pk, sk = passkey_key(member.staff_id, passkey.passkey_id)
    transaction = Transaction()
    one_time_tokens.consume(transaction, NEW, challenge, PasskeyRejected)
    transaction.put(
        Table.USERS, {"pk": pk, "sk": sk} | passkey.model_dump(mode="json"),
        condition=IS_ABSENT, on_conflict=PasskeyExists,
    )  # fmt: skip
    transaction.update(
        Table.USERS, member_key(member.staff_id), "SET #passkeys = :more",
        condition=_UNCHANGED, on_conflict=Conflict,
        credentials=member.credentials_version, passkeys=member.passkey_count, more=member.passkey_count + 1,
    )  # fmt: skip
    record(
        transaction, author_of(member), Action.PASSKEY_ADDED, members.audit_subject(member), now,
        after={"name": passkey.name},
    )  # fmt: skip
    commit_with_emails(transaction, [passkey_email(member, Action.PASSKEY_ADDED, passkey.name, now)])
    return passkey


def rename(member: Member, passkey_id: str, name: str, now: datetime) -> Passkey:
    """Give one's own passkey another name; raises NotFound."""
    passkey = _own(member, passkey_id)
    others = [each.name for each in list_passkeys(member.staff_id) if each.passkey_id != passkey_id]
    renamed = passkey.model_copy(update={"name": passkey_name(strip_control_chars(name), others)})
    transaction = Transaction()
    transaction.update(
        Table.USERS, passkey_key(member.staff_id, passkey_id), "SET #name = :new",
        condition=IS_PRESENT, on_conflict=NotFound, new=renamed.name,
    )  # fmt: skip
    record(
        transaction, author_of(member), Action.PASSKEY_RENAMED, members.audit_subject(member), now,
        before={"name": passkey.name}, after={"name": renamed.name},
    )  # fmt: skip
    transaction.commit()
    return renamed


def remove(staff: SignedInStaff, passkey_id: str, now: datetime) -> None:
    """Remove one's own passkey; every other session is over, as one may have been opened by it.

    Raises NotFound, Conflict, StaffUnauthenticated.
    """
    member = staff.member
    transaction = Transaction()
    transaction.update(
        Table.USERS, staff_session_key(member.staff_id, staff.session_id), "SET #credentials = :next",
        condition=IS_PRESENT, on_conflict=StaffUnauthenticated, next=member.credentials_version + 1,
    )  # fmt: skip
    _remove(transaction, author_of(member), member, passkey_id, now)


def remove_by_command(author: Author, member: Member, passkey_id: str, now: datetime) -> None:
    """Remove a person's passkey; all their sessions are over. Raises NotFound, Conflict."""
    _remove(Transaction(), author, member, passkey_id, now)


def _remove(transaction: Transaction, author: Author, member: Member, passkey_id: str, now: datetime) -> None:
    """Commit with `transaction` the end of a passkey and of the sessions; the person gets a mail."""
    passkey = _own(member, passkey_id)
    transaction.delete(
        Table.USERS, passkey_key(member.staff_id, passkey_id), condition=IS_PRESENT, on_conflict=NotFound
    )
    transaction.update(
        Table.USERS, member_key(member.staff_id), "SET #passkeys = :fewer, #credentials = :next",
        condition=_UNCHANGED, on_conflict=Conflict, credentials=member.credentials_version,
        passkeys=member.passkey_count, fewer=max(member.passkey_count - 1, 0),
        next=member.credentials_version + 1,
    )  # fmt: skip
    record(
        transaction, author, Action.PASSKEY_REMOVED, members.audit_subject(member), now,
        before={"name": passkey.name},
    )  # fmt: skip
    commit_with_emails(transaction, [passkey_email(member, Action.PASSKEY_REMOVED, passkey.name, now)])


def remove_all(transaction: Transaction, staff_id: str) -> None:
    """Add the end of all of a person's passkeys; `members.put_changed` lets none be added meanwhile."""
    for each in list_passkeys(staff_id):
        transaction.delete(
            Table.USERS, passkey_key(staff_id, each.passkey_id), condition=IS_PRESENT, on_conflict=Conflict
        )


def session_of(staff: SignedInStaff) -> dict[str, str]:
    """Return what binds a challenge to the session that asked for it."""
    return {"staff_id": staff.member.staff_id, "session_id": staff.session_id}


def require_challenge(purpose: TokenPurpose, challenge: str, staff: SignedInStaff) -> None:
    """Refuse a challenge that this session was not given for this; raises TokenInvalid."""
    asked = one_time_tokens.peek(purpose, challenge)
    if any(asked[name] != value for name, value in session_of(staff).items()):
        raise TokenInvalid


def _own(member: Member, passkey_id: str) -> Passkey:
    row = dynamo.require(Table.USERS, passkey_key(member.staff_id, passkey_id), consistent=True)
    return Passkey.model_validate(row)
