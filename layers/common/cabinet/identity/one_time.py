"""One-time tokens of links in mails: random, stored by their hash, each for one purpose and one use.

They are used by deleting their row in the very transaction of what they confirm, so that of rival uses one
wins and a use that failed uses nothing up.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cabinet import clock, dynamo
from cabinet.dynamo import IS_ABSENT, Table, Transaction
from cabinet.identity.keys import token_hash, token_key, token_key_of_hash
from cabinet.tokens import TokenInvalid
from cabinet.wire import Item

THERE_OR_NOT = "attribute_not_exists(pk) OR attribute_exists(pk)"
"""For a row whose key names what must go: nothing in it could make us keep it."""

_IS_UNUSED = "attribute_exists(pk) AND #purpose = :purpose"


class Errand(StrEnum):
    """What a one-time token confirms; one of another errand is no token at all."""

    ACTIVATION = "activation"
    PASSWORD_RESET = "password-reset"  # noqa: S105 - a purpose
    EMAIL_CHANGE = "email-change"
    ESIA_REGISTRATION = "esia-registration"
    NOTHING = "nothing"
    """Written where there is no user, so that the work and its time are the same."""


LIFETIMES = {
    Errand.ACTIVATION: timedelta(hours=48),
    Errand.PASSWORD_RESET: timedelta(hours=1),
    Errand.EMAIL_CHANGE: timedelta(hours=24),
    Errand.ESIA_REGISTRATION: timedelta(minutes=30),
    Errand.NOTHING: timedelta(minutes=1),
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
    transaction: Transaction, errand: Errand, content: dict[str, Any], moment: datetime
) -> OneTimeToken:
    """Add a new token's row, with what it will confirm, to the transaction."""
    token = OneTimeToken(secrets.token_urlsafe(32), clock.epoch(moment + LIFETIMES[errand]))
    pk, sk = token_key(token.secret)
    row = {"pk": pk, "sk": sk, "purpose": errand.value, "expires_at": token.expires_at} | content
    transaction.put(Table.USERS, row, when=IS_ABSENT, otherwise=dynamo.conflict)
    return token


def content_of(errand: Errand, secret: str) -> Item:
    """Return what the token will confirm, without using it; raises TokenInvalid."""
    row = dynamo.get(Table.USERS, token_key(secret), consistent=True)
    if row is None or row["purpose"] != errand:
        raise TokenInvalid
    return row


def use(transaction: Transaction, errand: Errand, secret: str) -> None:
    """Add the token's use to the transaction of what it confirms."""
    transaction.delete(
        Table.USERS, token_key(secret), when=_IS_UNUSED, otherwise=TokenInvalid, purpose=errand.value
    )


def void(transaction: Transaction, hashed: str) -> None:
    """Add the end of a token that may be there or not."""
    transaction.delete(
        Table.USERS, token_key_of_hash(hashed),
        when=THERE_OR_NOT, otherwise=dynamo.conflict,
    )  # fmt: skip
