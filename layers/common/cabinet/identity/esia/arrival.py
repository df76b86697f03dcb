"""What a return from Госуслуги means: a sign-in, a link, or a newcomer who must agree first."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cabinet import clock, dynamo
from cabinet.accounts.keys import session_key
from cabinet.dynamo import IS_ABSENT, Table, Transaction
from cabinet.errors import DomainError, InvalidFields
from cabinet.identity import contacts, one_time, users
from cabinet.identity.audit import journal
from cabinet.identity.consent import agreement
from cabinet.identity.contacts import mailbox_of
from cabinet.identity.entry import Entry, SignedIn, enter
from cabinet.identity.errors import EmailTaken, EsiaAlreadyLinked
from cabinet.identity.esia.passage import Departure
from cabinet.identity.esia.port import Person
from cabinet.identity.keys import esia_key
from cabinet.identity.linking import link
from cabinet.identity.model import SecurityEvent
from cabinet.identity.one_time import Errand
from cabinet.identity.registration import add_owner_of_email, add_user
from cabinet.tokens import TokenInvalid


class NotTrusted(DomainError):
    """The account of Госуслуги is not confirmed: anybody may have made it in anybody's name."""

    code = "esia_not_trusted"


class EmailNotTrusted(DomainError):
    """Госуслуги have not verified the address, so a cabinet must not be made for it."""

    code = "esia_email_not_trusted"


class SessionEnded(DomainError):
    """The session from which the linking began is over."""

    code = "unauthenticated"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person without a cabinet; the secret stands for what Госуслуги told, until they agree."""

    secret: str


def arrive(person: Person, entry: Entry, moment: datetime) -> SignedIn | Newcomer:
    """Sign the person in, or note who they are until they agree.

    Raises
    ------
    NotTrusted, EmailNotTrusted
        Госуслуги do not vouch for the person, or for the address of a newcomer.
    EmailTaken
        The newcomer's address has a cabinet: its owner must sign in there and link.
    """
    if not person.is_trusted:
        raise NotTrusted
    owner = dynamo.get(Table.USERS, esia_key(person.oid), consistent=True)
    standing = users.user_with_sessions(owner["user_id"], moment) if owner else None
    if standing is not None:
        return enter(standing, entry, moment, method="esia")
    if person.has_unverified_email:
        raise EmailNotTrusted
    if person.email is not None and users.mailbox(mailbox_of(person.email)).owner is not None:
        raise EmailTaken
    return _note(person, moment)


def link_arrived(person: Person, departure: Departure, moment: datetime, address: str) -> None:
    """Link the person to the cabinet from which the browser departed, if its session still lives."""
    if not person.is_trusted:
        raise NotTrusted
    user_id, session_id = departure.user_id or users.NOBODY, departure.session_id or ""
    if dynamo.get(Table.USERS, session_key(user_id, session_id), consistent=True) is None:
        raise SessionEnded
    user = users.user_of(user_id)
    if user is None:
        raise SessionEnded
    link(user, person.oid, moment, address)


def agree(secret: str, consent_version: str, entry: Entry, moment: datetime) -> SignedIn:
    """Make the newcomer's cabinet, in one transaction, and sign them in.

    Raises TokenInvalid; EmailTaken or EsiaAlreadyLinked when a rival was faster.
    """
    told = one_time.content_of(Errand.ESIA_REGISTRATION, secret)
    user_id, oid, email = str(told["user_id"]), str(told["oid"]), told["email"]
    transaction = Transaction()
    one_time.use(transaction, Errand.ESIA_REGISTRATION, secret)
    made = {"email": email, "phone": told["phone"], "password_hash": None, "esia_oid": oid}
    consent = agreement(consent_version, clock.timestamp(moment), entry.address)
    add_user(transaction, user_id, made, consent, moment)
    pk, sk = esia_key(oid)
    row = {"pk": pk, "sk": sk, "user_id": user_id}
    transaction.put(Table.USERS, row, when=IS_ABSENT, otherwise=EsiaAlreadyLinked)
    if email is not None:
        add_owner_of_email(transaction, mailbox_of(email), user_id)
    journal(transaction, user_id, SecurityEvent.REGISTERED, moment, entry.address)
    transaction.commit()
    standing = users.user_with_sessions(user_id, moment)
    if standing is None:
        raise TokenInvalid
    return enter(standing, entry, moment, method="esia")


def _note(person: Person, moment: datetime) -> Newcomer:
    transaction = Transaction()
    content = {
        "user_id": uuid.uuid4().hex,
        "oid": person.oid,
        "email": _or_none(contacts.accepted_email, person.email),
        "phone": _or_none(contacts.accepted_phone, person.phone),
    }
    token = one_time.issue(transaction, Errand.ESIA_REGISTRATION, content, moment)
    transaction.commit()
    return Newcomer(token.secret)


def _or_none(accepted: Callable[[str], str], told: str | None) -> str | None:
    """Return a contact as we keep it, None when Госуслуги gave none or one that we could not use."""
    try:
        return accepted(told) if told else None
    except InvalidFields:
        return None
