"""Consumption as Green Button data (NAESB ESPI in Atom), which energy programs read. Pure.

A meter is a usage point; each of its tariff zones is a meter reading with a type and a block of months.
What common readers stumble over is left out: a currency that they do not know, `tou`, kinds of volume.
"""

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from cabinet.core.periods import Period, shift_period
from cabinet.core.text import strip_control_chars
from cabinet.metering.model import Meter
from cabinet.metering.volumes import SCALE, parse_volume

_ATOM, _ESPI = "http://www.w3.org/2005/Atom", "http://naesb.org/espi"
_NAMESPACE = uuid.UUID("0d4b6a52-3f0e-5a56-9c0b-7f3c8d1d6f2e")
_NO_DST = "FFFFFFFF"
"""ESPI: a rule of all ones says that there is no daylight saving time."""

type Utility = Literal["electricity", "gas", "heat", "sewerage", "water"]

_SERVICE_KINDS: dict[Utility, int] = {"electricity": 0, "gas": 1, "water": 2, "heat": 4, "sewerage": 6}
_COMMODITIES: dict[Utility, int] = {"electricity": 1, "gas": 7, "water": 9, "heat": 12, "sewerage": 11}
_WORDS: tuple[tuple[str, Utility], ...] = (
    (r"электр|\bээ\b|\bэ/э", "electricity"),
    (r"водоотвед|канализ|сток|\bво\b", "sewerage"),
    (r"отопл|тепл", "heat"),
    (r"вод|\bхвс\b|\bгвс\b", "water"),
    (r"газ", "gas"),
)
"""The order matters: «водоотведение» is no water, «тепловая вода» does not exist."""
_WATT_HOURS, _CUBIC_METRES = 72, 42


@dataclass(frozen=True, slots=True)
class _Unit:
    """How a volume of a meter is given: `uom` × 10^`power`, of which a millionth of its unit has `factor`."""

    uom: int
    factor: int
    power: int


_UNITS = {
    "м3": _Unit(_CUBIC_METRES, 1, -SCALE),
    "квтч": _Unit(_WATT_HOURS, 1, 3 - SCALE),
    "мвтч": _Unit(_WATT_HOURS, 1, 6 - SCALE),
    # The calorie of the International Table: 1 Гкал is 1163 kWh exactly.
    "гкал": _Unit(_WATT_HOURS, 1163, 3 - SCALE),
}
_USUAL_UNITS: dict[Utility, str] = {
    "electricity": "квтч", "gas": "м3", "heat": "гкал", "sewerage": "м3", "water": "м3",
}  # fmt: skip


def green_button(account_id: str, meters: Iterable[Meter], time_zone: str, now: datetime) -> bytes:
    """Return the feed of all meters of an account whose service and unit ESPI has words for.

    Parameters
    ----------
    time_zone
        Of the supplier (IANA): its months are the intervals.
    now
        When the feed is made; an entry has the same id in each feed.
    """
    feed, zone = _Feed(account_id, now), ZoneInfo(time_zone)
    content = feed.add_entry("LocalTimeParameters/1", up="LocalTimeParameters")
    parameters = ET.SubElement(content, "LocalTimeParameters", xmlns=_ESPI)
    _text(parameters, "dstEndRule", _NO_DST)
    _text(parameters, "dstOffset", "0")
    _text(parameters, "dstStartRule", _NO_DST)
    _text(parameters, "tzOffset", str(_utc_offset(now, zone)))
    for meter in sorted(meters, key=lambda each: each.meter_id):
        utility = utility_of(meter.service)
        unit = _unit(meter.unit, utility)
        if utility is not None and unit is not None and any(meter.monthly.values()):
            _add_meter(feed, meter, utility, unit, zone)
    written: bytes = ET.tostring(feed.root, encoding="utf-8", xml_declaration=True)
    return written


class _Feed:
    """The feed that is being written: entries with ids that the account makes unique, and links by paths."""

    def __init__(self, account_id: str, now: datetime) -> None:
        self._namespace = uuid.uuid5(_NAMESPACE, account_id)
        self._at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.root = ET.Element("feed", xmlns=_ATOM)
        _text(self.root, "id", self.identifier("feed").urn)
        _text(self.root, "title", "Потребление по счётчикам")
        _text(self.root, "updated", self._at)
        _link(self.root, "self", "Batch")

    def identifier(self, name: str) -> uuid.UUID:
        return uuid.uuid5(self._namespace, name)

    def add_entry(self, path: str, *, up: str, title: str = "", related: Iterable[str] = ()) -> ET.Element:
        """Add an entry and return its content."""
        entry = ET.SubElement(self.root, "entry")
        _text(entry, "id", self.identifier(path).urn)
        _link(entry, "self", path)
        _link(entry, "up", up)
        for other in related:
            _link(entry, "related", other)
        _text(entry, "title", title)
        content = ET.SubElement(entry, "content")
        _text(entry, "published", self._at)
        _text(entry, "updated", self._at)
        return content


