"""Green Button data as a parser of others reads them, and by the words of ESPI."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from greenbutton_objects.enums import ServiceKind, UomType
from greenbutton_objects.parse import parse_feed

from cabinet.metering.green_button import green_button, utility_of
from cabinet.metering.model import Meter

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
MONTHS = {"2026-09": "3.125", "2026-10": "-0.5"}
ESPI = "{http://naesb.org/espi}"
ATOM = "{http://www.w3.org/2005/Atom}"


def meter(service: str = "ХВС", unit: str = "м3", **changes: Any) -> Meter:
    given: dict[str, Any] = {"meter_id": "m1", "number": "757", "place": "Кухня", "monthly": {"T1": MONTHS}}
    return Meter(service=service, unit=unit, **(given | changes))


def feed(*meters: Meter, time_zone: str = "Asia/Yekaterinburg") -> bytes:
    return green_button("uk:1", meters, time_zone, NOW)


def read(*meters: Meter, **options: str) -> list[Any]:
    points: list[Any] = parse_feed(BytesIO(feed(*meters, **options)))
    return points


def parsed(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314 - what we wrote ourselves


def readings(point: Any) -> dict[str, list[Any]]:
    return {each.title: list(each.intervalReadings) for each in point.meterReadings}


def test_a_parser_reads_months_of_water_in_cubic_metres() -> None:
    (point,) = read(meter())
    assert (point.title, point.serviceCategory) == ("ХВС, Кухня", ServiceKind.water)
    september, october = readings(point)["ХВС, Кухня"]
    assert [september.value, october.value] == pytest.approx([3.125, -0.5])
    assert september.value_units is UomType.cubicMeters
    assert september.timePeriod.start == datetime(2026, 8, 31, 19, tzinfo=UTC)
    assert september.timePeriod.duration == timedelta(days=30)
    assert october.timePeriod.start == september.timePeriod.start + timedelta(days=30)


def test_tariff_zones_are_readings_of_one_point_in_watt_hours() -> None:
    zones = {"T1": {"2026-09": "100.5"}, "T2": {"2026-09": "40"}, "T3": {}}
    (point,) = read(meter("Электроэнергия", "кВт*ч", zones=3, monthly=zones, place=""))
    found = readings(point)
    assert set(found) == {"Т1 (пик)", "Т2 (ночь)"}
    assert [found[title][0].value for title in ("Т1 (пик)", "Т2 (ночь)")] == pytest.approx([100_500, 40_000])
    assert found["Т1 (пик)"][0].value_units is UomType.wattHours


@pytest.mark.parametrize(
    ("unit", "watt_hours"), [("Гкал", 1_163_000), ("МВт·ч", 1_000_000), ("kWh", 1_000), ("", 1_163_000)]
)
def test_heat_is_told_in_watt_hours_whatever_it_is_measured_in(unit: str, watt_hours: int) -> None:
    (point,) = read(meter("Отопление", unit, monthly={"T1": {"2026-09": "1"}}))
    ((reading,),) = readings(point).values()
    assert reading.value == pytest.approx(watt_hours)


@pytest.mark.parametrize("unit", ["м³", "куб. м", "m3", ""])
def test_a_cubic_metre_is_known_by_its_spellings(unit: str) -> None:
    (point,) = read(meter(unit=unit, monthly={"T1": {"2026-09": "1"}}))
    ((reading,),) = readings(point).values()
    assert reading.value == pytest.approx(1)


def test_what_espi_has_no_words_for_and_what_has_no_months_is_left_out() -> None:
    assert read(meter("Домофон"), meter(unit="шт"), meter(monthly={}), meter(monthly={"T1": {}})) == []


@pytest.mark.parametrize(
    ("service", "utility"),
    [
        ("Электроэнергия", "electricity"), ("ХВС", "water"), ("Горячее водоснабжение", "water"),
        ("Водоотведение", "sewerage"), ("Отопление", "heat"), ("Газоснабжение", "gas"), ("Мусор", None),
    ],
)  # fmt: skip
def test_services_are_known_by_their_words(service: str, utility: str | None) -> None:
    assert utility_of(service) == utility


def test_a_month_of_a_zone_with_summer_time_has_its_own_length() -> None:
    (point,) = read(meter(monthly={"T1": {"2026-03": "1"}}), time_zone="Europe/Berlin")
    ((march,),) = readings(point).values()
    assert march.timePeriod.duration == timedelta(days=31) - timedelta(hours=1)


def test_entries_keep_their_ids_and_other_accounts_have_others() -> None:
    def ids(content: bytes) -> list[str | None]:
        return [each.text for each in parsed(content).iter(f"{ATOM}id")]

    ours = ids(feed(meter()))
    assert ours == ids(green_button("uk:1", [meter()], "Asia/Yekaterinburg", NOW + timedelta(days=1)))
    assert len(set(ours)) == len(ours) == 6
    assert not set(ours) & set(ids(green_button("uk:2", [meter()], "Asia/Yekaterinburg", NOW)))


def test_the_feed_says_its_zone_and_leaves_out_what_readers_stumble_over() -> None:
    root = parsed(feed(meter(place="под\x07вал & <угол>")))
    offsets = {each.tag: each.text for each in root.iter() if "Offset" in each.tag or "Rule" in each.tag}
    assert offsets == {
        f"{ESPI}dstEndRule": "FFFFFFFF", f"{ESPI}dstOffset": "0", f"{ESPI}dstStartRule": "FFFFFFFF",
        f"{ESPI}tzOffset": "18000",
    }  # fmt: skip
    tags = {each.tag.removeprefix(ESPI) for each in root.iter() if each.tag.startswith(ESPI)}
    assert tags.isdisjoint({"currency", "tou", "cost"})
    assert "ХВС, подвал & <угол>" in {each.text for each in root.iter(f"{ATOM}title")}
