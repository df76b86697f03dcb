"""The audit log in storage: entries are added, each with the change that it records, and read."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cabinet.audit.keys import (
    BY_PERSON,
    BY_SUBJECT,
    day_partition,
    entry_key,
    person_partition,
    subject_partition,
)
from cabinet.audit.model import Action, AuditEntry, Author
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Item, Page, Table, Transaction
from cabinet.core import clock

PAGE_SIZE = 50

type AddAuditRow = Callable[[Transaction], None]
"""Adds the audit row of a change to the change's own transaction."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about and whose data it concerns."""

    about: str
    suppliers: tuple[str, ...]


def record(
    transaction: Transaction, author: Author, action: Action, subject: Subject, now: datetime,
    *, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None, reason: str = "",
) -> None:  # fmt: skip
    """Add the entry of a change or a read access to its transaction; for the values see `entry_row`."""
    row = entry_row(author, action, subject, now, before=before, after=after, reason=reason)
    transaction.put(Table.USERS, row, condition=IS_ABSENT, on_conflict=dynamo.conflict)


def entry_row(
    author: Author, action: Action, subject: Subject, now: datetime,
    *, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None, reason: str = "",
) -> Item:  # fmt: skip
    """Return a new row of the log, which a transaction is to put into Users where there is none yet.

    `before` and `after` hold what changed as JSON-able values; never a password, a code, a token or a seed.
    """
    entry = AuditEntry(
        at=clock.timestamp(now), entry_id=uuid.uuid4().hex[:12],
        who=author.who, name=author.name, role=author.role, action=action.name,
        about=subject.about, suppliers=list(subject.suppliers),
        before=before or {}, after=after or {}, reason=reason,
    )  # fmt: skip
    pk, sk = entry_key(entry.at, entry.entry_id)
    row: Item = {"pk": pk, "sk": sk} | entry.model_dump(mode="json")
    row |= {"shard": person_partition(entry.who), "shard_sk": sk}
    if entry.about:
        row["bound_account"] = subject_partition(entry.about)
    return row


def record_access(
    author: Author, action: Action, subject: Subject, now: datetime, after: dict[str, Any] | None = None
) -> None:
    """Write the entry of a read access; call it before the data is shown: without a row nobody sees it."""
    transaction = Transaction()
    record(transaction, author, action, subject, now, after=after)
    transaction.commit()


def list_by_day(day: str, after: Item | None = None) -> Page:
    """Return a page of a day's entries (UTC, ``2026-11-27``), newest first."""
    return dynamo.query(
        Table.USERS, day_partition(day), after=after, limit=PAGE_SIZE, newest_first=True, consistent=True
    )


def list_by_person(who: str, after: Item | None = None) -> Page:
    """Return a page of what one person did, newest first."""
    return dynamo.query(
        Table.USERS, person_partition(who), index=BY_PERSON, after=after, limit=PAGE_SIZE, newest_first=True
    )


def list_about(about: str, after: Item | None = None) -> Page:
    """Return a page of what was done to one subject, newest day first."""
    page = dynamo.query(
        Table.USERS, subject_partition(about), index=BY_SUBJECT, after=after, limit=PAGE_SIZE,
        newest_first=True,
    )  # fmt: skip
    return Page(sorted(page.items, key=lambda row: row["sk"], reverse=True), page.next_key)


def entries(page: Page) -> list[AuditEntry]:
    """Return the entries of a page."""
    return [AuditEntry.model_validate(row) for row in page.items]
