"""Counting the active residents of a month: a person once for each supplier whose account they have. Pure."""

from collections.abc import Collection

from cabinet.core.periods import Period

MAX_SUPPLIERS = 20
"""That one visit counts for; the others are counted by the next one."""


def mark_active(mark: str, period: Period, suppliers: Collection[str]) -> tuple[str, list[str]]:
    """Return the profile's mark after a visit and the suppliers that the visit is to be counted for.

    A mark names the month of the last counted visit and the suppliers that it was counted for, by spaces:
    ``2026-11 uk-a uk-b``; empty before the first one. A mark of a later month is kept: the request that wrote
    it had another clock, at the turn of a month.
    """
    month, _, names = mark.partition(" ")
    if month > period:
        return mark, []
    counted = set(names.split()) if month == period else set()
    coming = sorted({*suppliers} - counted)[:MAX_SUPPLIERS]
    return " ".join([period, *sorted({*counted, *coming})]), coming
