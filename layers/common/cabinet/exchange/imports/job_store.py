"""An import's own items: its row, its preview, the newest stamps; and reads of the items it may change.

Conditions are optimistic: each write names the state that was read, and a refusal means «read again».
"""

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Any, Protocol

from cabinet.accounts.keys import supplier_key
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Item, Key, Page, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.exchange.errors import StaleImport

READ_TOGETHER = 100
_RECENT = 30
"""Maximum number of imports searched for the last applied one."""

_PREVIEW_RETENTION = timedelta(days=90)

_IS_OURS = "#import_id = :import_id"
_NOT_NEWER = "attribute_not_exists(pk) OR #stamp <= :stamp"
_IS_CHECKED = "attribute_exists(pk) AND #status = :checking"
_IS_SEEN = "attribute_exists(pk) AND #status = :seen"
_NOT_FINISHED = "attribute_exists(pk) AND #status IN (:checking, :applying)"

FINISHED = ("applied", "refused", "undoing", "undone")
"""Statuses that an import's own runs leave alone."""
STATUSES_WITH_WRITTEN_ROWS = ("applying", "applied", "undoing")


@dataclass(frozen=True, slots=True)
class Job:
    """One uploaded file: the same upload has the same identity, however often its event comes."""

    supplier_id: str
    object_key: str
    version: str
    """The object's version, or its ETag where the bucket keeps none."""
    uploaded_at: datetime
    given_id: str = ""
    """The identifier, where a person has uploaded the file for an import that was named before it."""

    @property
    def is_from_desk(self) -> bool:
        """Tell whether a person has uploaded it: it is applied when they say so."""
        return bool(self.given_id)

    @property
    def import_id(self) -> str:
        """Return the identifier; imports of a supplier sort by the time of their upload."""
        if self.given_id:
            return self.given_id
        digest = hashlib.sha256(f"{self.object_key}\n{self.version}".encode()).hexdigest()
        return f"{self.uploaded_at:%Y%m%dT%H%M%SZ}-{digest[:12]}"

    @property
    def lock_name(self) -> str:
        """Return the name under which the supplier is locked."""
        return self.import_id

    @property
    def key(self) -> Key:
        """Return the key of the import's item."""
        return import_key(self.supplier_id, self.import_id)


def import_key(supplier_id: str, import_id: str) -> Key:
    """Return the key of an import's item."""
    return f"SUPPLIER#{supplier_id}", f"IMPORT#{import_id}"


def preview_key(supplier_id: str, import_id: str) -> Key:
    """Return the key of what the check of an import has found."""
    return f"SUPPLIER#{supplier_id}", f"PREVIEW#{import_id}"


def newest_key(supplier_id: str, scope: str) -> Key:
    """Return the key of the newest stamp of a scope."""
    return f"SUPPLIER#{supplier_id}", f"NEWEST#{scope}"


# ------------------------------------------------------------------ the import's own item


def get_supplier(supplier_id: str) -> Supplier | None:
    """Return the supplier's profile."""
    item = dynamo.get(Table.ACCOUNTS, supplier_key(supplier_id))
    return None if item is None else Supplier.model_validate(item)


def get_job(supplier_id: str, import_id: str) -> Item | None:
    """Return the import's current item."""
    return dynamo.get(Table.ACCOUNTS, import_key(supplier_id, import_id), consistent=True)


def list_jobs(supplier_id: str, limit: int, after: Item | None = None) -> Page:
    """Return a page of the supplier's imports, newest first."""
    pk, begins = import_key(supplier_id, "")
    return dynamo.query(
        Table.ACCOUNTS, pk, begins=begins, newest_first=True, limit=limit, after=after, consistent=True
    )


def days_since_applied(supplier_id: str, now: datetime) -> int | None:
    """Return how many days ago the supplier's newest applied import ended; None when none is known."""
    for item in list_jobs(supplier_id, _RECENT).items:
        if item["status"] == "applied":
            return (now - datetime.fromisoformat(item["finished_at"])).days
    return None


def begin(job: Job) -> Item:
    """Write the import's item unless it exists; return the stored one."""
    fresh: Item = {
        **key_attributes(job.key),
        "import_id": job.import_id,
        "object_key": job.object_key,
        "version": job.version,
        "uploaded_at": clock.timestamp(job.uploaded_at),
        "status": "checking",
        "after": "",
        "counts": {},
    }
    existing = dynamo.get(Table.ACCOUNTS, job.key, consistent=True)
    if existing is not None:
        return existing
    try:
        dynamo.put(Table.ACCOUNTS, fresh, condition=IS_ABSENT, on_conflict=StaleImport)
    except StaleImport:
        return get_job(job.supplier_id, job.import_id) or fresh
    return fresh


