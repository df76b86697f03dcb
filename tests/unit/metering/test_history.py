"""The order of readings of one day, where some have a time and billing's have a day alone."""

from datetime import date
from typing import Any

import pytest

from cabinet.metering.history import effective_reading_ids, newest_first
from cabinet.metering.model import Reading

DAY = date(2026, 10, 20)
YEKATERINBURG = "Asia/Yekaterinburg"


def reading(name: str, **changes: Any) -> Reading:
    fields = {"reading_id": name, "meter_id": "m", "zone": "T1", "value": "1", "taken_on": DAY}
    return Reading(**(fields | {"source": "subscriber"} | changes))


def own(name: str, at: str, status: str = "active") -> Reading:
    return reading(name, submitted_at=f"{at}+00:00", status=status)


def billings(name: str, accounted_on: date | None) -> Reading:
    return reading(name, source="billing", accounted_on=accounted_on)


@pytest.mark.parametrize(
    ("readings", "order", "counts"),
    [
        # Billing corrected on the same day what had been handed in.
        ([own("o", "2026-10-20T05:00:00", "replaced"), billings("b", DAY)], "bo", "b"),
        # The resident came after billing, on the same day.
        ([billings("b", DAY), own("o", "2026-10-20T05:00:00")], "ob", "o"),
        ([own("o", "2026-10-20T05:00:00"), billings("b", date(2026, 10, 27))], "bo", "b"),
        ([own("o", "2026-10-27T05:00:00"), billings("b", date(2026, 10, 25))], "ob", "o"),
        # 22:00 in UTC is the next day in the supplier's time zone.
        ([own("o", "2026-10-20T22:00:00"), billings("b", DAY)], "ob", "o"),
        ([own("o", "2026-10-20T22:00:00", "withdrawn"), billings("b", DAY)], "ob", "b"),
        ([billings("b", None), own("o", "2026-10-20T05:00:00", "withdrawn")], "bo", "b"),
        ([own("x", "2026-10-20T05:00:00", "replaced"), own("o", "2026-10-20T06:00:00")], "ox", "o"),
    ],
)
def test_newest_of_a_day(readings: list[Reading], order: str, counts: str) -> None:
    for given in (readings, readings[::-1]):
        found = newest_first(given, YEKATERINBURG)
        assert "".join(each.reading_id for each in found) == order
        assert effective_reading_ids(found) == {counts}


def test_zones_and_days_count_for_themselves() -> None:
    other = reading("z", zone="T2", submitted_at="2026-10-20T04:00:00+00:00")
    earlier = reading("e", taken_on=date(2026, 10, 19), submitted_at="2026-10-21T04:00:00+00:00")
    found = newest_first([earlier, own("o", "2026-10-20T05:00:00"), other], YEKATERINBURG)
    assert [each.reading_id for each in found] == ["o", "z", "e"]
    assert effective_reading_ids(found) == {"o", "z", "e"}
