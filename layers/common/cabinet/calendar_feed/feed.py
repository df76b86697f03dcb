"""The calendar's secret address, made and ended; and the calendar that it opens.

The row keeps what the calendar last said as a fingerprint: where that has changed, SEQUENCE grows and the
time of revision moves, once for each change however many programs ask at once.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Item, Table, Transaction, key_attributes
from cabinet.calendar_feed.calendar_rules import (
    CalendarEvent,
    build_secret,
    calendar_events,
    events_fingerprint,
    secret_hash,
    user_id_from_secret,
)
from cabinet.calendar_feed.ics import Revision, calendar_text
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound, ServiceUnavailable, raises
from cabinet.home import loader
from cabinet.identity.keys import CALENDAR, calendar_key
from cabinet.identity.model import SecurityEvent
from cabinet.identity.security_log import record_event

_IS_SAME = "attribute_exists(pk) AND #token_hash = :token_hash"
_IS_UNREVISED = f"{_IS_SAME} AND #sequence = :seen"
_NOTED_EVERY = timedelta(hours=1)
_MAX_RETRIES = 3


@dataclass(frozen=True, slots=True)
class CalendarLink:
    """The address that is in force, without its secret; `fetched_at` is exact to an hour."""

    created_at: str
    fetched_at: str | None


def current_link(user_id: str) -> CalendarLink | None:
    """Return what is known of the user's calendar address; None where there is none."""
    row = dynamo.get(Table.USERS, calendar_key(user_id), consistent=True)
    return None if row is None else CalendarLink(row["created_at"], row.get("fetched_at"))


@raises(Conflict)
def create_link(user_id: str, now: datetime, client_ip: str) -> str:
    """Make a secret in place of the former one, and journal it; return it, for it is kept nowhere.

    Raises Conflict when another request has made one meanwhile: two would each believe theirs to be the one.
    """
    key = calendar_key(user_id)
    former = dynamo.get(Table.USERS, key, consistent=True)
    secret = build_secret(user_id, secrets.token_urlsafe(32))
    row: Item = {
        **key_attributes(key),
        "token_hash": secret_hash(secret),
        "created_at": clock.timestamp(now),
        # A program that had subscribed to the former address keeps its events' order.
        "sequence": former["sequence"] + 1 if former else 0,
        "fingerprint": "",
        "revised_at": clock.timestamp(now),
    }
    transaction = Transaction()
    if former is None:
        transaction.put(Table.USERS, row, condition=IS_ABSENT, on_conflict=Conflict)
    else:
        transaction.put(
            Table.USERS, row, condition=_IS_SAME, on_conflict=Conflict, token_hash=former["token_hash"]
        )
    record_event(transaction, user_id, SecurityEvent.CALENDAR_CREATED, now, client_ip)
    transaction.commit()
    return secret


@raises(NotFound)
def end_link(user_id: str, now: datetime, client_ip: str) -> None:
    """End the address at once and journal it; raises NotFound when there is none."""
    transaction = Transaction()
    transaction.delete(Table.USERS, calendar_key(user_id), condition=IS_PRESENT, on_conflict=NotFound)
    record_event(transaction, user_id, SecurityEvent.CALENDAR_ENDED, now, client_ip)
    transaction.commit()


@raises(NotFound)
def calendar_by_secret(secret: str, now: datetime) -> str:
    """Return the calendar as iCalendar text; raises NotFound for an address that is not in force."""
    user_id = user_id_from_secret(secret)
    if user_id is None:
        raise NotFound
    for _ in range(_MAX_RETRIES):
        partition, sk = calendar_key(user_id)
        page = dynamo.query(Table.USERS, partition, between=("BINDING#", sk), limit=200, consistent=True)
        row = next((item for item in page.items if item["sk"] == CALENDAR), None)
        if row is None and page.next_key is not None:
            row = dynamo.get(Table.USERS, calendar_key(user_id), consistent=True)
        if row is None or not hmac.compare_digest(str(row["token_hash"]), secret_hash(secret)):
            raise NotFound
        bindings = [item for item in page.items if item["sk"] != CALENDAR]
        events = calendar_events(loader.load(user_id, bindings, [], now).flats)
        revision = _revision(row, events, now)
        if revision is not None:
            return calendar_text(user_id, events, revision)
    raise ServiceUnavailable


def _revision(row: Item, events: list[CalendarEvent], now: datetime) -> Revision | None:
    """Return the revision of what is shown, noting a new one; None where another request has moved it."""
    fingerprint = events_fingerprint(events)
    fetched = row.get("fetched_at")
    known = Revision(row["sequence"], datetime.fromisoformat(row["revised_at"]))
    is_revised = fingerprint != row["fingerprint"]
    if not is_revised and fetched and now < datetime.fromisoformat(fetched) + _NOTED_EVERY:
        return known
    # The first sight of a calendar is no change of it.
    revision = Revision(known.sequence + bool(row["fingerprint"]), now) if is_revised else known
    try:
        dynamo.update(
            Table.USERS, (row["pk"], row["sk"]),
            "SET #sequence = :sequence, #revised_at = :revised, #fingerprint = :print, #fetched_at = :now",
            condition=_IS_UNREVISED, on_conflict=Conflict,
            token_hash=row["token_hash"], seen=row["sequence"], sequence=revision.sequence,
            revised=clock.timestamp(revision.revised_at), print=fingerprint,
            now=clock.timestamp(now),
        )  # fmt: skip
    except Conflict:
        return None
    return revision
