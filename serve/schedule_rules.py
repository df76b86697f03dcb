"""When a schedule was last due: EventBridge Scheduler's expressions, as far as template.yaml speaks them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MAX_DAYS = 366 * 4 + 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

type LastDue = Callable[[datetime], datetime | None]


class ExpressionUnknown(ValueError):
    """An expression that is not understood; the text is it."""


def last_due(expression: str, zone: ZoneInfo) -> LastDue:
    """Return a function for the newest moment, not after a given one, at which a schedule is due.

    A rate counts from the epoch, so that all processes agree. Hours of a cron are those of `zone`; None: it
    was not due in four years.

    Raises
    ------
    ExpressionUnknown
        A form that template.yaml has no use for (`L`, `W`, `#`, names of months).
    """
    if found := _RATE.fullmatch(expression):
        step = int(found[1]) * _UNITS[found[2]]
        if step:
            return lambda now: _EPOCH + (now - _EPOCH) // step * step
    if found := _CRON.fullmatch(expression):
        return _Cron.parse(expression, found.groups(), zone).last_due
    raise ExpressionUnknown(expression)


@dataclass(frozen=True, slots=True)
class _Cron:
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """Numbered from 1, Sunday, as by EventBridge."""
    years: frozenset[int]
    zone: ZoneInfo

    @classmethod
    def parse(cls, expression: str, fields: tuple[str, ...], zone: ZoneInfo) -> _Cron:
        try:
            minutes, hours, days, months, weekdays, years = (
                _numbers(field, low, high)
                for field, (low, high) in zip(
                    fields, ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199)), strict=True
                )
            )
        except ValueError:
            raise ExpressionUnknown(expression) from None
        return cls(
            tuple(sorted(minutes, reverse=True)), tuple(sorted(hours, reverse=True)),
            days, months, weekdays, years, zone,
        )  # fmt: skip

    def last_due(self, now: datetime) -> datetime | None:
        today = now.astimezone(self.zone).date()
        for back in range(_MAX_DAYS):
            day = today - timedelta(days=back)
            if not self._is_on(day):
                continue
            for hour, minute in product(self.hours, self.minutes):
                moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
                if moment <= now:
                    return moment.astimezone(UTC)
        return None

    def _is_on(self, day: date) -> bool:
        is_dated = day.day in self.days and day.month in self.months and day.year in self.years
        return is_dated and day.isoweekday() % 7 + 1 in self.weekdays


def _numbers(field: str, low: int, high: int) -> frozenset[int]:
    """Return the numbers of a field: `*`, `?`, `5`, `1-5`, `*/15`, `MON-FRI` and lists of them."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        else:
            begin, _, end = span.partition("-")
            first = _number(begin)
            last = _number(end) if end else (high if step else first)
        if not low <= first <= last <= high:
            raise ValueError(field)
        found.update(range(first, last + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str) -> int:
    return _DAYS.index(text) + 1 if text in _DAYS else int(text)
