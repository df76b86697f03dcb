"""How a meter's state changes when a reading is accepted, replaced, withdrawn or brought by billing. Pure.

The import and the submission share these functions, so averages and charts never need the history itself.
"""

from dataclasses import dataclass
from datetime import date

from cabinet.core.periods import Period, months_between, period_from_date, shift_period
from cabinet.metering.model import Meter, Monthly, Source, ZoneReading
from cabinet.metering.volumes import Millionths, format_volume, parse_volume

RETENTION_MONTHS = 36
AVERAGE_MONTHS = 6
MIN_MONTHS = 3
"""Fewer months of history have no average (п. 59 ПП РФ № 354)."""
AVERAGE_DECIMALS = 3


def apply_reading(meter: Meter, zone: str, reading: ZoneReading, *, replaces: bool) -> Meter:
    """Return the meter with `reading` active in its zone.

    When it `replaces` the active one (a second submission before the cut-off), the reading before that
    stays the base of comparison and the month loses the replaced change.
    """
    active = meter.last.get(zone)
    monthly = meter.monthly
    if replaces and active is not None:
        monthly = _without(meter, zone, active)
        base = meter.before.get(zone)
    else:
        base = active
    if reading.period is not None and reading.delta is not None:
        monthly = add_volume(monthly, zone, reading.period, parse_volume(reading.delta), meter.decimals)
    return meter.model_copy(
        update={
            "last": meter.last | {zone: reading},
            "before": _with(meter.before, zone, base),
            "monthly": monthly,
            "version": meter.version + 1,
        }
    )


def withdraw(meter: Meter, zone: str) -> Meter:
    """Return the meter without its active reading: the one before it becomes active again."""
    active = meter.last[zone]
    return meter.model_copy(
        update={
            "last": _with(meter.last, zone, meter.before.get(zone)),
            "before": _with(meter.before, zone, None),
            "monthly": _without(meter, zone, active),
            "version": meter.version + 1,
        }
    )


@dataclass(frozen=True, slots=True)
class MergeResult:
    """What one row of billing's registry of readings means for a meter."""

    meter: Meter
    """The meter after it; the same object when nothing changes."""
    acknowledged: ZoneReading | None = None
    """Our own reading that billing has accepted: its row gets the date («учтено»)."""
    new: ZoneReading | None = None
    """A reading that we did not have: a row of history to write."""
    replaced: ZoneReading | None = None
    """The active reading that billing corrected on the same day."""


def merge_imported(
    meter: Meter, zone: str, value: str, taken_on: date, accounted_on: date | None, source: Source
) -> MergeResult:
    """Return what billing's reading means: an acknowledgement, a new reading, or a bit of old history.

    The same row again changes nothing. `value` is a decimal string; the new reading's identifier follows from
    the row, so that a repeated import finds its own: a row older than those in the meter comes back as `new`
    each time, and its put, conditional on absence, writes it once.
    """
    millionths = parse_volume(value)
    for attribute in ("last", "before"):
        known: ZoneReading | None = getattr(meter, attribute).get(zone)
        if known is not None and known.taken_on == taken_on and known.value_millionths == millionths:
            if known.accounted_on == accounted_on or accounted_on is None:
                return MergeResult(meter)
            accounted = known.model_copy(update={"accounted_on": accounted_on})
            by_zone = getattr(meter, attribute) | {zone: accounted}
            changed = meter.model_copy(update={attribute: by_zone, "version": meter.version + 1})
            return MergeResult(changed, acknowledged=accounted)

    active = meter.last.get(zone)
    if active is not None and active.superseded_export is not None:
        exported = active.superseded_export
        if exported.taken_on == taken_on and parse_volume(exported.value) == millionths:
            return _acknowledge_replaced(meter, zone, active, accounted_on)
    corrects = active is not None and active.taken_on == taken_on
    base = meter.before.get(zone) if corrects else active
    period = None if source == "initial" else period_from_date(taken_on)
    delta = None if base is None or period is None else _change(meter, base.value_millionths, millionths)
    reading = ZoneReading(
        reading_id=imported_id(zone, millionths),
        value=format_volume(millionths, meter.decimals),
        taken_on=taken_on,
        source=source,
        period=period,
        delta=None if delta is None else format_volume(delta, meter.decimals),
        accounted_on=accounted_on,
    )
    if active is not None and taken_on < active.taken_on:
        return MergeResult(meter, new=reading.model_copy(update={"delta": None}))
    return MergeResult(
        apply_reading(meter, zone, reading, replaces=corrects),
        new=reading,
        replaced=active if corrects else None,
    )


