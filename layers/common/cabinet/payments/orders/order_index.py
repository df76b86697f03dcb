"""Where an order is found by its accounts and its time: a small row for each account, written with the order.

The row is in the account's partition; through the index `by_subscriber` it is in its supplier's, by
time. It holds nothing that changes.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import batched
from zoneinfo import ZoneInfo

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Item, Table, Transaction
from cabinet.core import clock
from cabinet.core.identifiers import supplier_part
from cabinet.core.sharding import shard_for
from cabinet.payments.keys import (
    GSI_BY_SUBSCRIBER,
    ORDER_INDEX_SHARDS,
    account_orders_partition,
    order_key,
    supplier_orders_partition,
)
from cabinet.payments.model import Order

PAGE_SIZE = 25
_BATCH_SIZE = 50
_MAX_EXAMINED = 500
"""Rows that one page reads at most to find what is asked for; a rarer find comes with the next page."""


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Orders, newest first, and after which place the next page begins (None: there is no more)."""

    items: list[Order]
    next_after: str | None


type Days = tuple[date, date]
"""First and last day, both included, each in the supplier's time zone."""


def add(transaction: Transaction, order: Order) -> None:
    """Add an order's rows to the transaction that makes it."""
    place = f"{clock.timestamp(order.created_at)}#{order.order_id}"
    shard = shard_for(order.order_id, ORDER_INDEX_SHARDS)
    for account_id in order.account_ids:
        row: Item = {
            "pk": account_orders_partition(account_id),
            "sk": place,
            "order_id": order.order_id,
            "subscriber": supplier_orders_partition(supplier_part(account_id), shard),
            "created_at": place,
        }
        transaction.put(Table.PAYMENTS, row, condition=IS_ABSENT, on_conflict=dynamo.conflict)


def list_by_account(
    account_ids: Sequence[str], matches: Callable[[Order], bool], after: str | None
) -> OrderPage:
    """Return the orders of some accounts, newest first; a query of each, and the orders themselves."""
    streams = [
        _stream(account_orders_partition(account_id), None, ("0", "~"), after) for account_id in account_ids
    ]
    return _page(streams, matches, after)


def list_by_time(
    zones: Mapping[str, str], days: Days, matches: Callable[[Order], bool], after: str | None
) -> OrderPage:
    """Return the orders of suppliers that were made within `days`, newest first; `zones` by supplier."""
    streams = [
        _stream(supplier_orders_partition(supplier_id, shard), GSI_BY_SUBSCRIBER, _within(days, zone), after)
        for supplier_id, zone in zones.items()
        for shard in range(ORDER_INDEX_SHARDS)
    ]
    return _page(streams, matches, after)


def _within(days: Days, zone: str) -> tuple[str, str]:
    """Return the first place of the days, and the first one behind them."""
    first, last = days
    return _midnight(first, zone), _midnight(last + timedelta(days=1), zone)


def _midnight(day: date, zone: str) -> str:
    begins = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return clock.timestamp(begins.astimezone(UTC))


def _stream(
    partition: str, index: tuple[str, str, str] | None, between: tuple[str, str], after: str | None
) -> Iterator[Item]:
    """Yield a partition's rows below `after`, read as they are needed."""
    low, high = between
    if after is not None:
        high = min(high, after)
    if low > high:
        return iter(())
    found = dynamo.query_all(
        Table.PAYMENTS, partition, index=index, between=(low, high), limit=_BATCH_SIZE, newest_first=True
    )
    return (row for row in found if after is None or _place(row) < after)


def _place(row: Item) -> str:
    return str(row["created_at"])


def _page(streams: list[Iterator[Item]], matches: Callable[[Order], bool], after: str | None) -> OrderPage:
    """Read on until the page is full, the rows are at an end, or enough rows were read."""
    items: list[Order] = []
    last = after or ""
    for number, rows in enumerate(batched(_distinct(streams), _BATCH_SIZE, strict=False)):
        for row, found in zip(rows, _orders(rows), strict=True):
            if len(items) == PAGE_SIZE:
                return OrderPage(items, last)
            last = _place(row)
            if found is not None and matches(found):
                items.append(found)
        if (number + 1) * _BATCH_SIZE >= _MAX_EXAMINED:
            return OrderPage(items, last)
    return OrderPage(items, None)


def _distinct(streams: list[Iterator[Item]]) -> Iterator[Item]:
    """Yield the rows by time, newest first; of an order of several accounts one."""
    seen = ""
    for row in heapq.merge(*streams, key=_place, reverse=True):
        if row["order_id"] != seen:
            seen = row["order_id"]
            yield row


def _orders(rows: Sequence[Item]) -> list[Order | None]:
    reads = [(Table.PAYMENTS, order_key(row["order_id"])) for row in rows]
    found = dynamo.batch_get(reads, consistent=True)
    return [None if item is None else Order.model_validate(item) for item in found]
