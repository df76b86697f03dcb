"""The log of security events of one user: written with the change itself, read in the settings."""

import hashlib
import uuid
from datetime import datetime, timedelta

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Item, Table, Transaction
from cabinet.core import clock
from cabinet.identity.keys import security_event_key
from cabinet.identity.model import SecurityEvent

RETENTION = timedelta(days=365)
PAGE_SIZE = 100
_NONE_OR_THIS = "attribute_not_exists(pk) OR #at = :at"


def record_event(
    transaction: Transaction, user_id: str, what: SecurityEvent, now: datetime, client_ip: str
) -> None:
    """Add an entry to the transaction of the change; `client_ip` is where the request came from."""
    at = clock.timestamp(now)
    pk, sk = security_event_key(user_id, at, uuid.uuid4().hex[:8])
    entry: Item = {"pk": pk, "sk": sk, "at": at, "what": what.name, "address": client_ip}
    entry["expires_at"] = clock.epoch(now + RETENTION)
    transaction.put(Table.USERS, entry, condition=IS_ABSENT, on_conflict=dynamo.conflict)


def record_staff_access(transaction: Transaction, user_id: str, now: datetime, by: str) -> None:
    """Add that somebody of the staff (`by`) has looked: one entry for all that they look at in a minute.

    A screen asks for several things at once, and its reader opens the next one: the resident sees one look.
    """
    minute = now.replace(second=0, microsecond=0)
    at = clock.timestamp(minute)
    pk, sk = security_event_key(user_id, at, hashlib.sha256(by.encode()).hexdigest()[:8])
    entry: Item = {"pk": pk, "sk": sk, "at": at, "what": SecurityEvent.STAFF_LOOKED.name, "address": ""}
    entry["expires_at"] = clock.epoch(minute + RETENTION)
    transaction.put(Table.USERS, entry, condition=_NONE_OR_THIS, on_conflict=dynamo.conflict, at=at)


def list_events(user_id: str) -> list[Item]:
    """Return the newest entries, at most `PAGE_SIZE`: {at, what (a sentence), address (the client's IP)}."""
    partition, _ = security_event_key(user_id, "", "")
    page = dynamo.query(Table.USERS, partition, begins="AUDIT#", limit=PAGE_SIZE, newest_first=True)
    return [
        {"at": entry["at"], "what": SecurityEvent[entry["what"]].value, "address": entry["address"]}
        for entry in page.items
        if entry["what"] in SecurityEvent.__members__
    ]
