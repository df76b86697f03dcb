"""Joining the staff: an invitation, then a password and a seed, then the first code."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from cabinet import limits
from cabinet.audit.model import Action, Author
from cabinet.audit.store import record
from cabinet.aws.dynamo import IS_ABSENT, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.contacts import canonical_email, validate_email
from cabinet.core.errors import FieldError, InvalidFields
from cabinet.core.settings import http_settings
from cabinet.core.text import strip_control_chars
from cabinet.identity import one_time_tokens, passwords
from cabinet.identity.keys import token_hash
from cabinet.identity.one_time_tokens import TokenPurpose
from cabinet.identity.password_policy import check_password
from cabinet.outbox.emails import Email, commit_with_emails
from cabinet.signed_tokens import TokenInvalid
from cabinet.staff import codes, members
from cabinet.staff.code_rules import recovery_hash
from cabinet.staff.errors import StaffExists, code_wrong, role_needed, supplier_missing
from cabinet.staff.keys import staff_email_key
from cabinet.staff.model import ROLE_TITLES, Member, PendingCredentials, Role

INVITATION = TokenPurpose.STAFF_INVITATION


@dataclass(frozen=True, slots=True)
class Invited:
    """An invited person, and the link that was mailed to them."""

    member: Member
    link: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the invited person must keep: the seed for the app, and codes to write down. Shown once."""

    totp_uri: str
    recovery_codes: list[str]


def invite(author: Author, email: str, roles: list[Role], suppliers: list[str], now: datetime) -> Invited:
    """Invite somebody, or send an unaccepted invitation again; the former link is void.

    `suppliers` exist, or are `EVERY_SUPPLIER`: the caller has looked. Raises InvalidFields, StaffExists.
    """
    email = validate_email(email)
    check_access(roles, suppliers)
    known = members.find_by_email(email)
    if known is not None and known.is_active:
        raise StaffExists
    transaction = Transaction()
    member = known or Member(staff_id=secrets.token_hex(8), email=email)
    content = {"staff_id": member.staff_id}
    token = one_time_tokens.issue(transaction, INVITATION, content, now)
    invited = member.model_copy(
        update={
            "roles": roles, "suppliers": suppliers, "invitation_hash": token.hash, "pending": None,
            "invited_at": clock.timestamp(now),
        }
    )  # fmt: skip
    if known is None:
        owner = {**key_attributes(staff_email_key(canonical_email(email))), "staff_id": member.staff_id}
        transaction.put(Table.USERS, owner, condition=IS_ABSENT, on_conflict=StaffExists)
        transaction.put(
            Table.USERS, members.member_row(invited), condition=IS_ABSENT, on_conflict=StaffExists
        )
    else:
        members.put_changed(transaction, known, invited)
        if known.invitation_hash:
            one_time_tokens.revoke(transaction, known.invitation_hash)
    record(
        transaction, author, Action.STAFF_INVITED, members.audit_subject(invited), now,
        after={"email": email, "roles": list(roles), "suppliers": suppliers},
    )  # fmt: skip
    link = f"{http_settings().site_origin}/desk/invitation?token={token.secret}"
    invitation = Email(
        "staff_invitation", email, {"link": link, "roles": [ROLE_TITLES[each] for each in roles]}
    )
    commit_with_emails(transaction, [invitation])
    return Invited(invited, link)


def check_access(roles: list[Role], suppliers: list[str]) -> None:
    """Refuse a person without a role or without a supplier; raises InvalidFields."""
    if not roles:
        raise role_needed()
    if not suppliers:
        raise supplier_missing()


def accept(secret: str, name: str, password: str, now: datetime) -> Enrolment:
    """Keep what the invited person has chosen, until their first code; a later call replaces it.

    Raises TokenInvalid, InvalidFields.
    """
    member = _invited(secret)
    name = " ".join(strip_control_chars(name).split())
    if not name:
        raise InvalidFields(FieldError("name", "required", "Укажите фамилию и имя."))
    check_password(password, member.email, name)
    seed, recovery = codes.new_seed(), codes.make_recovery_codes()
    pending = PendingCredentials(
        name=name,
        password_hash=passwords.hash_password(password),
        encrypted_seed=codes.encrypt_seed(member.staff_id, seed),
        recovery_hashes=[recovery_hash(member.staff_id, code) for code in recovery],
    )
    transaction = Transaction()
    members.put_changed(transaction, member, member, pending=pending)
    record(transaction, _author(member, name), Action.INVITATION_ACCEPTED, members.audit_subject(member), now)
    transaction.commit()
    return Enrolment(codes.totp_uri(member.email, seed), recovery)


def confirm(secret: str, typed: str, now: datetime) -> None:
    """Let the person in from now on: the app has the seed.

    Raises TokenInvalid, InvalidFields (`code_wrong`), TooManyRequests.
    """
    member = _invited(secret)
    pending = member.pending
    if pending is None:
        raise TokenInvalid
    limits.hit(limits.STAFF_CODE_BY_PERSON, member.staff_id)
    seed = codes.decrypt_seed(member.staff_id, pending.encrypted_seed)
    step = codes.totp_step(seed, typed, now, member.last_step) if seed else None
    if step is None:
        raise code_wrong()
    limits.undo_hit(limits.STAFF_CODE_BY_PERSON, member.staff_id)
    transaction = Transaction()
    one_time_tokens.consume(transaction, INVITATION, secret)
    members.put_changed(
        transaction, member, member,
        name=pending.name, password_hash=pending.password_hash, encrypted_seed=pending.encrypted_seed,
        recovery_hashes=pending.recovery_hashes, last_step=step, joined_at=clock.timestamp(now),
        pending=None, invitation_hash=None,
    )  # fmt: skip
    record(
        transaction, _author(member, pending.name), Action.INVITATION_CONFIRMED,
        members.audit_subject(member), now,
    )  # fmt: skip
    transaction.commit()


def _invited(secret: str) -> Member:
    asked = one_time_tokens.peek(INVITATION, secret)
    member = members.get_member(asked["staff_id"])
    if member is None or member.is_active or member.invitation_hash != token_hash(secret):
        raise TokenInvalid
    return member


def _author(member: Member, name: str) -> Author:
    return Author(member.staff_id, name, member.roles[0])
