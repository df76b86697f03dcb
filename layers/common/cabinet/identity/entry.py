"""Entering the cabinet, however the person has proved who they are: one transaction opens the session.

It requires that password and address have not changed since they were compared and that nobody entered
meanwhile, so that a change of the password, which ends all sessions that it sees, overlooks none.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cabinet import session
from cabinet.accounts.keys import profile_key
from cabinet.dynamo import IS_ABSENT, Table, Transaction, conflict
from cabinet.errors import Conflict, Unavailable
from cabinet.identity import users
from cabinet.identity.audit import journal
from cabinet.identity.devices import Device, device_token
from cabinet.identity.errors import BadCredentials
from cabinet.identity.model import SecurityEvent, User
from cabinet.identity.telling import tell
from cabinet.identity.users import UserWithSessions
from cabinet.log import Event, note
from cabinet.messaging.outbox import Letter, nudge

MOST_SESSIONS = 12
"""Devices at once; the longest unused makes room. All of them fit into the transaction that ends them."""
_DEAD_SWEPT = 6
"""Rows of idle sessions that an entry takes away, so that a user never gathers more than a page of them."""
_RIVALS = 8

type Method = Literal["password", "esia"]


@dataclass(frozen=True, slots=True)
class Entry:
    """The browser and the address that ask to be let in."""

    address: str
    user_agent: str
    device: Device | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who has entered, and the tokens for the two cookies."""

    user: User
    session_token: str
    device_token: str


def enter(
    standing: UserWithSessions, entry: Entry, moment: datetime,
    *, method: Method = "password", rehashed: str | None = None,
) -> SignedIn:  # fmt: skip
    """Open a session of a user who has proved who they are; raises BadCredentials for an outdated proof."""
    proved = standing.user
    for _ in range(_RIVALS):
        try:
            return _open(standing, entry, moment, method, rehashed)
        except Conflict:
            found = users.user_with_sessions(proved.user_id, moment)
            if found is None or found.user.credentials != proved.credentials:
                raise BadCredentials from None
            standing = found
    raise Unavailable


def _open(
    standing: UserWithSessions, entry: Entry, moment: datetime, method: Method, rehashed: str | None
) -> SignedIn:
    user = standing.user
    row, token = session.open_session(user.user_id, entry.user_agent, moment)
    transaction = Transaction()
    transaction.update(
        Table.USERS, profile_key(user.user_id),
        "SET #entries = :next_entries, #password_hash = :password_hash",
        when=users.NOBODY_ENTERED, otherwise=Conflict, credentials=user.credentials,
        entries=user.entries, next_entries=user.entries + 1, password_hash=rehashed or user.password_hash,
    )  # fmt: skip
    transaction.put(Table.USERS, row | {"method": method}, when=IS_ABSENT, otherwise=conflict)
    surplus = max(0, len(standing.sessions) - MOST_SESSIONS + 1)
    ending = standing.sessions[:surplus] + standing.dead[:_DEAD_SWEPT]
    users.end_sessions(transaction, user.user_id, ending)
    letter = _journal(transaction, user, entry, moment, method)
    transaction.commit()
    nudge(*([letter] if letter else []))
    note(Event.SIGNED_IN, user_id=user.user_id, method=method)
    return SignedIn(user, token, device_token(user.user_id, entry.device))


def _journal(
    transaction: Transaction, user: User, entry: Entry, moment: datetime, method: Method
) -> Letter | None:
    """Journal the entry; the first from an unknown device is mailed too, but for the very first of all."""
    is_known = entry.device is not None and entry.device.user_id == user.user_id
    is_news = not is_known and user.entries > 0
    what = SecurityEvent.SIGNED_IN_BY_ESIA if method == "esia" else SecurityEvent.SIGNED_IN
    journal(
        transaction, user.user_id,
        SecurityEvent.SIGNED_IN_FROM_NEW_DEVICE if is_news else what, moment, entry.address,
    )  # fmt: skip
    return (
        tell(transaction, user, SecurityEvent.SIGNED_IN_FROM_NEW_DEVICE, moment, entry.user_agent)
        if is_news
        else None
    )
