"""When readings are taken, and for which month they count, by the supplier's days. Pure."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from cabinet.accounts.supplier_model import ReadingWindow
from cabinet.core.periods import Period, period_from_date, period_title, shift_period

OLDEST_DAYS = 31
"""How far back a reading may have been taken: a month, so that a window missed by a day is not lost."""


@dataclass(frozen=True, slots=True)
class Window:
    """The window that a day belongs to, as the form shows it."""

    opens_on: date
    closes_on: date
    accepts_readings: bool
    """Whether readings are taken on this day: in the window, and after it for the next month."""
    period: Period
    """The month that a reading handed in on this day counts for."""
    note: str


def window_for(day: date, rule: ReadingWindow) -> Window:
    """Return the window on `day`, a calendar day in the supplier's time zone."""
    month = period_from_date(day)
    if rule.always_open:
        last = calendar.monthrange(day.year, day.month)[1]
        closes_on = day.replace(day=last)
        note = (
            f"Показания принимаются всегда. Переданные до {closes_on:%d.%m.%Y} включительно "
            f"будут учтены за месяц «{period_title(month)}»."
        )
        return Window(day.replace(day=1), closes_on, True, month, note)
    opens_on, closes_on = day.replace(day=rule.opens_day), day.replace(day=rule.closes_day)
    if day < opens_on:
        note = f"Показания принимаются с {rule.opens_day} по {rule.closes_day} число месяца."
        return Window(opens_on, closes_on, False, month, note)
    if day <= closes_on:
        note = f"Показания за месяц «{period_title(month)}» принимаются до {closes_on:%d.%m.%Y} включительно."
        return Window(opens_on, closes_on, True, month, note)
    following = shift_period(month, 1)
    note = (
        f"Приём за месяц «{period_title(month)}» завершён {closes_on:%d.%m.%Y}: "
        f"показания будут учтены за месяц «{period_title(following)}»."
    )
    return Window(opens_on, closes_on, True, following, note)


def too_old(taken_on: date, today: date) -> bool:
    """Tell whether a reading was taken too long ago to be handed in."""
    return taken_on < today - timedelta(days=OLDEST_DAYS)
