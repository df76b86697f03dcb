"""The journal in storage: what each contract with a bank took in and refunded, day by day."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import batched

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.payments.bank_statement import StatementLine
from cabinet.payments.comparison import Comparison, Journal, KnownOrder, compare_with, sums
from cabinet.payments.keys import JOURNAL_SHARDS, journal_partition, order_key
from cabinet.payments.model import Order

_BATCH_SIZE = 100


def list_entries(contract: str, day: date) -> Iterator[StatementLine]:
    """Yield the payments and refunds of one day."""
    for shard in range(JOURNAL_SHARDS):
        for row in dynamo.query_all(Table.PAYMENTS, journal_partition(contract, day, shard)):
            yield StatementLine(row["order_id"], row["total"])


def compare_day(contract: str, day: date, statement: list[StatementLine]) -> Comparison:
    """Compare the bank's statement of a day with the journal; raises WrongStatement."""
    ours = list(list_entries(contract, day))
    bank, booked = sums(statement), sums(ours)
    differing = {order_id for order_id, amount in bank.items() if booked.get(order_id) != amount}
    adjacent_days = [
        [entry for entry in list_entries(contract, near) if entry.number in differing]
        for near in (day - timedelta(days=1), day + timedelta(days=1))
        if differing
    ]
    return compare_with(
        statement, Journal(contract, day, ours, adjacent_days, _known(differing - booked.keys()))
    )


def _known(order_ids: set[str]) -> dict[str, KnownOrder]:
    """Return what we know of orders that the day's journal lacks."""
    found = {}
    for some in batched(sorted(filter(_is_key, order_ids)), _BATCH_SIZE, strict=False):
        reads = [(Table.PAYMENTS, order_key(order_id)) for order_id in some]
        for item in dynamo.batch_get(reads, consistent=True):
            if item is not None:
                order = Order.model_validate(item)
                found[order.order_id] = _known_order(order)
    return found


def _is_key(order_id: str) -> bool:
    return 0 < len(order_id) <= 64


def _known_order(order: Order) -> KnownOrder:
    zone = next(iter(order.time_zones.values()))
    paid_on = clock.local_date(order.paid_at, zone) if order.paid_at is not None else None
    return KnownOrder(order.merchant.contract, order.status, paid_on, bool(order.duplicate_charges))
