"""The only place that reads the clock, so that rules can be given a time and tests can move it."""

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Return seconds that only ever grow, for how long something lasts within one process."""
    return time.monotonic()


def epoch(moment: datetime) -> int:
    """Return whole seconds since 1970: the form of ``expires_at`` and of token claims."""
    return int(moment.timestamp())


def local_date(moment: datetime, time_zone: str) -> date:
    """Return the calendar day that `moment` falls on in a supplier's time zone (IANA name)."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def timestamp(moment: datetime) -> str:
    """Return UTC ISO 8601 with microseconds: fixed width, so that strings sort as the instants do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
