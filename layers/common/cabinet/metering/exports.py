"""Registries of readings out: each reading in exactly one, and the same registry again under its number.

A registry is opened, takes the waiting rows over by transactions, is sealed, and then its file is written:
a run that dies anywhere goes on with the registry that it left. Nothing joins a sealed one, so that a file,
once billing has fetched it, never changes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import batched
from typing import Literal

from cabinet import clock, dynamo
from cabinet.dynamo import IS_ABSENT, MAX_ACTIONS, Key, Table, Transaction
from cabinet.errors import Conflict, NotFound
from cabinet.exchange.model import Registry
from cabinet.exchange.outbound import READINGS_OUT, csv_file
from cabinet.metering.waiting import SHARDS, lines_in, shard_partition
from cabinet.wire import Item

type State = Literal["open", "sealed", "delivered"]

_IN_STATE = "#state = :expected"
_AS_READ = "#changed = :seen"
_MOVED_AT_ONCE = (MAX_ACTIONS - 1) // 2


class RegistryMoved(Conflict):
    """Another run has opened or sealed this registry: what it has not taken stays for the next one."""


class _TakenByRival(Conflict):
    """The row has been taken by another run, or a new submission has changed it."""


class OutOfTime(Exception):
    """The worker's time is nearly over: what is left goes on in another run, with the same registry."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A sealed registry and its file; the same number always has the same bytes."""

    registry: Registry
    readings: int
    content: bytes

    @property
    def name(self) -> str:
        """Return the file's name."""
        return f"readings_{self.registry.supplier_id}_{self.registry.number:06d}.csv"


def export(
    supplier_id: str, day: date, now: datetime, *, has_time: Callable[[], bool] = lambda: True
) -> Outgoing | None:
    """Return the registry that is to be delivered next, or None when no reading waits.

    `day` dates a new registry. Call `delivered` when its file is where billing fetches it; until then the
    same one comes back. Raises OutOfTime when `has_time` says so.
    """
    registry, state = _newest(supplier_id)
    if registry is None or state == "delivered":
        if not any(lines_in(row) for row in _waiting(supplier_id)):
            return None
        registry, state = _begin(supplier_id, registry, day, now), "open"
    if state == "open":
        for rows in batched(_waiting(supplier_id), _MOVED_AT_ONCE, strict=False):
            if not has_time():
                raise OutOfTime
            _move(registry, rows)
        _turn(registry, "open", "sealed", now)
    return again(supplier_id, registry.number)


def delivered(registry: Registry, now: datetime) -> None:
    """Note that the registry's file is where billing fetches it."""
    _turn(registry, "sealed", "delivered", now)


def again(supplier_id: str, number: int) -> Outgoing:
    """Return a registry once more, byte for byte as it was; raises NotFound, also while it is still open."""
    row = dynamo.get(Table.ACCOUNTS, _registry_key(supplier_id, number), consistent=True)
    if row is None or row["state"] == "open":
        raise NotFound
    registry = _registry(supplier_id, row)
    members = dynamo.walk(Table.ACCOUNTS, _member_partition(supplier_id, number), consistent=True)
    lines = sorted(
        (line for member in members for line in lines_in(member)),
        key=lambda line: (line["ls"], line["meter_no"], line["zone"], line["reading_id"]),
    )
    cells = ([str(line[column]) for column in READINGS_OUT] for line in lines)
    return Outgoing(registry, len(lines), csv_file(registry, READINGS_OUT, cells))


def registries(supplier_id: str, limit: int = 100) -> list[Registry]:
    """Return the supplier's registries, the newest first."""
    page = dynamo.query(
        Table.ACCOUNTS,
        _registry_key(supplier_id, 0)[0],
        newest_first=True,
        limit=limit,
        consistent=True,
    )
    return [_registry(supplier_id, row) for row in page.items]


# ------------------------------------------------------------------ steps, each repeatable


def _waiting(supplier_id: str) -> Iterator[Item]:
    for shard in range(SHARDS):
        yield from dynamo.walk(Table.ACCOUNTS, shard_partition(supplier_id, shard), consistent=True)


def _newest(supplier_id: str) -> tuple[Registry | None, State]:
    partition = _registry_key(supplier_id, 0)[0]
    found = dynamo.query(Table.ACCOUNTS, partition, newest_first=True, limit=1, consistent=True).items
    if not found:
        return None, "delivered"
    return _registry(supplier_id, found[0]), found[0]["state"]


def _begin(supplier_id: str, last: Registry | None, day: date, now: datetime) -> Registry:
    number = last.number + 1 if last else 1
    pk, sk = _registry_key(supplier_id, number)
    row = {
        "pk": pk,
        "sk": sk,
        "registry_number": number,
        "dated": day.isoformat(),
        "state": "open",
        "opened_at": clock.timestamp(now),
    }
    Transaction().put(Table.ACCOUNTS, row, when=IS_ABSENT, otherwise=RegistryMoved).commit()
    return Registry(supplier_id=supplier_id, number=number, dated=day)


def _move(registry: Registry, rows: tuple[Item, ...]) -> None:
    """Move waiting rows into the registry while it is open; a row that has changed meanwhile stays."""
    transaction = Transaction()
    transaction.check(
        Table.ACCOUNTS,
        _registry_key(registry.supplier_id, registry.number),
        when=_IN_STATE,
        otherwise=RegistryMoved,
        expected="open",
    )
    for row in rows:
        # A row whose readings were all withdrawn is only cleared away.
        if lines_in(row):
            member = row | {
                "pk": _member_partition(registry.supplier_id, registry.number),
                "sk": f"{row['account_id']}#{row['changed']}",
            }
            transaction.put(Table.ACCOUNTS, member, when=IS_ABSENT, otherwise=_TakenByRival)
        transaction.delete(
            Table.ACCOUNTS,
            (row["pk"], row["sk"]),
            when=_AS_READ,
            otherwise=_TakenByRival,
            seen=row["changed"],
        )
    try:
        transaction.commit()
    except _TakenByRival:
        if len(rows) > 1:
            for row in rows:
                _move(registry, (row,))


def _turn(registry: Registry, expected: State, state: State, now: datetime) -> None:
    """Move the registry on; one that a rival has moved on already is left as it is."""
    try:
        dynamo.update(
            Table.ACCOUNTS,
            _registry_key(registry.supplier_id, registry.number),
            f"SET #state = :state, #{state}_at = :at",
            when=_IN_STATE,
            otherwise=RegistryMoved,
            expected=expected,
            state=state,
            at=clock.timestamp(now),
        )
    except RegistryMoved:
        return


def _registry(supplier_id: str, row: Item) -> Registry:
    number = row["registry_number"]
    return Registry(supplier_id=supplier_id, number=number, dated=date.fromisoformat(row["dated"]))


def _registry_key(supplier_id: str, number: int) -> Key:
    return f"REGISTRY#readings#{supplier_id}", f"{number:010d}"


def _member_partition(supplier_id: str, number: int) -> str:
    return f"REGISTERED#readings#{supplier_id}#{number:010d}"
