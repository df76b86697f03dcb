"""Sessions of one user: the list of devices, the end of one, the end of the others."""

from datetime import UTC, datetime

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_PRESENT, Table, Transaction
from cabinet.aws.dynamo.serialization import Item
from cabinet.core.errors import NotFound
from cabinet.identity import users
from cabinet.identity.audit import record_event
from cabinet.identity.keys import session_key
from cabinet.identity.model import SecurityEvent


def list_sessions(user_id: str, current: str, moment: datetime) -> list[Item]:
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
        for each in reversed(users.active_sessions(map(users.get_session, rows), moment))
    ]


def end_session(user_id: str, session_id: str) -> None:
    """End one session at once; raises NotFound when it has ended or is another's."""
    dynamo.delete(Table.USERS, session_key(user_id, session_id), condition=IS_PRESENT, on_conflict=NotFound)


def revoke_session(user_id: str, session_id: str, moment: datetime, address: str) -> None:
    """End one session and journal it; raises NotFound when it has ended or is another's."""
    transaction = Transaction()
    key = session_key(user_id, session_id)
    transaction.delete(Table.USERS, key, condition=IS_PRESENT, on_conflict=NotFound)
    record_event(transaction, user_id, SecurityEvent.SESSION_ENDED, moment, address)
    transaction.commit()


def end_other_sessions(user_id: str, current: str, moment: datetime, address: str) -> None:
    """End every session but the current one, in one transaction."""
    loaded = users.user_with_sessions(user_id, moment)
    others = [each for each in loaded.sessions if each.session_id != current] if loaded else []
    if not others:
        return
    transaction = Transaction()
    users.end_sessions(transaction, user_id, others)
    record_event(transaction, user_id, SecurityEvent.SESSION_ENDED, moment, address)
    transaction.commit()
