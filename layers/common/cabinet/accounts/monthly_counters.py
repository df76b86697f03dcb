"""What happened in a month with a supplier's accounts, counted as it happens: for the desk's first screen.

Each count is an action of the transaction of what it counts, so nothing is counted twice or left out. The
rows are spread, so that a supplier's residents do not all write one.
"""

from collections.abc import Sequence
from enum import StrEnum

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Key, Table, Transaction
from cabinet.core.errors import Conflict
from cabinet.core.identifiers import supplier_part
from cabinet.core.periods import Period
from cabinet.core.sharding import shard_for

SHARDS = 8
_MAX_COUNT = 10**12
_BELOW_MAX = "attribute_not_exists(#counter) OR #counter < :most"


class MonthlyCounter(StrEnum):
    """What is counted: each is an attribute of the rows."""

    BOUND = "bound"
    """Accounts that somebody has taken into a cabinet."""
    SUBMISSIONS = "submissions"
    """Forms of readings that were accepted, of residents and of guests."""
    ACTIVE = "active"
    """Residents who have opened the first screen; one with two suppliers' accounts is counted for both."""


def increment(
    transaction: Transaction, identifier: str, period: Period, counted: MonthlyCounter, shard_seed: str
) -> None:
    """Add one to the month's number of a supplier, or of an account's; `shard_seed` picks the row."""
    supplier_id = supplier_part(identifier)
    transaction.update(
        Table.ACCOUNTS, month_key(supplier_id, shard_for(shard_seed, SHARDS), period), "ADD #counter :one",
        condition=_BELOW_MAX, on_conflict=Conflict, names={"counter": counted.value}, one=1, most=_MAX_COUNT,
    )  # fmt: skip


def read_months(supplier_id: str, periods: Sequence[Period]) -> list[dict[MonthlyCounter, int]]:
    """Return the numbers of some months (at most twelve), in their order; one batch."""
    keys = [month_key(supplier_id, shard, period) for period in periods for shard in range(SHARDS)]
    rows = dynamo.batch_get([(Table.ACCOUNTS, key) for key in keys])
    return [
        {
            counted: sum(int((row or {}).get(counted.value, 0)) for row in rows[at : at + SHARDS])
            for counted in MonthlyCounter
        }
        for at in range(0, len(rows), SHARDS)
    ]


def month_key(supplier_id: str, shard: int, period: Period) -> Key:
    """Return the key of a row of a month's numbers."""
    return f"MONTH#{supplier_id}#{shard}", period
