"""Outgoing registries of paper opt-outs: whom the supplier no longer prints for, and whom again.

How a registry is opened, filled, sealed and delivered is `exchange/exports/export_job.py`.
"""

from collections.abc import Iterable, Sequence

from cabinet.accounts.paperless import QUEUE_SHARDS, queue_partition
from cabinet.aws.dynamo import Item, Table
from cabinet.exchange.exports.csv_writer import PAPERLESS_COLUMNS, CsvFormat, RegistryTable, csv_file
from cabinet.exchange.exports.export_job import ExportedFile, ExportSpec
from cabinet.exchange.model import Registry


def _file(registry: Registry, taken_rows: list[Item], csv_format: CsvFormat) -> ExportedFile:
    """Write an account's rows in the order of its subscribers' decisions: the last one holds."""
    ordered = sorted(taken_rows, key=lambda row: (row["ls"], row["turn"]))
    name = f"refusals_{registry.supplier_id}_{registry.number:06d}"
    return paperless_csv(
        registry, name, ([str(row[column]) for column in PAPERLESS_COLUMNS] for row in ordered), csv_format
    )


def paperless_csv(
    registry: Registry, name: str, cells: Iterable[Sequence[str]], csv_format: CsvFormat
) -> ExportedFile:
    """Return the file of opt-outs, its cells in the order of `PAPERLESS_COLUMNS`, times in UTC."""
    at = PAPERLESS_COLUMNS.index("at")
    rows = [(*row[:at], csv_format.moment(row[at]), *row[at + 1 :]) for row in cells]
    content = csv_file(registry, PAPERLESS_COLUMNS, rows, csv_format=csv_format)
    return ExportedFile(
        registry, f"{name}.csv", len(rows), content, (RegistryTable(name, PAPERLESS_COLUMNS, rows),)
    )


PAPERLESS_EXPORT = ExportSpec(
    table=Table.ACCOUNTS,
    waiting_partitions=lambda supplier_id: [
        queue_partition(supplier_id, shard) for shard in range(QUEUE_SHARDS)
    ],
    registries_partition=lambda supplier_id: f"REGISTRY#refusals#{supplier_id}",
    taken_rows_partition=lambda supplier_id, number: f"REGISTERED#refusals#{supplier_id}#{number:010d}",
    taken_row_sort_key=lambda row: str(row["sk"]),
    file=_file,
)
