"""The order of a meter's readings, and which of them count. Pure."""

from collections.abc import Sequence
from datetime import date, datetime

from cabinet.core.clock import local_date
from cabinet.metering.model import Reading

_DAY_START, _DAY_END = "", "~"


def newest_first(readings: Sequence[Reading], time_zone: str) -> list[Reading]:
    """Return readings by the day they were taken, then by when they became known, newest first.

    A reading of billing has only a day of the supplier's calendar (`time_zone`). If a resident's valid
    reading came on that day, billing's sorts below it, otherwise above all of the day.
    """
    own_days = {
        (reading.taken_on, reading.zone, _received_on(reading, time_zone))
        for reading in readings
        if reading.submitted_at and reading.status == "active"
    }

    def known(reading: Reading) -> tuple[date, date, str]:
        day = _received_on(reading, time_zone)
        moment = reading.submitted_at
        if not moment:
            is_older = (reading.taken_on, reading.zone, day) in own_days
            moment = _DAY_START if is_older else _DAY_END
        return reading.taken_on, day, moment

    by_zone = sorted(readings, key=lambda reading: reading.zone)
    return sorted(by_zone, key=known, reverse=True)


def effective_reading_ids(newest: Sequence[Reading]) -> set[str]:
    """Return which readings count: of a zone's readings of one day the newest valid one."""
    found: dict[tuple[date, str], str] = {}
    for reading in newest:
        if reading.status == "active":
            found.setdefault((reading.taken_on, reading.zone), reading.reading_id)
    return set(found.values())


def _received_on(reading: Reading, time_zone: str) -> date:
    if reading.submitted_at:
        return local_date(datetime.fromisoformat(reading.submitted_at), time_zone)
    return reading.accounted_on or reading.taken_on
