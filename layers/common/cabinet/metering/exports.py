"""Registries of readings out: which readings wait, and how a line of the file looks.

How a registry is opened, filled, sealed and delivered is `exchange/outgoing.py`.
"""

from cabinet.dynamo import Table
from cabinet.exchange.model import Registry
from cabinet.exchange.outbound import READINGS_OUT, csv_file
from cabinet.exchange.outgoing import Kind, Outgoing
from cabinet.metering.waiting import SHARDS, lines_in, shard_partition
from cabinet.wire import Item


def _partitions(supplier_id: str) -> list[str]:
    return [shard_partition(supplier_id, shard) for shard in range(SHARDS)]


def _carries(row: Item) -> bool:
    """Tell whether a waiting row still holds a reading: all of them may have been withdrawn."""
    return bool(lines_in(row))


def _file(registry: Registry, members: list[Item]) -> Outgoing:
    lines = sorted(
        (line for member in members for line in lines_in(member)),
        key=lambda line: (line["ls"], line["meter_no"], line["zone"], line["reading_id"]),
    )
    cells = ([str(line[column]) for column in READINGS_OUT] for line in lines)
    name = f"readings_{registry.supplier_id}_{registry.number:06d}.csv"
    return Outgoing(registry, name, len(lines), csv_file(registry, READINGS_OUT, cells))


READINGS = Kind(
    table=Table.ACCOUNTS,
    waiting=_partitions,
    registries_partition=lambda supplier_id: f"REGISTRY#readings#{supplier_id}",
    members=lambda supplier_id, number: f"REGISTERED#readings#{supplier_id}#{number:010d}",
    name=lambda row: f"{row['account_id']}#{row['changed']}",
    carries=_carries,
    rows_change=True,
    file=_file,
)
