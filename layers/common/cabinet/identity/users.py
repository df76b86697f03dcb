"""The user's rows: who owns an address, the user with the sessions, the conditions that guard changes."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cabinet.aws import dynamo
from cabinet.aws.dynamo import ALWAYS, IS_ABSENT, Item, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.errors import Conflict, DomainError
from cabinet.identity import one_time_tokens
from cabinet.identity.keys import email_partition, phone_key, phone_partition, profile_key, session_key
from cabinet.identity.model import Session, User
from cabinet.identity.session_tokens import IDLE_TIMEOUT

NONEXISTENT_USER = "nobody"
"""A user id that is never given: reading it costs what reading a user costs."""

IS_MINE = "attribute_exists(pk) AND #user_id = :user_id"
IS_FREE_OR_MINE = "attribute_not_exists(pk) OR #user_id = :user_id"

CREDENTIALS_UNCHANGED = "attribute_exists(pk) AND #credentials = :credentials"
"""Neither the password nor the address has changed since the user was read."""

NO_NEW_SESSIONS = f"{CREDENTIALS_UNCHANGED} AND #entries = :entries"
"""Nor has anybody signed in: the sessions that were read are all that there are."""


@dataclass(frozen=True, slots=True)
class EmailOwnership:
    """What is known of an address: the user who owns it, or the registration that awaits activation."""

    owner: str | None
    pending: Item | None


@dataclass(frozen=True, slots=True)
class UserWithSessions:
    """A user, the sessions that are alive, and rows of sessions that have idled too long."""

    user: User
    sessions: list[Session]
    expired: list[Session]


def email_ownership(email: str) -> EmailOwnership:
    """Look an address (in the form of `contacts.canonical_email`) up: one query."""
    page = dynamo.query(Table.USERS, email_partition(email), consistent=True)
    rows = {row["sk"]: row for row in page.items}
    owner = rows.get("OWNER")
    return EmailOwnership(owner["user_id"] if owner else None, rows.get("PENDING"))


def find_by_phone(phone: str, limit: int) -> list[str]:
    """Return the users who have a telephone (in E.164); one query, for the staff."""
    page = dynamo.query(Table.USERS, phone_partition(phone), limit=limit)
    return [row["user_id"] for row in page.items]


def add_phone(transaction: Transaction, phone: str, user_id: str) -> None:
    """Add the row by which the user is found: on its own, for a profile is written at each sign-in."""
    row = {**key_attributes(phone_key(phone, user_id)), "user_id": user_id}
    transaction.put(Table.USERS, row, condition=IS_ABSENT, on_conflict=Conflict)


def index_phones(user_ids: Sequence[str]) -> int:
    """Let users from before there were such rows be found by telephone; at most 100; return how many."""
    indexed = 0
    for profile in dynamo.batch_get([(Table.USERS, profile_key(user_id)) for user_id in user_ids]):
        if profile is None or not profile.get("phone"):
            continue
        transaction = Transaction()
        # A concurrent change of the telephone writes its row as well.
        transaction.check(
            Table.USERS, profile_key(profile["user_id"]), condition="#phone = :phone",
            on_conflict=Conflict, phone=profile["phone"],
        )  # fmt: skip
        add_phone(transaction, profile["phone"], profile["user_id"])
        with suppress(Conflict):
            transaction.commit()
            indexed += 1
    return indexed


def get_user(user_id: str) -> User | None:
    """Return the user, or None."""
    item = dynamo.get(Table.USERS, profile_key(user_id), consistent=True)
    return User.model_validate(item) if item else None


def user_with_sessions(user_id: str, now: datetime) -> UserWithSessions | None:
    """Return the user and the living sessions, the longest unused first.

    Two reads, the user first: a session opened after it shows in `User.sign_in_count`.
    """
    user = get_user(user_id)
    partition, _ = profile_key(user_id)
    found = [
        get_session(row)
        for row in dynamo.query_all(Table.USERS, partition, begins="SESSION#", consistent=True)
    ]
    expired = [each for each in found if not each.is_active(now, IDLE_TIMEOUT)]
    return UserWithSessions(user, active_sessions(found, now), expired) if user else None


def active_sessions(found: Iterable[Session], now: datetime) -> list[Session]:
    """Return the sessions that still open the cabinet, the longest unused first."""
    alive = (each for each in found if each.is_active(now, IDLE_TIMEOUT))
    return sorted(alive, key=lambda each: each.seen_at)


def get_session(row: Item) -> Session:
    """Return a stored session."""
    return Session.model_validate(row | {"session_id": row["sk"].removeprefix("SESSION#")})


def change_credentials(
    transaction: Transaction,
    user: User,
    change: str,
    *,
    condition: str = CREDENTIALS_UNCHANGED,
    on_conflict: type[DomainError] = Conflict,
    **bound: object,
) -> None:
    """Add a change of the user's record that voids every token made before it.

    `change` is an update expression that begins with ``SET``.
    """
    known: dict[str, Any] = {
        "credentials": user.credentials_version,
        "next_credentials": user.credentials_version + 1,
    }
    if condition is NO_NEW_SESSIONS:
        known["entries"] = user.sign_in_count
    counting = change.replace("SET ", "SET #credentials = :next_credentials, ", 1)
    key = profile_key(user.user_id)
    transaction.update(
        Table.USERS, key, counting, condition=condition, on_conflict=on_conflict, **(known | bound)
    )


def change_password(
    transaction: Transaction, user: User, password_hash: str, ending: list[Session],
    push_cutoff: Mapping[str, str], used_token_hash: str = "",
) -> None:  # fmt: skip
    """Add another password and the end of sessions, pushes and tokens.

    `push_cutoff` is which of them end (`push_cutoff_record`). Conflict when somebody enters meanwhile.
    """
    change_credentials(
        transaction,
        user,
        "SET #password_hash = :password_hash, #reset_tokens = :none, #push_ended = :pushes"
        " REMOVE #pending_email",
        condition=NO_NEW_SESSIONS,
        password_hash=password_hash,
        none=[],
        pushes=dict(push_cutoff),
    )
    end_sessions(transaction, user.user_id, ending)
    revoke_tokens(transaction, user, except_token_hash=used_token_hash)


def push_cutoff_record(now: datetime, except_session_id: str = "") -> dict[str, str]:
    """Return what a profile keeps of an end of its pushes: all that were subscribed, but for one session."""
    return {"at": clock.timestamp(now), "but": except_session_id}


def revoke_tokens(transaction: Transaction, user: User, except_token_hash: str = "") -> None:
    """Add the end of the links that were mailed; they are void anyway, but hold personal data."""
    pending = [user.pending_email.token_hash] if user.pending_email else []
    for hashed in {*user.reset_tokens, *pending} - {except_token_hash}:
        one_time_tokens.revoke(transaction, hashed)


def end_sessions(transaction: Transaction, user_id: str, sessions: list[Session]) -> None:
    """Add the end of sessions; one that has ended meanwhile is no hindrance."""
    for each in sessions:
        key = session_key(user_id, each.session_id)
        transaction.delete(Table.USERS, key, condition=ALWAYS, on_conflict=dynamo.conflict)
