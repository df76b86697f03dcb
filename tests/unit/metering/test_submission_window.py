"""Windows at their edges: month ends, leap day, the supplier's midnight."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.accounts.supplier_model import ReadingWindow
from cabinet.core.clock import local_date
from cabinet.core.periods import months_between, period_from_date
from cabinet.metering.submission_window import too_old, window_for

RULE = ReadingWindow(opens_day=15, closes_day=25)


@pytest.mark.parametrize(
    ("day", "accepts_readings", "period"),
    [
        ("2026-10-01", False, "2026-10"), ("2026-10-14", False, "2026-10"),
        ("2026-10-15", True, "2026-10"), ("2026-10-25", True, "2026-10"),
        ("2026-10-26", True, "2026-11"), ("2026-10-31", True, "2026-11"),
        ("2026-11-01", False, "2026-11"), ("2026-12-31", True, "2027-01"),
        ("2028-02-28", True, "2028-03"), ("2028-02-29", True, "2028-03"), ("2027-02-28", True, "2027-03"),
    ],
)  # fmt: skip
def test_a_late_reading_counts_for_the_next_month(day: str, accepts_readings: bool, period: str) -> None:
    window = window_for(date.fromisoformat(day), RULE)
    assert (window.accepts_readings, window.period) == (accepts_readings, period)
    assert (window.opens_on.day, window.closes_on.day) == (15, 25)
    assert window.note


@pytest.mark.parametrize(
    ("moment", "day", "accepts_readings"),
    [
        (datetime(2026, 10, 14, 18, 59, 59, tzinfo=UTC), "2026-10-14", False),
        (datetime(2026, 10, 14, 19, 0, 0, tzinfo=UTC), "2026-10-15", True),
        (datetime(2028, 2, 28, 19, 0, 0, tzinfo=UTC), "2028-02-29", True),
        (datetime(2026, 12, 31, 19, 0, 0, tzinfo=UTC), "2027-01-01", False),
    ],
)  # fmt: skip
def test_midnight_is_the_suppliers(moment: datetime, day: str, accepts_readings: bool) -> None:
    today = local_date(moment, "Asia/Yekaterinburg")
    assert today.isoformat() == day
    assert window_for(today, RULE).accepts_readings is accepts_readings


@pytest.mark.parametrize(("day", "last"), [("2028-02-29", 29), ("2026-02-01", 28), ("2026-04-30", 30)])
def test_an_always_open_window_is_the_month(day: str, last: int) -> None:
    window = window_for(date.fromisoformat(day), ReadingWindow(always_open=True))
    assert window.accepts_readings
    assert (window.opens_on.day, window.closes_on.day, window.period) == (1, last, day[:7])
    assert f"до {window.closes_on:%d.%m.%Y} включительно" in window.note


@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)), st.integers(1, 28), st.integers(1, 28))
def test_a_reading_counts_for_its_month_or_the_next(day: date, opens: int, closes: int) -> None:
    window = window_for(day, ReadingWindow(opens_day=min(opens, closes), closes_day=max(opens, closes)))
    assert months_between(period_from_date(day), window.period) == (day > window.closes_on)
    assert window.accepts_readings is (day >= window.opens_on)


def test_a_month_back_is_the_oldest() -> None:
    today = date(2026, 3, 31)
    assert not too_old(today - timedelta(days=31), today)
    assert too_old(today - timedelta(days=32), today)
