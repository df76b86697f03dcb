"""Registries of readings out: which readings wait, and how a line of the file looks.

How a registry is opened, filled, sealed and delivered is `exchange/outgoing.py`.
"""

from datetime import date, datetime

from cabinet.dynamo import Table
from cabinet.exchange import outgoing
from cabinet.exchange.model import Registry
from cabinet.exchange.outbound import READINGS_OUT, csv_file
from cabinet.exchange.outgoing import HasTime, Kind, Outgoing
from cabinet.metering.waiting import SHARDS, lines_in, shard_partition
from cabinet.wire import Item


def _partitions(supplier_id: str) -> list[str]:
    return [shard_partition(supplier_id, shard) for shard in range(SHARDS)]


def _carries(row: Item) -> bool:
    """Tell whether a waiting row still holds a reading: all of them may have been withdrawn."""
    return bool(lines_in(row))


KIND = Kind(
    table=Table.ACCOUNTS,
    waiting=_partitions,
    registries=lambda supplier_id: f"REGISTRY#readings#{supplier_id}",
    members=lambda supplier_id, number: f"REGISTERED#readings#{supplier_id}#{number:010d}",
    name=lambda row: f"{row['account_id']}#{row['changed']}",
    carries=_carries,
    rows_change=True,
)


def export(
    supplier_id: str, day: date, now: datetime, *, has_time: HasTime = lambda: True
) -> Outgoing | None:
    """Return the registry that is to be delivered next, or None when no reading waits.

    `day` dates a new registry. Call `delivered` when its file is where billing fetches it; until then the
    same one comes back. Raises OutOfTime when `has_time` says so.
    """
    registry = outgoing.next_registry(KIND, supplier_id, day, now, has_time)
    return None if registry is None else again(supplier_id, registry.number)


def delivered(registry: Registry, now: datetime) -> None:
    """Note that the registry's file is where billing fetches it."""
    outgoing.delivered(KIND, registry, now)


def again(supplier_id: str, number: int) -> Outgoing:
    """Return a registry once more, byte for byte as it was; raises NotFound, also while it is still open."""
    registry, members = outgoing.contents(KIND, supplier_id, number)
    lines = sorted(
        (line for member in members for line in lines_in(member)),
        key=lambda line: (line["ls"], line["meter_no"], line["zone"], line["reading_id"]),
    )
    cells = ([str(line[column]) for column in READINGS_OUT] for line in lines)
    content = csv_file(registry, READINGS_OUT, cells)
    return Outgoing(registry, f"readings_{supplier_id}_{number:06d}.csv", len(lines), content)


def registries(supplier_id: str, limit: int = 100) -> list[Registry]:
    """Return the supplier's registries, the newest first."""
    return outgoing.registries(KIND, supplier_id, limit)
