"""Meters as the account's reader may see them: a new holder not what was used before they came. Pure.

`accounts.new_holder_rules` says since when. A meter's own data and its last value stay: the next reading
counts from it. Checks and writes use the whole meter, never this one.
"""

from collections.abc import Iterable

from cabinet.accounts.model import Account, HistoryStart
from cabinet.metering.model import Meter, ZoneReading


def shown_meters(account: Account, meters: Iterable[Meter]) -> list[Meter]:
    """Return the meters as `account`'s reader may see them; those taken off before are left out."""
    start = account.shown_from
    if start is None:
        return list(meters)
    return [shown_meter(meter, start) for meter in meters if not _is_taken_off(meter, start)]


def shown_meter(meter: Meter, start: HistoryStart) -> Meter:
    """Return a meter without the months and readings before `start`, but for its last value."""
    monthly = {
        zone: {period: volume for period, volume in months.items() if period > start.last_hidden_period}
        for zone, months in meter.monthly.items()
    }
    before = {zone: each for zone, each in meter.before.items() if each.taken_on >= start.day}
    last = {
        zone: each if each.taken_on >= start.day else _value_alone(each) for zone, each in meter.last.items()
    }
    return meter.model_copy(update={"monthly": monthly, "before": before, "last": last})


def _is_taken_off(meter: Meter, start: HistoryStart) -> bool:
    return meter.calculated_to is not None and meter.calculated_to < start.day


def _value_alone(reading: ZoneReading) -> ZoneReading:
    """Return a former holder's reading without the month that it was for and what it changed."""
    return reading.model_copy(
        update={"period": None, "delta": None, "accounted_on": None, "superseded_export": None}
    )
