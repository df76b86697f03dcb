"""Meters and their readings."""

from datetime import date
from typing import Any

import pytest

from cabinet.accounts.model import Account
from cabinet.metering.model import Meter, Reading, ZoneReading
from tests.support.app_client import AppClient
from tests.support.factories import bound_accounts
from tests.support.sheets_scenario import ACCOUNT


def hot_water(**changes: Any) -> Meter:
    fields: dict[str, Any] = {
        "meter_id": "34230774", "number": "34230774", "service": "ГВС С/У", "place": "С/У", "unit": "м3",
        "installed_on": date(2018, 4, 9), "verify_until": date(2024, 2, 13),
        "calculated_from": date(2018, 4, 9),
        "monthly": {"T1": {f"2019-{month:02d}": "2.000" for month in range(1, 10)}},
        "last": {"T1": ZoneReading(
            reading_id="r9", value="36.000", taken_on=date(2019, 9, 20), source="billing",
            period="2019-09", delta="2.000", accounted_on=date(2019, 9, 28),
        )},
    }  # fmt: skip
    return Meter(**(fields | changes))


def test_meters_show_average_and_last_reading(client: AppClient, account: Account) -> None:
    bound_accounts.meter(account.account_id, hot_water())
    assert client.get(f"{ACCOUNT}/meters").json()["items"] == [
        {
            "meter_id": "34230774",
            "number": "34230774",
            "service": "ГВС С/У",
            "place": "С/У",
            "unit": "м3",
            "installed_on": "2018-04-09",
            "verify_until": "2024-02-13",
            "calculated_from": "2018-04-09",
            "calculated_to": None,
            "removal_reason": "",
            "average_6_months": "2.000",
            "zones": [{"zone": "T1", "title": "", "last_value": "36.000", "last_taken_on": "2019-09-20"}],
            "last_reading": {
                "zone": "T1",
                "value": "36.000",
                "taken_on": "2019-09-20",
                "accounted_on": "2019-09-28",
                "source": "billing",
            },
        }
    ]
    consumption = client.get(f"{ACCOUNT}/consumption", params={"months": 3}).json()
    assert consumption["meters"][0]["points"] == [
        {"period": f"2019-0{month}", "volume": "2.000"} for month in (7, 8, 9)
    ]


def test_readings_of_a_meter_are_listed_newest_first(client: AppClient, account: Account) -> None:
    bound_accounts.meter(account.account_id, hot_water())
    for month in (8, 9):
        bound_accounts.reading(
            account.account_id,
            Reading(
                reading_id=f"r{month}", meter_id="34230774", zone="T1", value=f"{month}.000",
                taken_on=date(2019, month, 20), accounted_on=date(2019, month, 28), source="billing",
            ),
        )  # fmt: skip
    items = client.get(f"{ACCOUNT}/meters/34230774/readings").json()["items"]
    assert [(item["taken_on"], item["accounted_on"], item["value"]) for item in items] == [
        ("2019-09-20", "2019-09-28", "9.000"), ("2019-08-20", "2019-08-28", "8.000"),
    ]  # fmt: skip
    assert client.get(f"{ACCOUNT}/meters/1/readings").status_code == 404


def test_of_one_days_readings_the_last_handed_in_comes_first(client: AppClient, account: Account) -> None:
    bound_accounts.meter(account.account_id, hot_water())
    for reading_id, hour in (("b", 10), ("a", 12), ("c", 11)):
        bound_accounts.reading(
            account.account_id,
            Reading(
                reading_id=reading_id, meter_id="34230774", zone="T1", value="9.000", source="subscriber",
                taken_on=date(2019, 9, 20), submitted_at=f"2019-09-20T{hour}:00:00+00:00",
            ),
        )  # fmt: skip
    items = client.get(f"{ACCOUNT}/meters/34230774/readings").json()["items"]
    assert [(item["reading_id"], item["counts"]) for item in items] == [
        ("a", True), ("c", False), ("b", False),
    ]  # fmt: skip


def submitted(number: int, value: str, **changes: Any) -> Reading:
    fields: dict[str, Any] = {
        "reading_id": f"{7 * number % 40:02d}", "meter_id": "34230774", "zone": "T1", "value": value,
        "taken_on": date(2019, 9, 20), "source": "subscriber",
        "submitted_at": f"2019-09-20T{10 + number % 10}:00:00+00:00",
    }  # fmt: skip
    return Reading(**(fields | changes))


def test_of_a_day_the_newest_that_stands_of_its_zone_counts(client: AppClient, account: Account) -> None:
    bound_accounts.meter(account.account_id, hot_water())
    for number, (value, status, zone) in enumerate(
        [("77", "replaced", "T1"), ("74", "replaced", "T1"), ("76", "active", "T1"),
         ("79", "withdrawn", "T1"), ("5", "active", "T2")]
    ):  # fmt: skip
        bound_accounts.reading(account.account_id, submitted(9 - number, value, status=status, zone=zone,
            submitted_at=f"2019-09-20T1{number}:00:00+00:00"))  # fmt: skip
    items = client.get(f"{ACCOUNT}/meters/34230774/readings").json()["items"]
    assert [(item["value"], item["counts"]) for item in items] == [
        ("5", True), ("79", False), ("76", True), ("74", False), ("77", False),
    ]  # fmt: skip


@pytest.mark.parametrize(("a_day", "pages"), [(5, [20, 20]), (30, [30, 10]), (24, [24, 16]), (40, [40])])
def test_a_day_is_never_split_over_two_pages(
    client: AppClient, account: Account, a_day: int, pages: list[int]
) -> None:
    bound_accounts.meter(account.account_id, hot_water())
    for number in range(40):
        day, minute = divmod(number, a_day)
        taken_on = date(2019, 9, 20 - day)
        at = f"{taken_on}T10:{minute:02d}:00+00:00"
        bound_accounts.reading(
            account.account_id, submitted(number, f"{number}", taken_on=taken_on, submitted_at=at)
        )
    path = f"{ACCOUNT}/meters/34230774/readings"
    found, cursor = [], None
    while (page := client.get(path, params={"cursor": cursor} if cursor else {}).json())["items"]:
        found.append(page["items"])
        cursor = page["next"]
        if cursor is None:
            break
    assert [len(items) for items in found] == pages
    seen = [int(item["value"]) for items in found for item in items]
    days = [range(first, min(first + a_day, 40)) for first in range(0, 40, a_day)]
    assert seen == [number for day in days for number in reversed(day)]
    counts = [int(item["value"]) for items in found for item in items if item["counts"]]
    assert counts == [day[-1] for day in days]
