"""Sessions of one user: the list of devices, the end of one, the end of the others."""

from datetime import UTC, datetime

from cabinet import dynamo
from cabinet.accounts.keys import session_key
from cabinet.dynamo import IS_PRESENT, Table, Transaction
from cabinet.errors import NotFound
from cabinet.identity import users
from cabinet.identity.audit import journal
from cabinet.identity.model import SecurityEvent
from cabinet.wire import Item


def devices_of(user_id: str, current: str, moment: datetime) -> list[Item]:
    """Return the living sessions, the last used first."""
    pk, _ = session_key(user_id, "")
    rows = dynamo.walk(Table.USERS, pk, begins="SESSION#", consistent=True)
    return [
        {
            "session_id": each.session_id,
            "created_at": each.created_at,
            "seen_at": datetime.fromtimestamp(each.seen_at, UTC).isoformat(),
            "user_agent": each.user_agent,
            "current": each.session_id == current,
        }
        for each in reversed(users.living(map(users.session_of, rows), moment))
    ]


def end_session(user_id: str, session_id: str) -> None:
    """End one session at once; raises NotFound when it has ended or is another's."""
    dynamo.delete(Table.USERS, session_key(user_id, session_id), when=IS_PRESENT, otherwise=NotFound)


def end_session_elsewhere(user_id: str, session_id: str, moment: datetime, address: str) -> None:
    """End one session and journal it; raises NotFound when it has ended or is another's."""
    transaction = Transaction()
    key = session_key(user_id, session_id)
    transaction.delete(Table.USERS, key, when=IS_PRESENT, otherwise=NotFound)
    journal(transaction, user_id, SecurityEvent.SESSION_ENDED, moment, address)
    transaction.commit()


def end_other_sessions(user_id: str, current: str, moment: datetime, address: str) -> None:
    """End every session but the current one, in one transaction."""
    standing = users.user_with_sessions(user_id, moment)
    others = [each for each in standing.sessions if each.session_id != current] if standing else []
    if not others:
        return
    transaction = Transaction()
    users.end_sessions(transaction, user_id, others)
    journal(transaction, user_id, SecurityEvent.SESSION_ENDED, moment, address)
    transaction.commit()
