"""Registration by mail: nothing is reserved until the link is followed; the latest form alone counts."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cabinet import limits
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Item, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.contacts import canonical_email
from cabinet.core.errors import Conflict, NotFound
from cabinet.core.logging import Event, log_event
from cabinet.core.settings import http_settings
from cabinet.identity import one_time_tokens, users
from cabinet.identity.captcha import SolvedCaptcha, check_captcha
from cabinet.identity.consent import consent_record
from cabinet.identity.errors import EmailTaken, captcha_required
from cabinet.identity.keys import (
    consent_key,
    email_key,
    pending_key,
    profile_key,
    token_hash,
    token_key_from_hash,
)
from cabinet.identity.model import SecurityEvent
from cabinet.identity.one_time_tokens import TokenPurpose
from cabinet.identity.security_log import record_event
from cabinet.outbox.emails import Email, commit_with_emails
from cabinet.signed_tokens import TokenInvalid

_PENDING_FIELDS = ("user_id", "email", "password_hash", "phone", "consent")
"""What a link confirms."""
_IS_LATEST = "attribute_not_exists(pk) OR #asked_at <= :asked_at"
_LINK_MATCHES = "attribute_exists(pk) AND #token_hash = :token_hash"


@dataclass(frozen=True, slots=True)
class Registration:
    """A form that has been checked: address, hash of the password, phone, version of the consent."""

    email: str
    password_hash: str
    phone: str
    consent_version: str
    client_ip: str
    """Where the request came from: part of the record of the consent."""


def check_registration_captcha(
    captcha: SolvedCaptcha | None, attempts: int, now: datetime, *, is_always_due: bool
) -> None:
    """Raise InvalidFields (`captcha_required`, `captcha_wrong`) where a captcha is due and not solved.

    It is due after some forms of one network (`attempts` of this hour, whatever their outcome), after many of
    everybody without one, and at once where the installation wants it.
    """
    if captcha is not None:
        check_captcha(captcha.challenge, captcha.answer, now)
        return
    everybody = limits.CAPTCHA_AFTER_TOTAL_REGISTRATIONS
    if is_always_due or attempts > limits.REGISTRATIONS_BY_IP_BEFORE_CAPTCHA:
        raise captcha_required()
    if limits.add_attempts(everybody, limits.random_shard()) > everybody.count:
        raise captcha_required()


def ensure_email_free(email: str) -> None:
    """Raise EmailTaken when a user owns the address."""
    if users.email_ownership(canonical_email(email)).owner is not None:
        raise EmailTaken


def register(registration: Registration, now: datetime) -> str:
    """Remember the registration, send its link, and return the id of the user that the link will make.

    A registration of the same address before it is void.
    """
    canonical, asked_at = canonical_email(registration.email), clock.timestamp(now)
    transaction = Transaction()
    payload = _pending_payload(registration, asked_at)
    token = one_time_tokens.issue(transaction, TokenPurpose.ACTIVATION, payload, now)
    pk, sk = pending_key(canonical)
    pending: Item = {"pk": pk, "sk": sk, "token_hash": token.hash, "asked_at": asked_at}
    pending |= {"password_hash": registration.password_hash, "expires_at": token.expires_at}
    transaction.put(
        Table.USERS, pending, condition=_IS_LATEST, on_conflict=dynamo.conflict, asked_at=asked_at
    )
    transaction.check(
        Table.USERS, email_key(canonical), condition="attribute_not_exists(pk)", on_conflict=EmailTaken
    )
    commit_with_emails(transaction, [_activation_email(registration.email, token.secret)])
    return str(payload["user_id"])


def pending_registration(ownership: users.EmailOwnership) -> Item | None:
    """Return what the link of a registration that awaits its activation confirms; None when there is none."""
    if ownership.owner is not None or ownership.pending is None:
        return None
    return dynamo.get(Table.USERS, token_key_from_hash(ownership.pending["token_hash"]), consistent=True)


def resend_activation(
    email: str, user_id: str, now: datetime, extra_writes: Callable[[Transaction], None]
) -> None:
    """Send a new link to a person who registered and has not used theirs; the earlier link is void.

    `extra_writes` adds the audit row to the same transaction. Raises NotFound when nothing awaits activation
    under this address and id, Conflict when it has changed meanwhile.
    """
    address = canonical_email(email)
    ownership = users.email_ownership(address)
    asked = pending_registration(ownership)
    if asked is None or ownership.pending is None or asked["user_id"] != user_id:
        raise NotFound
    transaction = Transaction()
    token = one_time_tokens.issue(
        transaction, TokenPurpose.ACTIVATION, {name: asked[name] for name in _PENDING_FIELDS}, now
    )
    old = ownership.pending["token_hash"]
    one_time_tokens.revoke(transaction, old)
    transaction.update(
        Table.USERS, pending_key(address), "SET #token_hash = :new, #asked_at = :now, #expires_at = :until",
        condition=_LINK_MATCHES, on_conflict=Conflict,
        token_hash=old, new=token.hash, now=clock.timestamp(now), until=token.expires_at,
    )  # fmt: skip
    extra_writes(transaction)
    commit_with_emails(transaction, [_activation_email(str(asked["email"]), token.secret)])


def activate(secret: str, now: datetime, client_ip: str) -> str:
    """Make the user of a followed link, in one transaction, and return the id; raises TokenInvalid."""
    asked = one_time_tokens.peek(TokenPurpose.ACTIVATION, secret)
    user_id, canonical = str(asked["user_id"]), canonical_email(asked["email"])
    transaction = Transaction()
    one_time_tokens.consume(transaction, TokenPurpose.ACTIVATION, secret)
    transaction.delete(
        Table.USERS, pending_key(canonical), condition=_LINK_MATCHES, on_conflict=TokenInvalid,
        token_hash=token_hash(secret),
    )  # fmt: skip
    made = {"email": asked["email"], "phone": asked["phone"], "password_hash": asked["password_hash"]}
    add_user(transaction, user_id, made, asked["consent"], now)
    add_owner_of_email(transaction, canonical, user_id)
    record_event(transaction, user_id, SecurityEvent.REGISTERED, now, client_ip)
    transaction.commit()
    log_event(Event.USER_REGISTERED, user_id=user_id)
    return user_id


def add_user(
    transaction: Transaction, user_id: str, made: Item, consent: dict[str, str], now: datetime
) -> None:
    """Add a new user's record and the record of the consent."""
    profile: Item = {
        **key_attributes(profile_key(user_id)),
        "user_id": user_id,
        "credentials": 0,
        "entries": 0,
        "reset_tokens": [],
    }
    profile |= {"primary_account_id": None, "created_at": clock.timestamp(now)} | made
    transaction.put(Table.USERS, profile, condition=IS_ABSENT, on_conflict=TokenInvalid)
    if made["phone"]:
        users.add_phone(transaction, made["phone"], user_id)
    pk, sk = consent_key(user_id, consent["version"])
    transaction.put(
        Table.USERS, {"pk": pk, "sk": sk} | consent, condition=IS_ABSENT, on_conflict=TokenInvalid
    )


def add_owner_of_email(transaction: Transaction, canonical: str, user_id: str) -> None:
    """Add the row that makes the address the user's alone; an owner that is there raises EmailTaken."""
    row = {**key_attributes(email_key(canonical)), "user_id": user_id}
    transaction.put(Table.USERS, row, condition=IS_ABSENT, on_conflict=EmailTaken)


def _activation_email(email: str, secret: str) -> Email:
    return Email("activation", email, {"link": f"{http_settings().site_origin}/activate?token={secret}"})


def _pending_payload(registration: Registration, asked_at: str) -> Item:
    return {
        "user_id": uuid.uuid4().hex,
        "email": registration.email,
        "password_hash": registration.password_hash,
        "phone": registration.phone,
        "consent": consent_record(registration.consent_version, asked_at, registration.client_ip),
    }
