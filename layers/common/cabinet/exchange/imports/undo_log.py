"""What an import replaces, kept so that it can be restored: docs/adr/0033-what-an-import-replaced.md.

One object for every few accounts, written before their rows are. A line holds an account's rows as they were
before, and the attempt's name, with which the marks of the rows that it wrote begin. An attempt may have
crashed before it wrote, or another may have followed it, so an account can have several lines.
"""

import gzip
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cabinet.aws.dynamo import Item, Key
from cabinet.exchange.errors import ConcurrentModification
from cabinet.exchange.imports import bucket, job_store
from cabinet.exchange.imports.account_update import Data
from cabinet.exchange.imports.write_plan import Plan

_FOLDER = "undo/"
"""The bucket deletes these objects after `import_request_rules.UNDO_RETENTION_DAYS` (template.yaml)."""
_ONLY_IN_FULL = {"RECEIPT": "kind_title", "PAYMENT": "payment_id", "READING": "reading_id"}
"""An import reads only part of these rows; this attribute is there only if the row was read in full."""


def folder(supplier_id: str, import_id: str) -> str:
    """Return the folder of an import's objects."""
    return f"{_FOLDER}{supplier_id}/{import_id}/"


@dataclass(frozen=True, slots=True)
class LoggedRow:
    """One row that an attempt was to write."""

    key: Key
    before: Item | None
    checks: Data
    """What besides the mark shows that the row has not changed since; see `undo_rules`."""


@dataclass(frozen=True, slots=True)
class LoggedAccount:
    """One account's rows in one attempt."""

    number: str
    attempt: str
    rows: list[LoggedRow]

    @classmethod
    def read(cls, line: str | bytes) -> "LoggedAccount":
        """Read a line of the log."""
        logged = json.loads(line)
        rows = [LoggedRow((pk, sk), before, checks) for pk, sk, before, checks in logged["rows"]]
        return cls(logged["number"], logged["attempt"], rows)


@dataclass(slots=True)
class UndoLog:
    """Writes the log of one run of an import."""

    supplier_id: str
    import_id: str
    run: int
    """Runs of a supplier's imports count upwards: a later run's objects come later."""
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def keep(self, plans: Sequence[Plan]) -> None:
        """Keep the stored rows that the plans will overwrite; see `write_plan.UndoRecorder`."""
        plans = [plan for plan in plans if plan.undo_checks]
        if not plans:
            return
        in_full = _read_in_full(plans)
        lines = [_line(plan, in_full) for plan in plans]
        key = f"{folder(self.supplier_id, self.import_id)}{self.run:08d}-{next(self._numbers):08d}.jsonl.gz"
        bucket.write(key, gzip.compress("\n".join(lines).encode(), compresslevel=1, mtime=0))


def objects(supplier_id: str, import_id: str) -> Iterator[str]:
    """Yield the keys of an import's objects, in the order in which they were written."""
    return (key for key in bucket.keys(folder(supplier_id, import_id)) if key.endswith(".jsonl.gz"))


def lines(content: bytes) -> list[str]:
    """Return the lines of an object."""
    return gzip.decompress(content).decode().split("\n") if content else []


def _read_in_full(plans: Sequence[Plan]) -> dict[Key, Item]:
    """Return the rows of which the plans know only a part; raises ConcurrentModification."""
    partly = {
        key: plan.existing.get(key)
        for plan in plans
        for key in plan.undo_checks
        if _is_partly_known(key, plan)
    }
    found = job_store.load_existing(list(partly), consistent=True)
    for key, seen in partly.items():
        now = found.get(key)
        if now is None or (seen is not None and _version(now) != _version(seen)):
            raise ConcurrentModification
    return found


def _is_partly_known(key: Key, plan: Plan) -> bool:
    own = _ONLY_IN_FULL.get(key[1].partition("#")[0])
    if own is None or key in plan.created:
        return False
    return own not in plan.existing.get(key, {})


def _version(item: Item) -> tuple[object, object]:
    return item.get("stamp"), item.get("digest")


def _line(plan: Plan, in_full: dict[Key, Item]) -> str:
    rows = [
        [*key, in_full.get(key) or (None if key in plan.created else plan.existing.get(key)), checks]
        for key, checks in plan.undo_checks.items()
    ]
    logged = {"number": plan.number, "attempt": plan.attempt.name, "rows": rows}
    return json.dumps(logged, ensure_ascii=False, separators=(",", ":"))