def utility_of(service: str) -> Utility | None:
    """Return what kind of service a receipt's word for it means; None for what ESPI has no kind for."""
    plain = service.lower()
    return next((utility for pattern, utility in _WORDS if re.search(pattern, plain)), None)


def _unit(written: str, utility: Utility | None) -> _Unit | None:
    """Return a unit by its spelling («м³», «кВт·ч», «куб. м»); where none is given, the usual one."""
    plain = re.sub(r"[^a-zа-я0-9]", "", written.lower().replace("³", "3"))
    if not plain and utility is not None:
        plain = _USUAL_UNITS[utility]
    return _UNITS.get({"кубм": "м3", "m3": "м3", "kwh": "квтч"}.get(plain, plain))


def _add_meter(feed: _Feed, meter: Meter, utility: Utility, unit: _Unit, zone: ZoneInfo) -> None:
    name = feed.identifier(meter.meter_id)
    point = f"UsagePoint/{name}"
    title = f"{meter.service}, {meter.place}" if meter.place else meter.service
    related = [f"{point}/MeterReading", "LocalTimeParameters/1"]
    content = feed.add_entry(point, up="UsagePoint", title=title, related=related)
    category = ET.SubElement(ET.SubElement(content, "UsagePoint", xmlns=_ESPI), "ServiceCategory")
    _text(category, "kind", str(_SERVICE_KINDS[utility]))
    for tariff in meter.zone_names:
        months = {period: parse_volume(volume) for period, volume in meter.monthly.get(tariff, {}).items()}
        if not months:
            continue
        reading, kind = f"{point}/MeterReading/{tariff}", f"ReadingType/{name}-{tariff}"
        related = [f"{reading}/IntervalBlock", kind]
        content = feed.add_entry(
            reading, up=f"{point}/MeterReading", title=meter.zone_title(tariff) or title, related=related
        )
        ET.SubElement(content, "MeterReading", xmlns=_ESPI)
        _add_type(feed.add_entry(kind, up="ReadingType"), utility, unit)
        block = feed.add_entry(f"{reading}/IntervalBlock/1", up=f"{reading}/IntervalBlock")
        _add_months(block, {period: volume * unit.factor for period, volume in months.items()}, zone)


def _add_type(content: ET.Element, utility: Utility, unit: _Unit) -> None:
    kind = ET.SubElement(content, "ReadingType", xmlns=_ESPI)
    _text(kind, "accumulationBehaviour", "4")  # the change of each interval
    _text(kind, "commodity", str(_COMMODITIES[utility]))
    _text(kind, "flowDirection", "1")  # to the resident
    _text(kind, "powerOfTenMultiplier", str(unit.power))
    _text(kind, "timeAttribute", "13")  # monthly
    _text(kind, "uom", str(unit.uom))


def _add_months(content: ET.Element, values: dict[Period, int], zone: ZoneInfo) -> None:
    block = ET.SubElement(content, "IntervalBlock", xmlns=_ESPI)
    periods = sorted(values)
    start, end = _start(periods[0], zone), _start(shift_period(periods[-1], 1), zone)
    _add_interval(ET.SubElement(block, "interval"), start, end)
    for period in periods:
        reading = ET.SubElement(block, "IntervalReading")
        start, end = _start(period, zone), _start(shift_period(period, 1), zone)
        _add_interval(ET.SubElement(reading, "timePeriod"), start, end)
        _text(reading, "value", str(values[period]))


def _add_interval(parent: ET.Element, start: int, end: int) -> None:
    _text(parent, "duration", str(end - start))
    _text(parent, "start", str(start))


def _start(period: Period, zone: ZoneInfo) -> int:
    """Return the first second of a month, seconds since 1970."""
    return int(datetime(int(period[:4]), int(period[5:]), 1, tzinfo=zone).timestamp())


def _utc_offset(now: datetime, zone: ZoneInfo) -> int:
    offset = now.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _link(parent: ET.Element, relation: str, path: str) -> None:
    ET.SubElement(parent, "link", rel=relation, href=f"espi/1_1/resource/{path}")


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = strip_control_chars(text)
