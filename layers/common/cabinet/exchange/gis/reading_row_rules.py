"""Which readings of a meter are its month's, and the row of ГИС ЖКХ that they make. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from cabinet.accounts.model import Account
from cabinet.core.periods import Period, period_from_date
from cabinet.core.text import is_formula
from cabinet.exchange.gis.model import FilledRow, Outcome, Reason, SkippedRow
from cabinet.metering.model import Meter, Reading, ZoneReading

_RESOURCES = (
    (r"электр|\bээ\b|\bэ/э", "Электрическая энергия"),
    (r"водоотвед|канализ|сток", None),
    (r"горяч\w* вод|\bгвс\b|\bгв\b|теплонос", "Горячая вода"),
    (r"холодн\w* вод|\bхвс\b|\bхв\b", "Холодная вода"),
    (r"отопл|тепл", "Тепловая энергия"),
    (r"\bгаз", "Газ"),
)
"""Words of a service → how the service of the state calls the resource; in this order."""


@dataclass(frozen=True, slots=True)
class MonthValue:
    """What a zone of a meter showed in a month."""

    value: str
    taken_on: date


def values_in_meter(meter: Meter, period: Period) -> dict[str, MonthValue]:
    """Return the month's readings, zone by zone, that the meter itself remembers."""
    found: dict[str, MonthValue] = {}
    for readings in (meter.before, meter.last):
        for zone in meter.zone_names:
            reading = readings.get(zone)
            if reading is not None and _period(reading) == period:
                found[zone] = MonthValue(reading.value, reading.taken_on)
    return found


def needs_history(meter: Meter, found: Mapping[str, MonthValue], period: Period) -> bool:
    """Tell whether a zone with no remembered reading of the month was read later: its rows may have one."""
    return any(
        zone not in found and (last := meter.last.get(zone)) is not None and _period(last) > period
        for zone in meter.zone_names
    )


def month_values(readings: Iterable[Reading], period: Period) -> dict[str, MonthValue]:
    """Return the month's readings out of a meter's history: of each zone the last valid one."""
    found: dict[str, MonthValue] = {}
    order = sorted(readings, key=lambda each: (each.taken_on, each.submitted_at or ""))
    for reading in order:
        month = reading.period or period_from_date(reading.taken_on)
        if reading.status == "active" and reading.source != "initial" and month == period:
            found[reading.zone] = MonthValue(reading.value, reading.taken_on)
    return found


def reading_row(
    account: Account,
    meter: Meter,
    values: Mapping[str, MonthValue],
    period: Period,
    columns: Collection[str],
) -> Outcome | None:
    """Return the row of a meter's month, why there is none, or None where nothing was submitted.

    Parameters
    ----------
    columns
        Meanings of the columns that the template has (`template_rules`).
    """
    if not values:
        return None
    taken_on = max(value.taken_on for value in values.values())
    cells = {
        "meter": meter.gis_number,
        "serial": meter.number,
        "account": account.izhku or account.els,
        "address": _address(account),
        "resource": resource(meter.service) or "",
        "period": f"{period[5:]}.{period[:4]}",
        "date": f"{taken_on:%d.%m.%Y}",
    } | {zone: value.value for zone, value in values.items()}
    reason = _obstacle(meter, values, cells, columns)
    if reason is None:
        return FilledRow({name: cell for name, cell in cells.items() if name in columns})
    shown = " / ".join(values[zone].value for zone in sorted(values))
    return SkippedRow(account.number, meter.number, taken_on.isoformat(), shown, reason)


def resource(service: str) -> str | None:
    """Return how ГИС ЖКХ calls the resource of a service; None if the words do not say."""
    plain = service.lower()
    return next((name for pattern, name in _RESOURCES if re.search(pattern, plain)), None)


def _obstacle(
    meter: Meter, values: Mapping[str, MonthValue], cells: Mapping[str, str], columns: Collection[str]
) -> Reason | None:
    if not meter.gis_number:
        return "meter_number"
    if any(zone not in values for zone in meter.zone_names):
        return "zone_missing"
    if any(zone not in columns for zone in meter.zone_names):
        return "column_missing"
    if "resource" in columns and not cells["resource"]:
        return "resource_unknown"
    if any(is_formula(cell) for name, cell in cells.items() if name in columns):
        return "formula"
    return None


def _period(reading: ZoneReading) -> Period:
    if reading.source == "initial":
        return ""
    return reading.period or period_from_date(reading.taken_on)


def _address(account: Account) -> str:
    where = account.address
    return ", ".join(part for part in (where.city, where.street, where.house and f"д. {where.house}") if part)
