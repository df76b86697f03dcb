"""What a return from Госуслуги means: a sign-in, a link, or a newcomer who must agree first."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table, Transaction, key_attributes
from cabinet.core import clock, contacts
from cabinet.core.contacts import canonical_email
from cabinet.core.errors import DomainError, InvalidFields
from cabinet.identity import one_time_tokens, users
from cabinet.identity.consent import consent_record
from cabinet.identity.errors import EmailTaken, EsiaAlreadyLinked
from cabinet.identity.esia.auth_state import AuthorizationState
from cabinet.identity.esia.provider import Person
from cabinet.identity.esia_link import link
from cabinet.identity.keys import esia_key, session_key
from cabinet.identity.model import SecurityEvent
from cabinet.identity.one_time_tokens import TokenPurpose
from cabinet.identity.registration import add_owner_of_email, add_user
from cabinet.identity.security_log import record_event
from cabinet.identity.session_start import ClientInfo, SignedIn, start_session
from cabinet.signed_tokens import TokenInvalid


class NotTrusted(DomainError):
    """The account of Госуслуги is not confirmed: anybody may have made it in anybody's name."""

    code = "esia_not_trusted"


class EmailNotTrusted(DomainError):
    """Госуслуги have not verified the address, so a cabinet must not be made for it."""

    code = "esia_email_not_trusted"


class LinkingSessionEnded(DomainError):
    """The session from which the linking began is over."""

    code = "unauthenticated"


@dataclass(frozen=True, slots=True)
class PendingRegistration:
    """A person without a cabinet; the secret is the key of what Госуслуги returned, until they agree."""

    secret: str


def sign_in_or_register(
    person: Person, client_info: ClientInfo, now: datetime
) -> SignedIn | PendingRegistration:
    """Sign the person in, or note who they are until they agree.

    Raises
    ------
    NotTrusted, EmailNotTrusted
        The person, or the e-mail of a new user, is not confirmed at Госуслуги.
    EmailTaken
        The newcomer's address has a cabinet: its owner must sign in there and link.
    """
    if not person.is_trusted:
        raise NotTrusted
    owner = dynamo.get(Table.USERS, esia_key(person.oid), consistent=True)
    loaded = users.user_with_sessions(owner["user_id"], now) if owner else None
    if loaded is not None:
        return start_session(loaded, client_info, now, method="esia")
    if person.has_unverified_email:
        raise EmailNotTrusted
    if person.email is not None and users.email_ownership(canonical_email(person.email)).owner is not None:
        raise EmailTaken
    return _save_pending(person, now)


def link_account(
    person: Person, authorization_state: AuthorizationState, now: datetime, client_ip: str
) -> None:
    """Link the person to the cabinet from which the browser was redirected, if its session is still valid."""
    if not person.is_trusted:
        raise NotTrusted
    user_id, session_id = (
        authorization_state.user_id or users.NONEXISTENT_USER,
        authorization_state.session_id or "",
    )
    if dynamo.get(Table.USERS, session_key(user_id, session_id), consistent=True) is None:
        raise LinkingSessionEnded
    user = users.get_user(user_id)
    if user is None:
        raise LinkingSessionEnded
    link(user, person.oid, now, client_ip)


def complete_registration(
    secret: str, consent_version: str, client_info: ClientInfo, now: datetime
) -> SignedIn:
    """Make the newcomer's cabinet, in one transaction, and sign them in.

    Raises TokenInvalid; EmailTaken or EsiaAlreadyLinked when a rival was faster.
    """
    pending = one_time_tokens.peek(TokenPurpose.ESIA_REGISTRATION, secret)
    user_id, oid, email = str(pending["user_id"]), str(pending["oid"]), pending["email"]
    transaction = Transaction()
    one_time_tokens.consume(transaction, TokenPurpose.ESIA_REGISTRATION, secret)
    made = {"email": email, "phone": pending["phone"], "password_hash": None, "esia_oid": oid}
    consent = consent_record(consent_version, clock.timestamp(now), client_info.client_ip)
    add_user(transaction, user_id, made, consent, now)
    row = {**key_attributes(esia_key(oid)), "user_id": user_id}
    transaction.put(Table.USERS, row, condition=IS_ABSENT, on_conflict=EsiaAlreadyLinked)
    if email is not None:
        add_owner_of_email(transaction, canonical_email(email), user_id)
    record_event(transaction, user_id, SecurityEvent.REGISTERED, now, client_info.client_ip)
    transaction.commit()
    loaded = users.user_with_sessions(user_id, now)
    if loaded is None:
        raise TokenInvalid
    return start_session(loaded, client_info, now, method="esia")


def _save_pending(person: Person, now: datetime) -> PendingRegistration:
    transaction = Transaction()
    content = {
        "user_id": uuid.uuid4().hex,
        "oid": person.oid,
        "email": _optional_email(contacts.validate_email, person.email),
        "phone": _optional_email(contacts.validate_phone, person.phone),
    }
    token = one_time_tokens.issue(transaction, TokenPurpose.ESIA_REGISTRATION, content, now)
    transaction.commit()
    return PendingRegistration(token.secret)


def _optional_email(accepted: Callable[[str], str], pending: str | None) -> str | None:
    """Return a contact as we keep it, None when Госуслуги gave none or one that we could not use."""
    try:
        return accepted(pending) if pending else None
    except InvalidFields:
        return None
