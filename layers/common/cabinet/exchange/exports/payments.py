"""Registries of payments out: which payments wait, and a file for each payee with its control sum.

A payment waits in its supplier's work list. How a registry is opened, filled, sealed and delivered is
`exchange/exports/export_job.py`.
"""

from cabinet.aws.dynamo import Table
from cabinet.aws.dynamo.serialization import Item
from cabinet.core.money import to_decimal_string
from cabinet.exchange.exports.csv_writer import PAYMENT_COLUMNS, csv_file, zip_file
from cabinet.exchange.exports.export_job import ExportedFile, ExportSpec
from cabinet.exchange.model import Registry
from cabinet.payments.keys import (
    EXPORT_QUEUE_SHARDS,
    export_queue_partition,
    registries_partition,
    registry_members_partition,
)


def _partitions(supplier_id: str) -> list[str]:
    return [export_queue_partition(supplier_id, shard) for shard in range(EXPORT_QUEUE_SHARDS)]


def _file(registry: Registry, members: list[Item]) -> ExportedFile:
    payments = sorted(members, key=lambda item: (item["paid_at"], item["payment_id"]))
    name = f"payments_{registry.supplier_id}_{registry.number:06d}.zip"
    return ExportedFile(registry, name, len(payments), _by_payee(registry, payments))


def _by_payee(registry: Registry, payments: list[Item]) -> bytes:
    """Return a file for each payee, each with its own control sum."""
    by_payee: dict[str, list[tuple[Item, Item]]] = {}
    for payment in payments:
        for line in payment["lines"]:
            by_payee.setdefault(line["payee_inn"], []).append((payment, line))
    return zip_file(
        {
            f"payments_{inn or 'none'}.csv": csv_file(
                registry,
                PAYMENT_COLUMNS,
                [_cells(payment, line) for payment, line in lines],
                sum(line["amount"] for _, line in lines),
            )
            for inn, lines in sorted(by_payee.items())
        }
    )


def _cells(payment: Item, line: Item) -> tuple[str, ...]:
    return (
        payment["payment_id"],
        line["account_id"].partition(":")[2],
        line["receipt_id"],
        line["service"],
        to_decimal_string(line["amount"]),
        payment["paid_at"],
        payment["bank_order"],
        payment["status"],
    )


PAYMENTS = ExportSpec(
    table=Table.PAYMENTS,
    waiting=_partitions,
    registries_partition=registries_partition,
    members=registry_members_partition,
    name=lambda row: str(row["payment_id"]),
    file=_file,
)
