"""Registries of payments out: which payments wait, and a file for each payee with its control sum.

A payment waits in its supplier's work list. How a registry is opened, filled, sealed and delivered is
`exchange/outgoing.py`.
"""

from cabinet.dynamo import Table
from cabinet.exchange.model import Registry
from cabinet.exchange.outbound import PAYMENTS_OUT, csv_file, zip_file
from cabinet.exchange.outgoing import Kind, Outgoing
from cabinet.money import plain_rubles
from cabinet.payments.keys import WORK_SHARDS, registered_partition, registries_partition, work_partition
from cabinet.wire import Item


def _partitions(supplier_id: str) -> list[str]:
    return [work_partition(supplier_id, shard) for shard in range(WORK_SHARDS)]


def _file(registry: Registry, members: list[Item]) -> Outgoing:
    payments = sorted(members, key=lambda item: (item["paid_at"], item["payment_id"]))
    name = f"payments_{registry.supplier_id}_{registry.number:06d}.zip"
    return Outgoing(registry, name, len(payments), _by_payee(registry, payments))


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
                PAYMENTS_OUT,
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
        plain_rubles(line["amount"]),
        payment["paid_at"],
        payment["bank_order"],
        payment["status"],
    )


PAYMENTS = Kind(
    table=Table.PAYMENTS,
    waiting=_partitions,
    registries_partition=registries_partition,
    members=registered_partition,
    name=lambda row: str(row["payment_id"]),
    file=_file,
)
