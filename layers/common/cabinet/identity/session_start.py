"""Entering the cabinet, however the person has proved who they are: one transaction opens the session.

It requires that password and address have not changed since they were compared and that nobody entered
meanwhile, so that a change of the password, which ends all sessions that it sees, overlooks none.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cabinet.aws.dynamo import IS_ABSENT, Table, Transaction, conflict
from cabinet.core.errors import Conflict, ServiceUnavailable
from cabinet.core.logging import Event, log_event
from cabinet.identity import users
from cabinet.identity.errors import BadCredentials
from cabinet.identity.keys import profile_key
from cabinet.identity.model import SecurityEvent, User
from cabinet.identity.security_alerts import alert_emails
from cabinet.identity.security_log import record_event
from cabinet.identity.session_tokens import open_session
from cabinet.identity.trusted_devices import Device, device_token
from cabinet.identity.users import UserWithSessions
from cabinet.outbox.emails import Email, commit_with_emails

MAX_SESSIONS = 12
"""Devices at once; the longest unused makes room. All of them fit into the transaction that ends them."""
_MAX_EXPIRED_DELETED = 6
"""Maximum idle sessions that a sign-in deletes, so that a user never gathers more than a page of them."""
_MAX_RETRIES = 8

type Method = Literal["password", "esia"]


@dataclass(frozen=True, slots=True)
class ClientInfo:
    """The browser and the address that ask to be let in."""

    client_ip: str
    user_agent: str
    device: Device | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who has entered, and the tokens for the two cookies."""

    user: User
    session_token: str
    device_token: str


def start_session(
    loaded: UserWithSessions, client_info: ClientInfo, now: datetime,
    *, method: Method = "password", new_hash: str | None = None,
) -> SignedIn:  # fmt: skip
    """Open a session of a user who has proved who they are; raises BadCredentials for an outdated proof."""
    proved = loaded.user
    for _ in range(_MAX_RETRIES):
        try:
            return _create_session(loaded, client_info, now, method, new_hash)
        except Conflict:
            found = users.user_with_sessions(proved.user_id, now)
            if found is None or found.user.credentials_version != proved.credentials_version:
                raise BadCredentials from None
            loaded = found
    raise ServiceUnavailable


def _create_session(
    loaded: UserWithSessions, client_info: ClientInfo, now: datetime, method: Method, new_hash: str | None
) -> SignedIn:
    user = loaded.user
    row, token = open_session(user.user_id, client_info.user_agent, now)
    transaction = Transaction()
    transaction.update(
        Table.USERS, profile_key(user.user_id),
        "SET #entries = :next_entries, #password_hash = :password_hash",
        condition=users.NO_NEW_SESSIONS, on_conflict=Conflict, credentials=user.credentials_version,
        entries=user.sign_in_count, next_entries=user.sign_in_count + 1,
        password_hash=new_hash or user.password_hash,
    )  # fmt: skip
    transaction.put(Table.USERS, row | {"method": method}, condition=IS_ABSENT, on_conflict=conflict)
    surplus = max(0, len(loaded.sessions) - MAX_SESSIONS + 1)
    ending = loaded.sessions[:surplus] + loaded.expired[:_MAX_EXPIRED_DELETED]
    users.end_sessions(transaction, user.user_id, ending)
    commit_with_emails(transaction, _record_sign_in(transaction, user, client_info, now, method))
    log_event(Event.SIGNED_IN, user_id=user.user_id, method=method)
    return SignedIn(user, token, device_token(user.user_id, client_info.device))


def _record_sign_in(
    transaction: Transaction, user: User, client_info: ClientInfo, now: datetime, method: Method
) -> list[Email]:
    """Journal the entry; the first from an unknown device is mailed too, but for the very first of all."""
    is_known = client_info.device is not None and client_info.device.user_id == user.user_id
    is_news = not is_known and user.sign_in_count > 0
    what = SecurityEvent.SIGNED_IN_BY_ESIA if method == "esia" else SecurityEvent.SIGNED_IN
    record_event(
        transaction, user.user_id,
        SecurityEvent.SIGNED_IN_FROM_NEW_DEVICE if is_news else what, now, client_info.client_ip,
    )  # fmt: skip
    if not is_news:
        return []
    return alert_emails(user, SecurityEvent.SIGNED_IN_FROM_NEW_DEVICE, now, client_info.user_agent)
