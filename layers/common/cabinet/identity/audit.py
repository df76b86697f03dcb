"""The journal of security events of one user: written with the change itself, read in the settings."""

import uuid
from datetime import datetime, timedelta

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table, Transaction
from cabinet.aws.dynamo.serialization import Item
from cabinet.core import clock
from cabinet.identity.keys import audit_key
from cabinet.identity.model import SecurityEvent

RETENTION = timedelta(days=365)
PAGE_SIZE = 100


def record_event(
    transaction: Transaction, user_id: str, what: SecurityEvent, moment: datetime, address: str
) -> None:
    """Add an entry to the transaction of the change; `address` is where the request came from."""
    at = clock.timestamp(moment)
    pk, sk = audit_key(user_id, at, uuid.uuid4().hex[:8])
    entry: Item = {"pk": pk, "sk": sk, "at": at, "what": what.name, "address": address}
    entry["expires_at"] = clock.epoch(moment + RETENTION)
    transaction.put(Table.USERS, entry, condition=IS_ABSENT, on_conflict=dynamo.conflict)


def list_events(user_id: str) -> list[Item]:
    """Return the newest entries, at most `PAGE_SIZE`: {at, what (a sentence), address}."""
    page = dynamo.query(
        Table.USERS, audit_key(user_id, "", "")[0], begins="AUDIT#", limit=PAGE_SIZE, newest_first=True
    )
    return [
        {"at": entry["at"], "what": SecurityEvent[entry["what"]].value, "address": entry["address"]}
        for entry in page.items
        if entry["what"] in SecurityEvent.__members__
    ]
