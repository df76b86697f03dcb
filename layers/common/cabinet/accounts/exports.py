"""Registries of refusals of paper out: whom the supplier prints for no longer, and whom again.

How a registry is opened, filled, sealed and delivered is `exchange/outgoing.py`.
"""

from cabinet.accounts.refusals import WAITING_SHARDS, waiting_partition
from cabinet.dynamo import Table
from cabinet.exchange.model import Registry
from cabinet.exchange.outbound import REFUSALS_OUT, csv_file
from cabinet.exchange.outgoing import Kind, Outgoing
from cabinet.wire import Item


def _partitions(supplier_id: str) -> list[str]:
    return [waiting_partition(supplier_id, shard) for shard in range(WAITING_SHARDS)]


def _file(registry: Registry, members: list[Item]) -> Outgoing:
    """Write an account's rows in the order of its subscribers' decisions: the last one holds."""
    rows = sorted(members, key=lambda row: (row["ls"], row["turn"]))
    cells = ([str(row[column]) for column in REFUSALS_OUT] for row in rows)
    name = f"refusals_{registry.supplier_id}_{registry.number:06d}.csv"
    return Outgoing(registry, name, len(rows), csv_file(registry, REFUSALS_OUT, cells))


REFUSALS = Kind(
    table=Table.ACCOUNTS,
    waiting=_partitions,
    registries_partition=lambda supplier_id: f"REGISTRY#refusals#{supplier_id}",
    members=lambda supplier_id, number: f"REGISTERED#refusals#{supplier_id}#{number:010d}",
    name=lambda row: str(row["sk"]),
    file=_file,
)
