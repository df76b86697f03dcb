"""Tokens of a resident's own programs: made, listed, revoked.

Each is in one of 20 numbered slots of its user, so that there cannot be a twenty-first however many
requests make one at once; the token itself names user and slot, and is read with what it asks for.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Item, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.errors import DomainError, NotFound, raises
from cabinet.identity.access_token_rules import MAX_TOKENS, Scope, access_token_hash, build_access_token
from cabinet.identity.errors import TooManyAccessTokens
from cabinet.identity.keys import ACCESS_PREFIX, access_token_key
from cabinet.identity.model import SecurityEvent, User
from cabinet.identity.security_alerts import commit_and_alert
from cabinet.identity.security_log import record_event

_IS_FREE = "attribute_not_exists(pk) OR #expires_at <= :now"
"""A slot whose token has ended is free before the engine gets to deleting it."""


class _SlotTaken(DomainError):
    """Another request has made a token in this slot."""


@dataclass(frozen=True, slots=True)
class NewAccessToken:
    """What a resident asks for."""

    name: str
    scopes: list[Scope]
    expires_on: date
    """The last day on which it works, in UTC."""


@raises(TooManyAccessTokens)
def create_access_token(user: User, new: NewAccessToken, now: datetime, client_ip: str) -> tuple[Item, str]:
    """Make a token, log it and write to the owner; return its row and the token, which is kept nowhere.

    Raises TooManyAccessTokens beyond 20.
    """
    taken = {row["sk"] for row in _rows(user.user_id)}
    for slot in range(MAX_TOKENS):
        key = access_token_key(user.user_id, slot)
        if key[1] in taken:
            continue
        token = build_access_token(user.user_id, slot, secrets.token_bytes(30))
        row = _row(user.user_id, slot, token, new, now)
        transaction = Transaction()
        transaction.put(Table.USERS, row, condition=_IS_FREE, on_conflict=_SlotTaken, now=clock.epoch(now))
        try:
            commit_and_alert(transaction, user, SecurityEvent.ACCESS_TOKEN_CREATED, now, client_ip)
        except _SlotTaken:
            continue
        return row, token
    raise TooManyAccessTokens


def list_access_tokens(user_id: str) -> list[Item]:
    """Return the rows of the tokens that work, the newest first."""
    return sorted(_rows(user_id), key=lambda row: row["created_at"], reverse=True)


@raises(NotFound)
def revoke_access_token(user_id: str, token_id: str, now: datetime, client_ip: str) -> None:
    """End a token at once and log it; raises NotFound when it has ended or belongs to another user."""
    row = next((row for row in _rows(user_id) if row["token_id"] == token_id), None)
    if row is None:
        raise NotFound
    transaction = Transaction()
    transaction.delete(
        Table.USERS, (row["pk"], row["sk"]),
        condition=f"{IS_PRESENT} AND #token_id = :token_id", on_conflict=NotFound, token_id=token_id,
    )  # fmt: skip
    record_event(transaction, user_id, SecurityEvent.ACCESS_TOKEN_REVOKED, now, client_ip)
    transaction.commit()


def _rows(user_id: str) -> list[Item]:
    partition, _ = access_token_key(user_id, 0)
    return dynamo.query(Table.USERS, partition, begins=ACCESS_PREFIX, limit=MAX_TOKENS, consistent=True).items


def _row(user_id: str, slot: int, token: str, new: NewAccessToken, now: datetime) -> Item:
    hashed = access_token_hash(token)
    end = datetime.combine(new.expires_on + timedelta(days=1), time(), UTC)
    return {
        **key_attributes(access_token_key(user_id, slot)),
        "token_id": hashed[:32],
        "token_hash": hashed,
        "name": new.name.strip(),
        "scopes": list(new.scopes),
        "created_at": clock.timestamp(now),
        "expires_on": new.expires_on.isoformat(),
        "expires_at": clock.epoch(end),
    }
