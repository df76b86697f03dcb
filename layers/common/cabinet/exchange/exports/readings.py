"""Registries of readings out: which readings wait, and how a line of the file looks.

How a registry is opened, filled, sealed and delivered is `exchange/exports/export_job.py`.
"""

from cabinet.aws.dynamo import Item, Table
from cabinet.exchange.exports.csv_writer import READING_COLUMNS, CsvFormat, RegistryTable, csv_file
from cabinet.exchange.exports.export_job import ExportedFile, ExportSpec
from cabinet.exchange.model import Registry
from cabinet.metering.export_queue import SHARDS, pending_lines, shard_partition


def _has_content(row: Item) -> bool:
    """Tell whether a waiting row still holds a reading: all of them may have been withdrawn."""
    return bool(pending_lines(row))


def _file(registry: Registry, taken_rows: list[Item], csv_format: CsvFormat) -> ExportedFile:
    lines = sorted(
        (line for taken_row in taken_rows for line in pending_lines(taken_row)),
        key=lambda line: (line["ls"], line["meter_no"], line["zone"], line["reading_id"]),
    )
    name = f"readings_{registry.supplier_id}_{registry.number:06d}"
    rows = [
        tuple(str(line[column]) for column in READING_COLUMNS)
        for line in (line | {"value": csv_format.decimal(line["value"])} for line in lines)
    ]
    content = csv_file(registry, READING_COLUMNS, rows, csv_format=csv_format)
    return ExportedFile(
        registry, f"{name}.csv", len(rows), content, (RegistryTable(name, READING_COLUMNS, rows),)
    )


READINGS = ExportSpec(
    table=Table.ACCOUNTS,
    waiting_partitions=lambda supplier_id: [shard_partition(supplier_id, shard) for shard in range(SHARDS)],
    registries_partition=lambda supplier_id: f"REGISTRY#readings#{supplier_id}",
    taken_rows_partition=lambda supplier_id, number: f"REGISTERED#readings#{supplier_id}#{number:010d}",
    taken_row_sort_key=lambda row: f"{row['account_id']}#{row['changed']}",
    has_content=_has_content,
    rows_may_change=True,
    file=_file,
)
