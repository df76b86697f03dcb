"""Registries of refusals of paper out: whom the supplier prints for no longer, and whom again.

How a registry is opened, filled, sealed and delivered is `exchange/outgoing.py`.
"""

from datetime import date, datetime

from cabinet.accounts.refusals import WAITING_SHARDS, waiting_partition
from cabinet.dynamo import Table
from cabinet.exchange import outgoing
from cabinet.exchange.model import Registry
from cabinet.exchange.outbound import REFUSALS_OUT, csv_file
from cabinet.exchange.outgoing import HasTime, Kind, Outgoing


def _partitions(supplier_id: str) -> list[str]:
    return [waiting_partition(supplier_id, shard) for shard in range(WAITING_SHARDS)]


KIND = Kind(
    table=Table.ACCOUNTS,
    waiting=_partitions,
    registries=lambda supplier_id: f"REGISTRY#refusals#{supplier_id}",
    members=lambda supplier_id, number: f"REGISTERED#refusals#{supplier_id}#{number:010d}",
    name=lambda row: str(row["sk"]),
)


def export(
    supplier_id: str, day: date, now: datetime, *, has_time: HasTime = lambda: True
) -> Outgoing | None:
    """Return the registry that is to be delivered next, or None when no refusal or withdrawal waits.

    `day` dates a new registry. Call `delivered` when its file is where the supplier fetches it; until then
    the same one comes back. Raises OutOfTime when `has_time` says so.
    """
    registry = outgoing.next_registry(KIND, supplier_id, day, now, has_time)
    return None if registry is None else again(supplier_id, registry.number)


def delivered(registry: Registry, now: datetime) -> None:
    """Note that the registry's file is where the supplier fetches it."""
    outgoing.delivered(KIND, registry, now)


def again(supplier_id: str, number: int) -> Outgoing:
    """Return a registry once more, byte for byte as it was; raises NotFound, also while it is still open.

    An account's rows stand in the order of its subscribers' decisions: the last one holds.
    """
    registry, members = outgoing.contents(KIND, supplier_id, number)
    rows = sorted(members, key=lambda row: (row["ls"], row["turn"]))
    cells = ([str(row[column]) for column in REFUSALS_OUT] for row in rows)
    content = csv_file(registry, REFUSALS_OUT, cells)
    return Outgoing(registry, f"refusals_{supplier_id}_{number:06d}.csv", len(rows), content)


def registries(supplier_id: str, limit: int = 100) -> list[Registry]:
    """Return the supplier's registries, the newest first."""
    return outgoing.registries(KIND, supplier_id, limit)
