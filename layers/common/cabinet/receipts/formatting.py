"""How the sheet words sums, dates, periods and line numbers."""

import re
from collections.abc import Iterable
from datetime import date

from cabinet.core.money import NO_BREAK_SPACE, Kopecks, format_rubles

_SHORT_MONTHS = ("Янв", "Фев", "Мар", "Апр", "Май", "Июн", "Июл", "Авг", "Сен", "Окт", "Ноя", "Дек")
_PERIOD = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_TITLED = re.compile(r"([А-Яа-я]{3,8}) (\d{4})")


def format_amount(kopecks: Kopecks | None) -> str:
    """Show a sum as «5 203,46»; nothing where the billing system gave none."""
    # An ordinary space: people search the PDF for «5 203,46» as they type it.
    return "" if kopecks is None else format_rubles(kopecks).replace(NO_BREAK_SPACE, " ")


def format_date(when: date | None) -> str:
    """Show a date as 28.09.2017."""
    return "" if when is None else f"{when:%d.%m.%Y}"


def short_period(worded: str) -> str:
    """Show ``2016-03`` or «Март 2016» as «Мар 2016», the way the sheet does; other texts as they are."""
    if numbered := _PERIOD.fullmatch(worded):
        return f"{_SHORT_MONTHS[int(numbered[2]) - 1]} {numbered[1]}"
    if titled := _TITLED.fullmatch(worded.strip()):
        short = titled[1][:3].capitalize()
        return f"{short} {titled[2]}" if short in _SHORT_MONTHS else worded
    return worded


def format_decimal(text: str) -> str:
    """Show a decimal or a text with one («16.00 руб/м2») with the Russian comma."""
    return text.replace(".", ",") if any(character.isdigit() for character in text) else text


def format_ranges(numbers: Iterable[int]) -> str:
    """Show line numbers as «3, 5-7»."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(_span(first, last) for first, last in spans)


def _span(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first}, {last}" if last == first + 1 else f"{first}-{last}"
