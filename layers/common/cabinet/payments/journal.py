"""The journal in storage: what each contract with a bank took in and gave back, day by day."""

from collections.abc import Iterator
from datetime import date, timedelta

from cabinet import dynamo
from cabinet.dynamo import Table
from cabinet.payments.keys import JOURNAL_SHARDS, journal_partition
from cabinet.payments.register import Comparison, Entry, compare


def entries(contract: str, day: date) -> Iterator[Entry]:
    """Yield the payments and refunds of one day."""
    for shard in range(JOURNAL_SHARDS):
        for row in dynamo.walk(Table.PAYMENTS, journal_partition(contract, day, shard)):
            yield Entry(row["order_id"], row["total"])


def compare_day(contract: str, day: date, register: list[Entry]) -> Comparison:
    """Compare the bank's register of a day with the journal.

    The bank's day may begin at another hour than ours, and we hear of a payment after the bank does: an order
    of the register that our day lacks is looked for in the days beside it.
    """
    named = {entry.number.partition("-")[0] for entry in register}
    ours = list(entries(contract, day))
    missing = named - {entry.number for entry in ours}
    if missing:
        for beside in (day - timedelta(days=1), day + timedelta(days=1)):
            ours += [entry for entry in entries(contract, beside) if entry.number in missing]
    return compare(register, ours)
