"""Which rows are written together with a changed one: what a backup must have of the same moment.

A payment moves an order, the ledgers of its accounts, the bank's journal and the suppliers' work lists in one
transaction; a binding and a sign-in join a person's rows. Pure: a row's values in, places out.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from cabinet.accounts.keys import account_partition
from cabinet.core import clock
from cabinet.core.contacts import canonical_email
from cabinet.core.identifiers import supplier_part
from cabinet.identity.keys import email_partition
from cabinet.payments.keys import (
    autopay_partition,
    cards_key,
    cart_key,
    export_queue_key,
    journal_key,
    order_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

USERS, ACCOUNTS, PAYMENTS, MESSAGES = "USERS_TABLE", "ACCOUNTS_TABLE", "PAYMENTS_TABLE", "MESSAGES_TABLE"
TABLES = (USERS, ACCOUNTS, PAYMENTS, MESSAGES)

_WHOLE_PARTITIONS = {
    USERS: ("USER#", "EMAIL#", "ESIA#", "STAFF#", "STAFFEMAIL#"),
    ACCOUNTS: ("ACCOUNT#",),
    PAYMENTS: ("ORDER#", "CART#", "CARDS#", "AUTOPAY#", "AUTOPAID#"),
    MESSAGES: (),
}
"""Partitions that are one person's, account's or order's, read whole; of all others the row alone."""
_REFUND = "-r"
"""Between an order's number and what had been refunded before, in the identifier of a refund's posting."""


class Place(NamedTuple):
    """A row, or with `sk` None a whole partition."""

    table: str
    pk: str
    sk: str | None = None


class RegistryPayment(NamedTuple):
    """A payment in whichever of a supplier's newest registries has taken it from the work list."""

    supplier_id: str
    payment_id: str


def own_place(table: str, pk: str, sk: str) -> Place:
    """Return the place that a row belongs to."""
    return Place(table, pk) if pk.startswith(_WHOLE_PARTITIONS[table]) else Place(table, pk, sk)


def related(table: str, row: Mapping[str, Any]) -> Iterator[Place | RegistryPayment]:
    """Yield the row's own place and what may have been written in one transaction with it."""
    pk, sk = row["pk"], row["sk"]
    yield own_place(table, pk, sk)
    lines = row.get("lines")
    entries = [row, *(line for line in lines if isinstance(line, dict))] if isinstance(lines, list) else [row]
    for entry in entries:
        for name in ("account_id", "bound_account"):
            if ":" in str(entry.get(name) or ""):
                yield Place(ACCOUNTS, account_partition(entry[name]))
    for user_id in {row.get("user_id"), row.get("subscriber")} - {None, ""}:
        yield from _person_places(str(user_id))
    if table == USERS and pk.startswith("USER#"):
        yield from _person_places(pk.removeprefix("USER#"))
        if sk == "PROFILE" and row.get("email"):
            yield Place(USERS, email_partition(canonical_email(row["email"])))
    if table == ACCOUNTS:
        yield from _account_orders(row)
    if table == PAYMENTS:
        yield from _payment_places(row)


def _person_places(user_id: str) -> Iterator[Place]:
    yield Place(USERS, f"USER#{user_id}")
    for key in (cart_key(user_id), cards_key(user_id)):
        yield Place(PAYMENTS, key[0])
    yield Place(PAYMENTS, autopay_partition(user_id))


def _account_orders(row: Mapping[str, Any]) -> Iterator[Place]:
    named = [*row.get("reserved", {}), *row.get("unaccounted", {}), row.get("order_id")]
    for payment_id in named:
        if payment_id:
            yield _order(payment_id)


def _payment_places(row: Mapping[str, Any]) -> Iterator[Place | RegistryPayment]:
    payment_id = row.get("payment_id")
    if payment_id:  # in the work list or in a registry
        yield _order(payment_id)
        yield from _supplier_places(payment_id, row.get("lines", []))
    if row["sk"] != "ORDER":
        if row.get("order_id"):
            yield _order(row["order_id"])
        return
    if row.get("replaced_by"):
        yield _order(row["replaced_by"])
    zone = next(iter(row["time_zones"].values()))
    for posted, at in _postings(row):
        day = clock.local_date(datetime.fromisoformat(at), zone)
        yield Place(PAYMENTS, *journal_key(row["merchant"]["contract"], day, posted))
        yield from _supplier_places(posted, row["lines"])


def _postings(order: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield identifier and time of what was posted for an order: the payment, and each refund."""
    if order.get("paid_at"):
        yield order["order_id"], order["paid_at"]
    refunded = 0
    for refund in order.get("refunds", []):
        if refund["status"] == "done":
            yield f"{order['order_id']}{_REFUND}{refunded}", refund["at"]
            refunded += refund["amount"]


def _supplier_places(payment_id: str, lines: list[Mapping[str, Any]]) -> Iterator[Place | RegistryPayment]:
    for supplier_id in dict.fromkeys(supplier_part(line["account_id"]) for line in lines):
        yield Place(PAYMENTS, *export_queue_key(supplier_id, payment_id))
        yield RegistryPayment(supplier_id, payment_id)


def _order(payment_id: str) -> Place:
    return Place(PAYMENTS, order_key(payment_id.partition(_REFUND)[0])[0])
