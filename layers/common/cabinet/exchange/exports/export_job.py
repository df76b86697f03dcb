"""Registries out, of any kind: each row that waits goes into exactly one, and a delivered one never changes.

A registry is opened, takes the waiting rows over by transactions, is sealed, and counts as delivered when its
file is where billing fetches it. A run that dies anywhere continues with the registry that it left. What
waits and the file's content is each kind's own: `readings.py`, `payments.py` and `paperless.py` beside this
module.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import batched
from typing import Any, Literal

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, MAX_ACTIONS, Item, Key, Page, Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound
from cabinet.core.remaining_time import HasTime
from cabinet.exchange.errors import OutOfTime
from cabinet.exchange.exports.csv_writer import PLAIN, CsvFormat, RegistryTable
from cabinet.exchange.model import Registry

type State = Literal["open", "sealed", "delivered"]

_IN_STATE = "#state = :expected"
_VERSION_UNCHANGED = "#changed = :seen"
_BATCH_SIZE = (MAX_ACTIONS - 1) // 2
_MAX_RETRIES = 20


class StaleExport(Conflict):
    """Another run has opened or sealed this registry: what it has not taken stays for the next one."""


class _ClaimLost(Conflict):
    """The row has been taken by another run, or it has changed since it was read."""


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A sealed registry and its file; the same number always has the same bytes."""

    registry: Registry
    name: str
    """The file's name: the same registry always has the same."""
    rows: int
    content: bytes
    sheets: tuple[RegistryTable, ...] = ()
    """What the file says, to be written as a workbook too."""


@dataclass(frozen=True, slots=True)
class ExportSpec:
    """One kind of registry: where its rows wait, where its registries and taken rows are kept, its file."""

    table: Table
    waiting_partitions: Callable[[str], Sequence[str]]
    """A supplier's partitions of waiting rows."""
    registries_partition: Callable[[str], str]
    """The partition of a supplier's registries."""
    taken_rows_partition: Callable[[str, int], str]
    """The partition of what one registry has taken."""
    taken_row_sort_key: Callable[[Item], str]
    """A row's sort key among those taken: never twice the same for what is to go out twice."""
    file: Callable[[Registry, list[Item], CsvFormat], ExportedFile]
    """Writes the file of what a registry has taken: for the same rows, in any order, the same bytes."""
    titles: Callable[[list[Item]], dict[str, str]] = lambda _: {}
    """What the kinds of receipts in the rows are called: asked once, when the registry is sealed."""
    has_content: Callable[[Item], bool] = lambda _: True
    """Whether anything is in the row; one that carries nothing is only cleared away."""
    rows_may_change: bool = False
    """Whether a waiting row may change: each change renews its `changed`, and only what was read moves."""

    def export(
        self,
        supplier_id: str,
        day: date,
        now: datetime,
        *,
        csv_format: CsvFormat = PLAIN,
        has_time: HasTime = lambda: True,
    ) -> ExportedFile | None:
        """Return the registry that is to be delivered next, or None when nothing waits.

        `day` dates a new one, `csv_format` is how it is to be written. Call `mark_delivered` when its file is
        where billing fetches it; until then the same one comes back. A rival that opens or seals the registry
        meanwhile is continued: what it has taken comes back from here as well, the same bytes. Raises
        OutOfTime when `has_time` says so (another run continues with the same registry), StaleExport after
        too many conflicts.
        """
        for _ in range(_MAX_RETRIES):
            try:
                return self._next(supplier_id, day, now, csv_format, has_time)
            except StaleExport:
                continue
        raise StaleExport

    def _next(
        self, supplier_id: str, day: date, now: datetime, csv_format: CsvFormat, has_time: HasTime
    ) -> ExportedFile | None:
        registry, state = _newest(self, supplier_id)
        # «closed» is what payments' registries were before there was a delivery to note.
        if registry is None or state not in ("open", "sealed"):
            if not any(self.has_content(row) for row in _waiting(self, supplier_id)):
                return None
            registry, state = _create(self, supplier_id, registry, day, now), "open"
        if state == "open":
            for rows in batched(_waiting(self, supplier_id), _BATCH_SIZE, strict=False):
                if not has_time():
                    raise OutOfTime
                _move_rows(self, registry, rows)
            titles = self.titles(_taken_rows(self, registry)) | csv_format.titles
            kept = csv_format.model_copy(update={"titles": titles}).model_dump()
            _transition(self, registry, "open", "sealed", now, form=kept)
        return self.redeliver(supplier_id, registry.number)

    def mark_delivered(self, registry: Registry, now: datetime) -> None:
        """Note that the registry's file is where billing fetches it."""
        _transition(self, registry, "sealed", "delivered", now)

    def redeliver(self, supplier_id: str, number: int) -> ExportedFile:
        """Return a registry once more, byte for byte; raises NotFound, also while it is still open."""
        row = self.find(supplier_id, number)
        if row is None or row["state"] == "open":
            raise NotFound
        registry = _registry(supplier_id, row)
        return self.file(
            registry, _taken_rows(self, registry), CsvFormat.model_validate(row.get("form") or {})
        )

    def registries(self, supplier_id: str, limit: int = 100) -> list[Registry]:
        """Return the supplier's registries, the newest first."""
        return [_registry(supplier_id, row) for row in self.page(supplier_id, limit).items]

    def page(self, supplier_id: str, limit: int, after: Item | None = None) -> Page:
        """Return a page of the rows of the supplier's registries, the newest first."""
        partition = self.registries_partition(supplier_id)
        return dynamo.query(
            self.table, partition, newest_first=True, limit=limit, after=after, consistent=True
        )

    def find(self, supplier_id: str, number: int) -> Item | None:
        """Return the current row of a registry."""
        return dynamo.get(self.table, _key(self, supplier_id, number), consistent=True)

    def has_waiting(self, supplier_id: str) -> bool:
        """Tell whether anything waits for the next registry, or one that was begun is not delivered yet."""
        registry, state = _newest(self, supplier_id)
        if registry is not None and state in ("open", "sealed"):
            return True
        return any(self.has_content(row) for row in _waiting(self, supplier_id))


