"""The journal of security events of one user: written with the change itself, read in the settings."""

import uuid
from datetime import datetime, timedelta

from cabinet import clock, dynamo
from cabinet.dynamo import IS_ABSENT, Table, Transaction
from cabinet.identity.keys import audit_key
from cabinet.identity.model import SecurityEvent
from cabinet.wire import Item

KEPT = timedelta(days=365)
SHOWN = 100


def journal(
    transaction: Transaction, user_id: str, what: SecurityEvent, moment: datetime, address: str
) -> None:
    """Add an entry to the transaction of the change; `address` is where the request came from."""
    at = clock.timestamp(moment)
    pk, sk = audit_key(user_id, at, uuid.uuid4().hex[:8])
    entry: Item = {"pk": pk, "sk": sk, "at": at, "what": what.name, "address": address}
    entry["expires_at"] = clock.epoch(moment + KEPT)
    transaction.put(Table.USERS, entry, when=IS_ABSENT, otherwise=dynamo.conflict)


def events_of(user_id: str) -> list[Item]:
    """Return the newest entries, at most `SHOWN`: {at, what (a sentence), address}."""
    page = dynamo.query(
        Table.USERS, audit_key(user_id, "", "")[0], begins="AUDIT#", limit=SHOWN, newest_first=True
    )
    return [
        {"at": entry["at"], "what": SecurityEvent[entry["what"]].value, "address": entry["address"]}
        for entry in page.items
        if entry["what"] in SecurityEvent.__members__
    ]
