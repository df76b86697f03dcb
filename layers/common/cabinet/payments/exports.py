"""Registries of payments out: each payment in exactly one, and the same registry again under its number.

A payment waits in its supplier's work list; a registry takes it by one transaction that moves the row to the
registry's own partition. So a run that dies half-way goes on with the registry that it left open.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import batched

from cabinet import clock, dynamo
from cabinet.dynamo import IS_ABSENT, IS_PRESENT, MAX_ACTIONS, Table, Transaction
from cabinet.errors import Conflict, NotFound
from cabinet.exchange.model import Registry
from cabinet.exchange.outbound import PAYMENTS_OUT, csv_file, zip_file
from cabinet.money import Kopecks, plain_rubles
from cabinet.payments.keys import WORK_SHARDS, registered_partition, registry_key, work_partition
from cabinet.wire import Item

_STILL_OPEN = "#state = :open"
_MOVED_AT_ONCE = (MAX_ACTIONS - 1) // 2


class OutgoingMoved(Conflict):
    """Another run has opened, filled or closed this registry: go on with what stands."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A finished registry: its identity, what it holds, and the file."""

    registry: Registry
    payments: int
    total: Kopecks
    content: bytes

    @property
    def name(self) -> str:
        """Return the file's name: the same registry always has the same."""
        return f"payments_{self.registry.supplier_id}_{self.registry.number:06d}.zip"


def export(supplier_id: str, day: date, now: datetime) -> Outgoing | None:
    """Close the supplier's open registry, or a new one, with all payments that wait; None when none do.

    `day` dates the registry. Safe to run twice at once: a payment moves once.
    """
    registry = _open_registry(supplier_id)
    if registry is None:
        if not any(_waiting(supplier_id)):
            return None
        registry = _begin(supplier_id, day, now)
    for rows in batched(_waiting(supplier_id), _MOVED_AT_ONCE, strict=False):
        _move(registry, rows)
    _close(registry, now)
    return again(supplier_id, registry.number)


def again(supplier_id: str, number: int) -> Outgoing:
    """Return a registry once more, byte for byte as it was; raises NotFound."""
    row = dynamo.get(Table.PAYMENTS, registry_key(supplier_id, number), consistent=True)
    if row is None:
        raise NotFound
    registry = Registry(supplier_id=supplier_id, number=number, dated=date.fromisoformat(row["dated"]))
    payments = sorted(
        dynamo.walk(Table.PAYMENTS, registered_partition(supplier_id, number), consistent=True),
        key=lambda item: (item["paid_at"], item["payment_id"]),
    )
    total = sum(line["amount"] for payment in payments for line in payment["lines"])
    return Outgoing(registry, len(payments), total, _file(registry, payments))


def registries(supplier_id: str, limit: int = 100) -> list[Registry]:
    """Return the supplier's registries, the newest first."""
    page = dynamo.query(
        Table.PAYMENTS, registry_key(supplier_id, 0)[0], newest_first=True, limit=limit, consistent=True
    )
    return [
        Registry(supplier_id=supplier_id, number=int(row["sk"]), dated=date.fromisoformat(row["dated"]))
        for row in page.items
    ]


# ------------------------------------------------------------------ steps, each repeatable


def _waiting(supplier_id: str) -> Iterator[Item]:
    for shard in range(WORK_SHARDS):
        yield from dynamo.walk(Table.PAYMENTS, work_partition(supplier_id, shard), consistent=True)


def _open_registry(supplier_id: str) -> Registry | None:
    newest = dynamo.query(
        Table.PAYMENTS, registry_key(supplier_id, 0)[0], newest_first=True, limit=1, consistent=True
    ).items
    if not newest or newest[0]["state"] != "open":
        return None
    row = newest[0]
    return Registry(supplier_id=supplier_id, number=int(row["sk"]), dated=date.fromisoformat(row["dated"]))


def _begin(supplier_id: str, day: date, now: datetime) -> Registry:
    standing = registries(supplier_id, limit=1)
    number = standing[0].number + 1 if standing else 1
    pk, sk = registry_key(supplier_id, number)
    item: Item = {
        "pk": pk,
        "sk": sk,
        "dated": day.isoformat(),
        "state": "open",
        "opened_at": clock.timestamp(now),
    }
    dynamo.put(Table.PAYMENTS, item, when=IS_ABSENT, otherwise=OutgoingMoved)
    return Registry(supplier_id=supplier_id, number=number, dated=day)


def _move(registry: Registry, rows: tuple[Item, ...]) -> None:
    """Move waiting payments into the registry while it is open; rows that a rival has moved are skipped."""
    partition = registered_partition(registry.supplier_id, registry.number)
    transaction = Transaction()
    transaction.check(
        Table.PAYMENTS,
        registry_key(registry.supplier_id, registry.number),
        when=_STILL_OPEN,
        otherwise=OutgoingMoved,
        open="open",
    )
    for row in rows:
        transaction.put(
            Table.PAYMENTS,
            row | {"pk": partition, "sk": row["payment_id"]},
            when=IS_ABSENT,
            otherwise=_TakenByRival,
        )
        transaction.delete(Table.PAYMENTS, (row["pk"], row["sk"]), when=IS_PRESENT, otherwise=_TakenByRival)
    try:
        transaction.commit()
    except _TakenByRival:
        for row in rows:
            if len(rows) > 1:
                _move(registry, (row,))


def _close(registry: Registry, now: datetime) -> None:
    """Close the registry; one that a rival has closed is closed."""
    try:
        dynamo.update(
            Table.PAYMENTS,
            registry_key(registry.supplier_id, registry.number),
            "SET #state = :closed, #closed_at = :at",
            when=_STILL_OPEN,
            otherwise=OutgoingMoved,
            open="open",
            closed="closed",
            at=clock.timestamp(now),
        )
    except OutgoingMoved:
        return


class _TakenByRival(Conflict):
    """Another run moves the same payments."""


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
