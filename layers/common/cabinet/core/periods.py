"""Billing periods: calendar months written ``2019-09``, so that strings sort as the months do."""

import re
from datetime import date
from typing import Annotated

from pydantic import StringConstraints

type Period = Annotated[str, StringConstraints(pattern=r"^(19|20)\d\d-(0[1-9]|1[0-2])$")]
"""A month, ``ГГГГ-ММ``."""

_PERIOD = re.compile(r"((?:19|20)\d\d)-(0[1-9]|1[0-2])", re.ASCII)
_MONTHS = (
    "Январь", "Февраль", "Март", "Апрель", "Май", "Июнь",
    "Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь",
)  # fmt: skip


def parse_period(text: str) -> Period:
    """Return `text` when it is a period, else raise ValueError."""
    if _PERIOD.fullmatch(text) is None:
        raise ValueError(f"not a period: {text!r}")
    return text


def period_from_date(day: date) -> Period:
    """Return the month that `day` belongs to."""
    return f"{day.year:04d}-{day.month:02d}"


def shift_period(period: Period, months: int) -> Period:
    """Return the period `months` later (earlier when negative)."""
    index = int(period[:4]) * 12 + int(period[5:]) - 1 + months
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def months_between(earlier: Period, later: Period) -> int:
    """Return how many months `later` is after `earlier`."""
    return (int(later[:4]) - int(earlier[:4])) * 12 + int(later[5:]) - int(earlier[5:])


def period_title(period: Period) -> str:
    """Return «Сентябрь 2019», as the site's month switch shows it."""
    return f"{_MONTHS[int(period[5:]) - 1]} {period[:4]}"


def receipt_title(kind_title: str, period: Period) -> str:
    """Return «Квитанция Объединённая за СЕНТЯБРЬ 2019», as the manual titles a receipt."""
    return f"Квитанция {kind_title} за {period_title(period).upper()}"
