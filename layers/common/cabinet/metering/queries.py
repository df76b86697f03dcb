"""Meters and readings of an account, as sheets and the form list them."""

from dataclasses import dataclass

from cabinet.accounts.keys import account_partition
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.aws.dynamo.serialization import Item
from cabinet.metering.model import Meter, Reading

METERS = 60
"""Meters of one account that are looked at: taken down ones stay listed, and are few."""
PAGE_SIZE = 24


@dataclass(frozen=True, slots=True)
class ReadingsPage:
    """A page of a meter's history, and the raw key where the next one begins."""

    items: list[Reading]
    next_key: Item | None


def list_meters(account_id: str, *, consistent: bool = False) -> list[Meter]:
    """Return the account's meters; one query, whatever the length of their history."""
    page = dynamo.query(
        Table.ACCOUNTS, account_partition(account_id), begins="METER#", limit=METERS, consistent=consistent
    )
    return [Meter.model_validate(row) for row in page.items]


def list_readings(account_id: str, meter_id: str, after: Item | None = None) -> ReadingsPage:
    """Return a page of a meter's readings: the last taken first, of one day the last handed in."""
    page = dynamo.query(
        Table.ACCOUNTS,
        account_partition(account_id),
        begins=f"READING#{meter_id}#",
        limit=PAGE_SIZE,
        after=after,
        newest_first=True,
    )
    # Their keys order them by day alone.
    readings = [Reading.model_validate(row) for row in page.items]
    readings.sort(key=lambda reading: (reading.taken_on, reading.submitted_at or ""), reverse=True)
    return ReadingsPage(readings, page.next_key)