# ------------------------------------------------------------------ steps, each repeatable


def _waiting(spec: ExportSpec, supplier_id: str) -> Iterator[Item]:
    for partition in spec.waiting_partitions(supplier_id):
        yield from dynamo.query_all(spec.table, partition, consistent=True)


def _newest(spec: ExportSpec, supplier_id: str) -> tuple[Registry | None, str]:
    partition = spec.registries_partition(supplier_id)
    found = dynamo.query(spec.table, partition, newest_first=True, limit=1, consistent=True).items
    if not found:
        return None, "delivered"
    return _registry(supplier_id, found[0]), found[0]["state"]


def _create(spec: ExportSpec, supplier_id: str, last: Registry | None, day: date, now: datetime) -> Registry:
    number = last.number + 1 if last else 1
    pk, sk = _key(spec, supplier_id, number)
    row = {"pk": pk, "sk": sk, "dated": day.isoformat(), "state": "open", "opened_at": clock.timestamp(now)}
    Transaction().put(spec.table, row, condition=IS_ABSENT, on_conflict=StaleExport).commit()
    return Registry(supplier_id=supplier_id, number=number, dated=day)


def _move_rows(spec: ExportSpec, registry: Registry, rows: Sequence[Item]) -> None:
    """Move waiting rows into the registry while it is open; a row that has changed meanwhile stays."""
    partition = spec.taken_rows_partition(registry.supplier_id, registry.number)
    transaction = Transaction()
    transaction.check(
        spec.table,
        _key(spec, registry.supplier_id, registry.number),
        condition=_IN_STATE,
        on_conflict=StaleExport,
        expected="open",
    )
    for row in rows:
        if spec.has_content(row):
            taken_row = row | {"pk": partition, "sk": spec.taken_row_sort_key(row)}
            transaction.put(spec.table, taken_row, condition=IS_ABSENT, on_conflict=_ClaimLost)
        key = row["pk"], row["sk"]
        if spec.rows_may_change:
            transaction.delete(
                spec.table, key, condition=_VERSION_UNCHANGED, on_conflict=_ClaimLost, seen=row["changed"]
            )
        else:
            transaction.delete(spec.table, key, condition=IS_PRESENT, on_conflict=_ClaimLost)
    try:
        transaction.commit()
    except _ClaimLost:
        if len(rows) > 1:
            for row in rows:
                _move_rows(spec, registry, (row,))


def _taken_rows(spec: ExportSpec, registry: Registry) -> list[Item]:
    partition = spec.taken_rows_partition(registry.supplier_id, registry.number)
    return list(dynamo.query_all(spec.table, partition, consistent=True))


def _transition(
    spec: ExportSpec,
    registry: Registry,
    expected: State,
    state: State,
    now: datetime,
    form: Item | None = None,
) -> None:
    """Move the registry on; one that a rival has moved on already is left as it is."""
    kept: dict[str, Any] = {} if form is None else {"form": form}
    with suppress(StaleExport):
        dynamo.update(
            spec.table,
            _key(spec, registry.supplier_id, registry.number),
            f"SET #state = :state, #{state}_at = :at{', #form = :form' if kept else ''}",
            condition=_IN_STATE,
            on_conflict=StaleExport,
            expected=expected,
            state=state,
            at=clock.timestamp(now),
            **kept,
        )


def _registry(supplier_id: str, row: Item) -> Registry:
    return Registry(supplier_id=supplier_id, number=int(row["sk"]), dated=date.fromisoformat(row["dated"]))


def _key(spec: ExportSpec, supplier_id: str, number: int) -> Key:
    return spec.registries_partition(supplier_id), f"{number:010d}"
