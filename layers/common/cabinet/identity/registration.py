"""Registration by mail: nothing is reserved until the link is followed; the latest form alone counts."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from cabinet import clock, dynamo
from cabinet.accounts.keys import profile_key
from cabinet.dynamo import IS_ABSENT, Table, Transaction
from cabinet.identity import one_time, users
from cabinet.identity.audit import journal
from cabinet.identity.consent import agreement
from cabinet.identity.contacts import mailbox_of
from cabinet.identity.errors import EmailTaken
from cabinet.identity.keys import agreed_key, email_key, pending_key, token_hash
from cabinet.identity.model import SecurityEvent
from cabinet.identity.one_time import Errand
from cabinet.log import Event, note
from cabinet.messaging.outbox import Letter, enqueue, nudge
from cabinet.settings import http_settings
from cabinet.tokens import TokenInvalid
from cabinet.wire import Item

_IS_LATEST = "attribute_not_exists(pk) OR #asked_at <= :asked_at"
_IS_THE_ONE_SENT = "attribute_exists(pk) AND #token_hash = :token_hash"


@dataclass(frozen=True, slots=True)
class Registration:
    """A form that has been checked: address, hash of the password, phone, version of the consent."""

    email: str
    password_hash: str
    phone: str
    consent_version: str
    address: str
    """Where the request came from: part of the record of the consent."""


def refuse_taken(email: str) -> None:
    """Raise EmailTaken when a user owns the address."""
    if users.mailbox(mailbox_of(email)).owner is not None:
        raise EmailTaken


def register(registration: Registration, moment: datetime) -> None:
    """Remember the registration and send its link; a registration of the same address before it is void."""
    mailbox, asked_at = mailbox_of(registration.email), clock.timestamp(moment)
    transaction = Transaction()
    token = one_time.issue(transaction, Errand.ACTIVATION, _content(registration, asked_at), moment)
    pk, sk = pending_key(mailbox)
    pending: Item = {"pk": pk, "sk": sk, "token_hash": token.hash, "asked_at": asked_at}
    pending |= {"password_hash": registration.password_hash, "expires_at": token.expires_at}
    transaction.put(Table.USERS, pending, when=_IS_LATEST, otherwise=dynamo.conflict, asked_at=asked_at)
    transaction.check(Table.USERS, email_key(mailbox), when="attribute_not_exists(pk)", otherwise=EmailTaken)
    link = f"{http_settings().site_origin}/activate?token={token.secret}"
    letter = Letter("activation", registration.email, {"link": link})
    enqueue(transaction, letter)
    transaction.commit()
    nudge(letter)


def activate(secret: str, moment: datetime, address: str) -> str:
    """Make the user of a followed link, in one transaction, and return the id; raises TokenInvalid."""
    asked = one_time.content_of(Errand.ACTIVATION, secret)
    user_id, mailbox = str(asked["user_id"]), mailbox_of(asked["email"])
    transaction = Transaction()
    one_time.use(transaction, Errand.ACTIVATION, secret)
    transaction.delete(
        Table.USERS, pending_key(mailbox), when=_IS_THE_ONE_SENT, otherwise=TokenInvalid,
        token_hash=token_hash(secret),
    )  # fmt: skip
    made = {"email": asked["email"], "phone": asked["phone"], "password_hash": asked["password_hash"]}
    add_user(transaction, user_id, made, asked["consent"], moment)
    add_owner_of_email(transaction, mailbox, user_id)
    journal(transaction, user_id, SecurityEvent.REGISTERED, moment, address)
    transaction.commit()
    note(Event.CABINET_MADE, user_id=user_id)
    return user_id


def add_user(
    transaction: Transaction, user_id: str, made: Item, consent: dict[str, str], moment: datetime
) -> None:
    """Add a new user's record and the record of the consent."""
    pk, sk = profile_key(user_id)
    profile: Item = {
        "pk": pk,
        "sk": sk,
        "user_id": user_id,
        "credentials": 0,
        "entries": 0,
        "reset_tokens": [],
    }
    profile |= {"primary_account_id": None, "created_at": clock.timestamp(moment)} | made
    transaction.put(Table.USERS, profile, when=IS_ABSENT, otherwise=TokenInvalid)
    pk, sk = agreed_key(user_id, consent["version"])
    transaction.put(Table.USERS, {"pk": pk, "sk": sk} | consent, when=IS_ABSENT, otherwise=TokenInvalid)


def add_owner_of_email(transaction: Transaction, mailbox: str, user_id: str) -> None:
    """Add the row that makes the address the user's alone; an owner that is there raises EmailTaken."""
    pk, sk = email_key(mailbox)
    row = {"pk": pk, "sk": sk, "user_id": user_id}
    transaction.put(Table.USERS, row, when=IS_ABSENT, otherwise=EmailTaken)


def _content(registration: Registration, asked_at: str) -> Item:
    return {
        "user_id": uuid.uuid4().hex,
        "email": registration.email,
        "password_hash": registration.password_hash,
        "phone": registration.phone,
        "consent": agreement(registration.consent_version, asked_at, registration.address),
    }
