"""The lock of a supplier: one import of its registries at a time, held for as long as its run may take."""

from contextlib import suppress
from datetime import datetime
from typing import Protocol

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Key, Table, key_attributes
from cabinet.core import clock
from cabinet.exchange.errors import ImportInProgress

_IS_OURS = "#import_id = :import_id"
_LOCK_IS_FREE = "(#until <= :now OR #import_id = :import_id)"


class LockHolder(Protocol):
    """What holds the lock of a supplier: an import, or an undo."""

    @property
    def supplier_id(self) -> str:
        """Return whose registries they are."""
        ...

    @property
    def lock_name(self) -> str:
        """Return what the lock is held under; by the same name it is the same holder."""
        ...


def _lock_key(supplier_id: str) -> Key:
    return f"SUPPLIER#{supplier_id}", "TURN"


def acquire_lock(holder: LockHolder, now: datetime, until: datetime) -> int:
    """Lock the supplier until `until`, when this run is surely over; raises ImportInProgress.

    Registries are applied one at a time, so that what a newer one found unchanged is not overwritten by an
    older one that runs beside it. Return the run's number: they count upwards.
    """
    key = _lock_key(holder.supplier_id)
    existing = dynamo.get(Table.ACCOUNTS, key, consistent=True)
    seen = None if existing is None else existing.get("run")
    if existing is None:
        condition = IS_ABSENT
    elif seen is None:
        condition = f"{_LOCK_IS_FREE} AND attribute_not_exists(#run)"
    else:
        condition = f"{_LOCK_IS_FREE} AND #run = :seen"
    given = {} if existing is None else {"import_id": holder.lock_name, "now": clock.epoch(now)}
    run = (seen or 0) + 1
    dynamo.put(
        Table.ACCOUNTS,
        {**key_attributes(key), "import_id": holder.lock_name, "until": clock.epoch(until), "run": run},
        condition=condition, on_conflict=ImportInProgress,
        **given, **({} if seen is None else {"seen": seen}),
    )  # fmt: skip
    return run


def is_locked_by_other(holder: LockHolder, now: datetime) -> bool:
    """Tell whether another import of the supplier runs, so that a file need not be read in vain."""
    item = dynamo.get(Table.ACCOUNTS, _lock_key(holder.supplier_id), consistent=True)
    return item is not None and item["until"] > clock.epoch(now) and item["import_id"] != holder.lock_name


def release_lock(holder: LockHolder) -> None:
    """Let the supplier's next import run; not ours any more is as good."""
    with suppress(ImportInProgress):
        dynamo.update(
            Table.ACCOUNTS, _lock_key(holder.supplier_id), "SET #until = :released",
            condition=_IS_OURS, on_conflict=ImportInProgress, import_id=holder.lock_name, released=0,
        )  # fmt: skip


def release_leftover_lock(holder: LockHolder) -> None:
    """Release the lock that a finished import holds still, because it died before it released it."""
    item = dynamo.get(Table.ACCOUNTS, _lock_key(holder.supplier_id), consistent=True)
    if item is not None and item["import_id"] == holder.lock_name and item["until"] > 0:
        release_lock(holder)
