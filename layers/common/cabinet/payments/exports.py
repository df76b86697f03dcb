"""Registries of payments out: which payments wait, and a file for each payee with its control sum.

A payment waits in its supplier's work list. How a registry is opened, filled, sealed and delivered is
`exchange/outgoing.py`.
"""

from datetime import date, datetime

from cabinet.dynamo import Table
from cabinet.exchange import outgoing
from cabinet.exchange.model import Registry
from cabinet.exchange.outbound import PAYMENTS_OUT, csv_file, zip_file
from cabinet.exchange.outgoing import HasTime, Kind, Outgoing
from cabinet.money import plain_rubles
from cabinet.payments.keys import WORK_SHARDS, registered_partition, registries_partition, work_partition
from cabinet.wire import Item


def _partitions(supplier_id: str) -> list[str]:
    return [work_partition(supplier_id, shard) for shard in range(WORK_SHARDS)]


KIND = Kind(
    table=Table.PAYMENTS,
    waiting=_partitions,
    registries=registries_partition,
    members=registered_partition,
    name=lambda row: str(row["payment_id"]),
)


def export(
    supplier_id: str, day: date, now: datetime, *, has_time: HasTime = lambda: True
) -> Outgoing | None:
    """Return the registry that is to be delivered next, or None when no payment waits.

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
    payments = sorted(members, key=lambda item: (item["paid_at"], item["payment_id"]))
    name = f"payments_{supplier_id}_{number:06d}.zip"
    return Outgoing(registry, name, len(payments), _file(registry, payments))


def registries(supplier_id: str, limit: int = 100) -> list[Registry]:
    """Return the supplier's registries, the newest first."""
    return outgoing.registries(KIND, supplier_id, limit)


def _file(registry: Registry, payments: list[Item]) -> bytes:
    """Return the registry: a file for each payee, each with its own control sum."""
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
