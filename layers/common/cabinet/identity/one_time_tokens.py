"""One-time tokens of links in mails: random, stored by their hash, each for one purpose and one use.

They are used by deleting their row in the transaction of what they confirm, so that of rival uses one
wins and a use that failed uses nothing up.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cabinet.aws import dynamo
from cabinet.aws.dynamo import ALWAYS, IS_ABSENT, Item, OnConflict, Table, Transaction
from cabinet.core import clock
from cabinet.identity.keys import token_hash, token_key, token_key_from_hash
from cabinet.signed_tokens import TokenInvalid

_IS_UNUSED = "attribute_exists(pk) AND #purpose = :purpose"


class TokenPurpose(StrEnum):
    """What a one-time token confirms; one made for another purpose is no token at all."""

    ACTIVATION = "activation"
    PASSWORD_RESET = "password-reset"  # noqa: S105 - a purpose
    EMAIL_CHANGE = "email-change"
    ESIA_REGISTRATION = "esia-registration"
    STAFF_INVITATION = "staff-invitation"
    PASSKEY_NEW = "passkey-new"
    PASSKEY_SIGN_IN = "passkey-sign-in"
    PASSKEY_CONFIRMATION = "passkey-again"
    """Challenges: what a passkey of the staff signs (32 random bytes, as their base64url)."""
    NOTHING = "nothing"
    """Written where there is no user, so that the work and its time are the same."""


LIFETIMES = {
    TokenPurpose.ACTIVATION: timedelta(hours=48),
    TokenPurpose.PASSWORD_RESET: timedelta(hours=1),
    TokenPurpose.EMAIL_CHANGE: timedelta(hours=24),
    TokenPurpose.ESIA_REGISTRATION: timedelta(minutes=30),
    TokenPurpose.STAFF_INVITATION: timedelta(days=3),
    TokenPurpose.PASSKEY_NEW: timedelta(minutes=5),
    TokenPurpose.PASSKEY_SIGN_IN: timedelta(minutes=5),
    TokenPurpose.PASSKEY_CONFIRMATION: timedelta(minutes=5),
    TokenPurpose.NOTHING: timedelta(minutes=1),
}


@dataclass(frozen=True, slots=True)
class OneTimeToken:
    """A token that was just made: the secret goes into the link, the hash into the table."""

    secret: str
    expires_at: int

    @property
    def hash(self) -> str:
        """Return the hash under which it is stored."""
        return token_hash(self.secret)


def issue(
    transaction: Transaction, purpose: TokenPurpose, content: dict[str, Any], now: datetime
) -> OneTimeToken:
    """Add a new token's row, with what it will confirm, to the transaction."""
    token = OneTimeToken(secrets.token_urlsafe(32), clock.epoch(now + LIFETIMES[purpose]))
    pk, sk = token_key(token.secret)
    row = {"pk": pk, "sk": sk, "purpose": purpose.value, "expires_at": token.expires_at} | content
    transaction.put(Table.USERS, row, condition=IS_ABSENT, on_conflict=dynamo.conflict)
    return token


def peek(purpose: TokenPurpose, secret: str) -> Item:
    """Return what the token will confirm, without using it; raises TokenInvalid."""
    row = dynamo.get(Table.USERS, token_key(secret), consistent=True)
    if row is None or row["purpose"] != purpose:
        raise TokenInvalid
    return row


def consume(
    transaction: Transaction, purpose: TokenPurpose, secret: str, on_conflict: OnConflict = TokenInvalid
) -> None:
    """Add the token's use to the transaction of what it confirms."""
    transaction.delete(
        Table.USERS, token_key(secret), condition=_IS_UNUSED, on_conflict=on_conflict, purpose=purpose.value
    )


def revoke(transaction: Transaction, hashed: str) -> None:
    """Add the end of a token that may be there or not."""
    transaction.delete(
        Table.USERS, token_key_from_hash(hashed),
        condition=ALWAYS, on_conflict=dynamo.conflict,
    )  # fmt: skip