def _acknowledge_replaced(
    meter: Meter, zone: str, active: ZoneReading, accounted_on: date | None
) -> MergeResult:
    """Return the acknowledgement of a reading that the resident has replaced after it was sent.

    Billing speaks of what it had got; the replacement is on its way there and stays active.
    """
    exported = active.superseded_export
    if exported is None or accounted_on is None or exported.accounted_on == accounted_on:
        return MergeResult(meter)
    exported = exported.model_copy(update={"accounted_on": accounted_on})
    last = meter.last | {zone: active.model_copy(update={"superseded_export": exported})}
    acknowledged = active.model_copy(
        update={
            "reading_id": exported.reading_id,
            "value": exported.value,
            "taken_on": exported.taken_on,
            "accounted_on": accounted_on,
        }
    )
    return MergeResult(
        meter.model_copy(update={"last": last, "version": meter.version + 1}),
        acknowledged=acknowledged,
    )


def imported_id(zone: str, value: Millionths) -> str:
    """Return the identifier of a reading that billing brought: unique for its meter and day."""
    return f"b{zone.lower()}-{value}"


def _change(meter: Meter, base: Millionths, value: Millionths) -> Millionths | None:
    """Return the change since `base`; a lower value is a roll-over when that is the shorter way."""
    if value >= base:
        return value - base
    around = value + meter.modulus - base
    return around if around < meter.modulus // 2 else None


# ------------------------------------------------------------------ months and averages


def add_volume(monthly: Monthly, zone: str, period: Period, change: Millionths, decimals: int) -> Monthly:
    """Return the months with `change` added to one, the oldest beyond 36 dropped."""
    months = dict(monthly.get(zone, {}))
    volume = parse_volume(months.get(period, "0")) + change
    months[period] = format_volume(volume, decimals)
    oldest = shift_period(max(months), 1 - RETENTION_MONTHS)
    return monthly | {zone: {month: months[month] for month in sorted(months) if month >= oldest}}


def average(months: dict[Period, str]) -> Millionths | None:
    """Return the mean monthly change of the last six months, None under three months of history.

    A month without a reading is one in which nothing was submitted: its change came with the next one, so the
    mean is over months, not over readings (354-ПП, п. 59).
    """
    if not months:
        return None
    last = max(months)
    known = min(AVERAGE_MONTHS, months_between(min(months), last) + 1)
    if known < MIN_MONTHS:
        return None
    oldest = shift_period(last, 1 - known)
    total = sum(parse_volume(volume) for month, volume in months.items() if month >= oldest)
    return (2 * total + known) // (2 * known)


def average_text(meter: Meter) -> str | None:
    """Return «Среднее потребление за последние 6 месяцев» of all zones together, ``"2.000"``."""
    known = [mean for zone in meter.zone_names if (mean := average(meter.monthly.get(zone, {}))) is not None]
    return format_volume(sum(known), AVERAGE_DECIMALS) if known else None


def monthly_volumes(meter: Meter) -> dict[Period, Millionths]:
    """Return the meter's volume of each known month, all zones together, oldest first."""
    volumes: dict[Period, Millionths] = {}
    for months in meter.monthly.values():
        for month, volume in months.items():
            volumes[month] = volumes.get(month, 0) + parse_volume(volume)
    return dict(sorted(volumes.items()))


def _without(meter: Meter, zone: str, reading: ZoneReading) -> Monthly:
    """Return the months without the change that `reading` brought; a month left empty is dropped."""
    if reading.period is None or reading.delta is None:
        return meter.monthly
    months = dict(meter.monthly.get(zone, {}))
    left = parse_volume(months.pop(reading.period, "0")) - parse_volume(reading.delta)
    if left:
        months[reading.period] = format_volume(left, meter.decimals)
    return meter.monthly | {zone: dict(sorted(months.items()))}


def _with(by_zone: dict[str, ZoneReading], zone: str, reading: ZoneReading | None) -> dict[str, ZoneReading]:
    rest = {name: kept for name, kept in by_zone.items() if name != zone}
    return rest if reading is None else rest | {zone: reading}
