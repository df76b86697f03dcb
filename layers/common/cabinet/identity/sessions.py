"""Sessions of one user: the list of devices, the end of one, the end of the others."""

from datetime import UTC, datetime

from cabinet.aws import dynamo
from cabinet.aws.dynamo import ALWAYS, IS_PRESENT, Item, Table, Transaction
from cabinet.core.errors import NotFound
from cabinet.identity import users
from cabinet.identity.keys import profile_key, push_key, session_key
from cabinet.identity.model import SecurityEvent
from cabinet.identity.security_log import record_event


def list_sessions(user_id: str, current: str, now: datetime) -> list[Item]:
    """Return the living sessions, the last used first."""
    pk, _ = session_key(user_id, "")
    rows = dynamo.query_all(Table.USERS, pk, begins="SESSION#", consistent=True)
    return [
        {
            "session_id": each.session_id,
            "created_at": each.created_at,
            "seen_at": datetime.fromtimestamp(each.seen_at, UTC).isoformat(),
            "user_agent": each.user_agent,
            "current": each.session_id == current,
        }
        for each in reversed(users.active_sessions(map(users.get_session, rows), now))
    ]


def end_session(user_id: str, session_id: str) -> None:
    """End a session and its pushes at once; raises NotFound if it has ended or is another user's."""
    transaction = Transaction()
    _end(transaction, user_id, session_id)
    transaction.commit()


def revoke_session(user_id: str, session_id: str, now: datetime, client_ip: str) -> None:
    """End one session and log it; raises NotFound when it has ended or belongs to another user."""
    transaction = Transaction()
    _end(transaction, user_id, session_id)
    record_event(transaction, user_id, SecurityEvent.SESSION_ENDED, now, client_ip)
    transaction.commit()


def _end(transaction: Transaction, user_id: str, session_id: str) -> None:
    key, pushes = session_key(user_id, session_id), push_key(user_id, session_id)
    transaction.delete(Table.USERS, key, condition=IS_PRESENT, on_conflict=NotFound)
    transaction.delete(Table.USERS, pushes, condition=ALWAYS, on_conflict=dynamo.conflict)


def end_other_sessions(user_id: str, current: str, now: datetime, client_ip: str) -> None:
    """End every session but the current one and the pushes of every other device, in one transaction."""
    loaded = users.user_with_sessions(user_id, now)
    others = [each for each in loaded.sessions if each.session_id != current] if loaded else []
    transaction = Transaction()
    users.end_sessions(transaction, user_id, others)
    if loaded is not None and loaded.user.push_version:
        transaction.update(
            Table.USERS, profile_key(user_id), "SET #push_ended = :ended", condition=IS_PRESENT,
            on_conflict=NotFound, ended=users.push_cutoff_record(now, except_session_id=current),
        )  # fmt: skip
    if not len(transaction):
        return
    record_event(transaction, user_id, SecurityEvent.SESSION_ENDED, now, client_ip)
    transaction.commit()
