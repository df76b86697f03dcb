"""Leases of jobs that only one process may do: a row with a version of the work, a time limit and a token.

The token grows with every claim, and every write names its own: a process that slept past its limit finds
that it has lost the job, and what another process has noted since is kept (docs/adr/0052).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table
from cabinet.core import clock
from cabinet.core.errors import Conflict
from serve.keys import lease_key

if TYPE_CHECKING:
    from cabinet.aws.dynamo import Item

LEASE_SECONDS = 30
_IS_OURS = "#token = :token"


class LeaseLost(Conflict):
    """Another process has the job."""


class NotClaimed(Enum):
    """Why a job was not claimed."""

    DONE = auto()
    BUSY = auto()


@dataclass(slots=True)
class Lease:
    """A job that this process has, until `deadline` by its own monotonic clock."""

    name: str
    version: str
    token: int
    attempt: int
    """Counted from 1; more after a process died or failed with it."""
    deadline: float
    retention_seconds: int | None = None
    is_lost: bool = field(default=False, init=False)

    def seconds_left(self) -> float:
        """Return for how long nobody else may have the job; nothing once it is lost."""
        return 0.0 if self.is_lost else self.deadline - time.monotonic()

    def renew(self) -> None:
        """Keep the job; raises LeaseLost, after which nothing is left of it."""
        deadline = time.monotonic() + LEASE_SECONDS
        self._write(until=clock.epoch(clock.now()) + LEASE_SECONDS, done=False)
        self.deadline = deadline

    def finish(self) -> None:
        """Note that this version is done; raises LeaseLost."""
        self._write(until=0, done=True)

    def reschedule(self, pause_seconds: int) -> None:
        """Let anyone try again after a pause; raises LeaseLost."""
        self._write(until=clock.epoch(clock.now()) + pause_seconds, done=False)

    def _write(self, *, until: int, done: bool) -> None:
        row = _row(self, until, done=done)
        try:
            dynamo.put(Table.MESSAGES, row, condition=_IS_OURS, on_conflict=LeaseLost, token=self.token)
        except LeaseLost:
            self.is_lost = True
            raise


def claim(
    name: str, version: str, *, seconds: int = LEASE_SECONDS, retention_seconds: int | None = None
) -> Lease | NotClaimed:
    """Claim a version of a job: one that is newer than what was done, or that a dead process has left.

    Parameters
    ----------
    name, version
        Versions of one name are ordered as texts.
    seconds
        For how long it is this process's alone, unless renewed.
    retention_seconds
        How long the row is kept; None: for ever.
    """
    key = lease_key(name)
    row = dynamo.get(Table.MESSAGES, key, consistent=True)
    now = clock.epoch(clock.now())
    if row is not None:
        if row["version"] > version or (row["version"] == version and row["done"]):
            return NotClaimed.DONE
        if not row["done"] and row["until"] > now:
            return NotClaimed.BUSY
    is_repeated = row is not None and row["version"] == version
    lease = Lease(
        name, version,
        token=int(row["token"]) + 1 if row else 1,
        attempt=int(row["attempt"]) + 1 if row and is_repeated else 1,
        deadline=time.monotonic() + seconds,
        retention_seconds=retention_seconds,
    )  # fmt: skip
    condition: dict[str, Any] = (
        {"condition": _IS_OURS, "token": row["token"]} if row else {"condition": IS_ABSENT}
    )
    try:
        dynamo.put(Table.MESSAGES, _row(lease, now + seconds, done=False), on_conflict=LeaseLost, **condition)
    except LeaseLost:
        return NotClaimed.BUSY
    return lease


def skip_past_due_if_new(name: str, version: str) -> None:
    """Record a version as done if the job has no row yet, so that nothing due before is run."""
    lease = Lease(name, version, token=1, attempt=0, deadline=0)
    try:
        dynamo.put(Table.MESSAGES, _row(lease, 0, done=True), condition=IS_ABSENT, on_conflict=LeaseLost)
    except LeaseLost:
        return


def _row(lease: Lease, until: int, *, done: bool) -> Item:
    pk, sk = lease_key(lease.name)
    row: Item = {
        "pk": pk, "sk": sk, "version": lease.version, "token": lease.token, "attempt": lease.attempt,
        "until": until, "done": done,
    }  # fmt: skip
    if lease.retention_seconds is not None:
        row["expires_at"] = clock.epoch(clock.now() + timedelta(seconds=lease.retention_seconds))
    return row
