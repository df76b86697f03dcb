"""Registries of payments out: which payments wait, and a file for each payee with its control sum.

A payment waits in its supplier's export queue. How a registry is opened, filled, sealed and delivered is
`exchange/exports/export_job.py`.
"""

from collections.abc import Iterator

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Key, Table
from cabinet.billing.keys import receipt_key
from cabinet.billing.model import split_receipt_id
from cabinet.core.identifiers import own_part
from cabinet.exchange.exports.csv_writer import PAYMENT_COLUMNS, CsvFormat, RegistryTable, csv_file, zip_file
from cabinet.exchange.exports.export_job import ExportedFile, ExportSpec
from cabinet.exchange.model import Registry
from cabinet.payments.keys import (
    EXPORT_QUEUE_SHARDS,
    export_queue_partition,
    registries_partition,
    taken_rows_partition,
)


def _file(registry: Registry, taken_rows: list[Item], csv_format: CsvFormat) -> ExportedFile:
    payments = sorted(taken_rows, key=lambda item: (item["paid_at"], item["payment_id"]))
    name = f"payments_{registry.supplier_id}_{registry.number:06d}.zip"
    sheets = tuple(_by_payee(payments, csv_format))
    files = {
        f"{sheet.name}.csv": csv_file(registry, sheet.columns, sheet.rows, sheet.total, csv_format=csv_format)
        for sheet in sheets
    }
    return ExportedFile(registry, name, len(payments), zip_file(files), sheets)


def _by_payee(payments: list[Item], csv_format: CsvFormat) -> Iterator[RegistryTable]:
    """Yield a file for each payee, each with its own control sum."""
    by_payee: dict[str, list[tuple[Item, Item]]] = {}
    for payment in payments:
        for line in payment["lines"]:
            by_payee.setdefault(line["payee_inn"], []).append((payment, line))
    for inn, lines in sorted(by_payee.items()):
        rows = [_cells(payment, line, csv_format) for payment, line in lines]
        total = sum(line["amount"] for _, line in lines)
        yield RegistryTable(f"payments_{inn or 'none'}", PAYMENT_COLUMNS, rows, total)


def _cells(payment: Item, line: Item, csv_format: CsvFormat) -> tuple[str, ...]:
    period, kind = split_receipt_id(line["receipt_id"])
    return (
        payment["payment_id"],
        own_part(line["account_id"]),
        csv_format.titles.get(kind, str(line["receipt_id"])),
        line["service"],
        csv_format.rubles(line["amount"]),
        csv_format.moment(payment["paid_at"]),
        payment["bank_order"],
        payment["status"],
        period,
    )


def _titles(taken_rows: list[Item]) -> dict[str, str]:
    """Return what the receipts that the payments are for call their kinds: one receipt of each is asked."""
    one_of: dict[str, Key] = {}
    for payment in taken_rows:
        for line in payment["lines"]:
            period, kind = split_receipt_id(line["receipt_id"])
            one_of.setdefault(kind, receipt_key(line["account_id"], period, kind))
    found = {kind: dynamo.get(Table.ACCOUNTS, key) for kind, key in one_of.items()}
    return {kind: str(item["kind_title"]) for kind, item in found.items() if item is not None}


PAYMENTS = ExportSpec(
    table=Table.PAYMENTS,
    waiting_partitions=lambda supplier_id: [
        export_queue_partition(supplier_id, shard) for shard in range(EXPORT_QUEUE_SHARDS)
    ],
    registries_partition=registries_partition,
    taken_rows_partition=taken_rows_partition,
    taken_row_sort_key=lambda row: str(row["payment_id"]),
    file=_file,
    titles=_titles,
)