def save(job: Job, **attributes: Any) -> None:  # noqa: ANN401 - the item's attributes
    """Change the import's item; raises StaleImport when it has been finished meanwhile."""
    change = "SET " + ", ".join(f"#{name} = :{name}" for name in attributes)
    dynamo.update(
        Table.ACCOUNTS, job.key, change,
        condition=_NOT_FINISHED, on_conflict=StaleImport, checking="checking", applying="applying",
        **attributes,
    )  # fmt: skip


def mark_started(job: Job, item: Item, now: datetime) -> None:
    """Record that a worker has got the request, though it may wait for the lock."""
    name = "started_at" if item["status"] == "checking" else "apply_started_at"
    if name in item:
        return
    with suppress(StaleImport):
        dynamo.update(
            Table.ACCOUNTS, job.key, f"SET #{name} = :now", condition=_IS_SEEN, on_conflict=StaleImport,
            seen=item["status"], now=clock.timestamp(now),
        )  # fmt: skip


def finish_check(job: Job, change: Item, record: Item) -> None:
    """Write what a check has come to, with what it has found; raises StaleImport where it is over already."""
    sets = ", ".join(f"#{name} = :{name}" for name in change)
    pk, sk = preview_key(job.supplier_id, job.import_id)
    transaction = Transaction()
    transaction.update(
        Table.ACCOUNTS, job.key, f"SET {sets}", condition=_IS_CHECKED, on_conflict=StaleImport,
        checking="checking", **change,
    )  # fmt: skip
    expires_at = clock.epoch(clock.now() + _PREVIEW_RETENTION)
    row: Item = {"pk": pk, "sk": sk, "found": record, "expires_at": expires_at}
    transaction.put(Table.ACCOUNTS, row, condition=IS_ABSENT, on_conflict=StaleImport)
    transaction.commit()


def get_preview(supplier_id: str, import_id: str) -> Item | None:
    """Return what the check of an import has found; None where there was none, or it is not kept any more."""
    row = dynamo.get(Table.ACCOUNTS, preview_key(supplier_id, import_id), consistent=True)
    return None if row is None else row["found"]


# ------------------------------------------------------------------ newest stamps


def latest_applied(supplier_id: str, scopes: Iterable[str]) -> dict[str, str]:
    """Return for each scope the stamp of the newest registry applied, empty where there is none."""
    stamps: dict[str, str] = {}
    for batch in batched(sorted(scopes), READ_TOGETHER, strict=False):
        reads = [(Table.ACCOUNTS, newest_key(supplier_id, scope)) for scope in batch]
        for scope, item in zip(batch, dynamo.batch_get(reads, consistent=True), strict=True):
            stamps[scope] = str(item["stamp"]) if item else ""
    return stamps


def save_latest_stamp(supplier_id: str, scope: str, stamp: str, import_id: str) -> None:
    """Record that a registry of this scope has been applied, unless a newer one has been."""
    pk, sk = newest_key(supplier_id, scope)
    with suppress(StaleImport):
        dynamo.put(
            Table.ACCOUNTS, {"pk": pk, "sk": sk, "stamp": stamp, "import_id": import_id},
            condition=_NOT_NEWER, on_conflict=StaleImport, stamp=stamp,
        )  # fmt: skip


def restore_latest_stamp(supplier_id: str, scope: str, stamp: str, import_id: str) -> None:
    """Restore the stamp from before an import, or remove it if there was none; another import's is left."""
    pk, sk = newest_key(supplier_id, scope)
    with suppress(StaleImport):
        if stamp:
            dynamo.put(
                Table.ACCOUNTS, {"pk": pk, "sk": sk, "stamp": stamp},
                condition=_IS_OURS, on_conflict=StaleImport, import_id=import_id,
            )  # fmt: skip
        else:
            dynamo.delete(
                Table.ACCOUNTS, (pk, sk), condition=_IS_OURS, on_conflict=StaleImport, import_id=import_id
            )


# ------------------------------------------------------------------ reading what is stored


class LoadExisting(Protocol):
    """How the check reads what is stored: `load_existing` on an executor of its own."""

    def __call__(
        self, keys: Sequence[Key], *, table: Table = Table.ACCOUNTS, attributes: Sequence[str] = ()
    ) -> dict[Key, Item]:
        """Return the items that exist, by key."""
        ...


def load_existing(
    keys: Sequence[Key],
    executor: Executor | None = None,
    *,
    table: Table = Table.ACCOUNTS,
    attributes: Sequence[str] = (),
    consistent: bool = False,
) -> dict[Key, Item]:
    """Return the items that exist, by key, in few round trips, side by side on `executor`."""
    batches = list(batched(keys, READ_TOGETHER, strict=False))

    def read(batch: Sequence[Key]) -> list[Item | None]:
        reads = [(table, key) for key in batch]
        return dynamo.batch_get(reads, attributes=attributes, consistent=consistent)

    answers = executor.map(read, batches) if executor is not None else map(read, batches)
    return {
        key: item
        for batch, answer in zip(batches, answers, strict=True)
        for key, item in zip(batch, answer, strict=True)
        if item is not None
    }
