"""Terms of requests in working days, by the production calendar. Pure.

Holidays are those of the Labour Code (ТК РФ, ст. 112): one that falls on a Saturday or Sunday moves to the
next working day, those of January do not. What the government moves each year is the supplier's setting.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from cabinet.accounts.supplier_model import DayKind, Supplier
from cabinet.service_requests.model import Kind

_DAY = timedelta(days=1)
_SATURDAY = 5
_JANUARY_HOLIDAYS = range(1, 9)
_HOLIDAYS = ((2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4))


def is_working_day(day: date, moved: Mapping[date, DayKind]) -> bool:
    """Tell whether offices work on a day (five-day week); `moved` has the last word."""
    if day in moved:
        return moved[day] == "work"
    return not (day.weekday() >= _SATURDAY or _is_holiday(day) or day in _substitutes(day.year))


def _is_holiday(day: date) -> bool:
    return (day.month, day.day) in _HOLIDAYS or (day.month == 1 and day.day in _JANUARY_HOLIDAYS)


def _substitutes(year: int) -> set[date]:
    """Return the days off that replace a year's holidays which fall on a weekend (ст. 112, часть 2)."""
    found: set[date] = set()
    for month, number in _HOLIDAYS:
        day = date(year, month, number)
        if day.weekday() < _SATURDAY:
            continue
        while day.weekday() >= _SATURDAY or _is_holiday(day) or day in found:
            day += _DAY
        found.add(day)
    return found


def answer_by(kind: Kind, sent_on: date, supplier: Supplier) -> date:
    """Return the last day for the answer: the term counts from the day after the request's."""
    day, left = sent_on, supplier.answer_days(kind.value)
    while left > 0:
        day += _DAY
        left -= is_working_day(day, supplier.moved_days)
    return day


def is_overdue(due: date | None, today: date) -> bool:
    """Tell whether the term of an open request has passed."""
    return due is not None and due < today
