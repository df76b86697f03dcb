"""Meters and readings of an account, as views and the form list them."""

from dataclasses import dataclass
from datetime import date

from cabinet.accounts.keys import account_partition
from cabinet.accounts.model import Account
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table
from cabinet.metering.history import newest_first
from cabinet.metering.model import Meter, Reading
from cabinet.metering.shown_meter_rules import shown_meters

MAX_METERS = 60
"""Maximum meters read of one account: removed ones stay listed, and are few."""
PAGE_SIZE = 24
DAY_LIMIT = 500
"""The most readings of one day that one page shows; nobody corrects a meter that often."""


@dataclass(frozen=True, slots=True)
class ReadingsPage:
    """A page of a meter's history, and the raw key where the next one begins."""

    items: list[Reading]
    next_key: Item | None


def list_meters(account_id: str, *, consistent: bool = False) -> list[Meter]:
    """Return the account's meters; one query, whatever the length of their history."""
    page = dynamo.query(
        Table.ACCOUNTS,
        account_partition(account_id),
        begins="METER#",
        limit=MAX_METERS,
        consistent=consistent,
    )
    return [Meter.model_validate(row) for row in page.items]


def list_shown_meters(account: Account) -> list[Meter]:
    """Return the account's meters as its reader may see them; one query."""
    return shown_meters(account, list_meters(account.account_id))


def list_readings(
    account_id: str, meter_id: str, time_zone: str, after: Item | None = None, *, since: date | None = None
) -> ReadingsPage:
    """Return a page of a meter's readings: the last taken first, of one day the last submitted.

    With `since`, of that day or later. Their keys order them by day alone, so a page ends with a day: none is
    split over two pages.
    """
    prefix = f"READING#{meter_id}#"
    rows, next_key = _page(account_id, (f"{prefix}{since or ''}", f"{prefix}~"), PAGE_SIZE + 1, after)
    if len(rows) > PAGE_SIZE:
        days = [row["taken_on"] for row in rows]
        end = days.index(days[-1])
        if end:
            rows = rows[:end]
            next_key = {"pk": rows[-1]["pk"], "sk": rows[-1]["sk"]}
        else:
            day = f"{prefix}{days[0]}#"
            # A start key outside of what is asked for is an error of DynamoDB.
            started = after if after and after["sk"].startswith(day) else None
            rows, next_key = _page(account_id, (day, f"{day}~"), DAY_LIMIT, started)
            next_key = next_key or {"pk": rows[-1]["pk"], "sk": rows[-1]["sk"]}
    readings = [Reading.model_validate(row) for row in rows]
    return ReadingsPage(newest_first(readings, time_zone), next_key)


def _page(
    account_id: str, between: tuple[str, str], limit: int, after: Item | None
) -> tuple[list[Item], Item | None]:
    page = dynamo.query(
        Table.ACCOUNTS,
        account_partition(account_id),
        between=between,
        limit=limit,
        after=after,
        newest_first=True,
    )
    return page.items, page.next_key
