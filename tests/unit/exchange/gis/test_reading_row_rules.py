"""A meter's month in ГИС ЖКХ: which readings are its own, and why a row is left out."""

from datetime import date
from typing import Any

import pytest

from cabinet.accounts.model import Account, Address
from cabinet.exchange.gis.model import REASONS, FilledRow, SkippedRow
from cabinet.exchange.gis.reading_row_rules import (
    MonthValue,
    month_values,
    needs_history,
    reading_row,
    resource,
    values_in_meter,
)
from cabinet.metering.model import Meter, Reading, ZoneReading

COLUMNS = {"meter", "address", "resource", "period", "T1", "T2", "date"}
ACCOUNT = Account(
    account_id="uk-test:100", supplier_id="uk-test", holder="Иванов",
    address=Address(city="Челябинск", street="ул. Мира", house="1", flat="5"), els="74АА000001",
)  # fmt: skip
TAKEN = date(2026, 10, 20)
VALUES = {"T1": MonthValue("12.500", TAKEN)}


def meter(**changes: Any) -> Meter:
    return Meter(**{"meter_id": "m", "number": "77", "service": "ХВС", "gis_number": "74000000001"} | changes)


def read(month: int, value: str = "1", **changes: Any) -> ZoneReading:
    fields = {
        "reading_id": f"r{month}",
        "value": value,
        "taken_on": date(2026, month, 20),
        "source": "billing",
    }
    return ZoneReading.model_validate(fields | {"period": f"2026-{month:02d}"} | changes)


def test_a_row_has_what_the_template_has_columns_for() -> None:
    row = reading_row(ACCOUNT, meter(), VALUES, "2026-10", COLUMNS)
    assert row == FilledRow(
        {
            "meter": "74000000001", "address": "Челябинск, ул. Мира, д. 1", "resource": "Холодная вода",
            "period": "10.2026", "date": "20.10.2026", "T1": "12.500",
        }
    )  # fmt: skip
    other = reading_row(ACCOUNT, meter(), VALUES, "2026-10", {"meter", "serial", "account", "T1", "date"})
    assert isinstance(other, FilledRow)
    assert (other.cells["serial"], other.cells["account"]) == ("77", "74АА000001")


def test_a_meter_without_readings_of_the_month_has_no_row() -> None:
    assert reading_row(ACCOUNT, meter(gis_number=""), {}, "2026-10", COLUMNS) is None


@pytest.mark.parametrize(
    ("changes", "columns", "reason"),
    [
        ({"gis_number": ""}, COLUMNS, "meter_number"),
        ({"zones": 2}, COLUMNS, "zone_missing"),
        ({}, COLUMNS - {"T1"}, "column_missing"),
        ({"service": "Обслуживание"}, COLUMNS, "resource_unknown"),
        ({"gis_number": "=cmd|'/c calc'!A1"}, COLUMNS, "formula"),
    ],
)
def test_what_cannot_be_written_says_why(changes: dict[str, Any], columns: set[str], reason: str) -> None:
    row = reading_row(ACCOUNT, meter(**changes), VALUES, "2026-10", columns)
    assert row == SkippedRow("100", "77", "2026-10-20", "12.500", reason)  # type: ignore[arg-type]
    assert reason in REASONS


def test_a_service_without_a_resource_does_where_the_template_asks_for_none() -> None:
    row = reading_row(ACCOUNT, meter(service="Прочее"), VALUES, "2026-10", COLUMNS - {"resource"})
    assert isinstance(row, FilledRow)


def test_zones_of_one_meter_are_one_row_of_the_later_day() -> None:
    values = {"T1": MonthValue("5", TAKEN), "T2": MonthValue("6", date(2026, 10, 22))}
    row = reading_row(ACCOUNT, meter(zones=2, service="Электроэнергия"), values, "2026-10", COLUMNS)
    assert isinstance(row, FilledRow)
    assert (row.cells["T1"], row.cells["T2"], row.cells["date"]) == ("5", "6", "22.10.2026")


def test_a_meter_remembers_the_month_and_the_one_before() -> None:
    known = meter(last={"T1": read(10, "3")}, before={"T1": read(9, "2")})
    assert values_in_meter(known, "2026-10") == {"T1": MonthValue("3", date(2026, 10, 20))}
    assert values_in_meter(known, "2026-09") == {"T1": MonthValue("2", date(2026, 9, 20))}
    assert not values_in_meter(known, "2026-08")
    assert not needs_history(known, values_in_meter(known, "2026-10"), "2026-10")
    assert needs_history(known, {}, "2026-08")
    assert not needs_history(meter(), {}, "2026-08")


def test_readings_without_a_month_count_by_their_day_and_initial_ones_never() -> None:
    assert values_in_meter(meter(last={"T1": read(10, period=None)}), "2026-10")
    sealed = meter(last={"T1": read(10, period=None, source="initial")})
    assert not values_in_meter(sealed, "2026-10")
    assert not needs_history(sealed, {}, "2026-08")


def test_of_the_history_the_last_that_stands_counts() -> None:
    def row(value: str, **changes: Any) -> Reading:
        fields = {"reading_id": value, "meter_id": "m", "zone": "T1", "value": value, "taken_on": TAKEN}
        return Reading.model_validate(fields | {"source": "subscriber", "period": "2026-10"} | changes)

    history = [
        row("3", submitted_at="2026-10-20T09:00:00+00:00"),
        row("1", taken_on=date(2026, 10, 1)),
        row("4", status="withdrawn", submitted_at="2026-10-20T10:00:00+00:00"),
        row("5", period="2026-11"),
        row("6", source="initial", period=None),
        row("7", zone="T2", period=None),
    ]
    assert month_values(history, "2026-10") == {"T1": MonthValue("3", TAKEN), "T2": MonthValue("7", TAKEN)}


@pytest.mark.parametrize(
    ("service", "named"),
    [
        ("Холодное водоснабжение", "Холодная вода"), ("Холодная вода", "Холодная вода"),
        ("ХВС", "Холодная вода"), ("Горячее водоснабжение", "Горячая вода"), ("ГВС", "Горячая вода"),
        ("Отопление", "Тепловая энергия"), ("Электроэнергия", "Электрическая энергия"),
        ("Газоснабжение", "Газ"), ("Водоотведение", None), ("Вода", None), ("Вывоз мусора", None),
    ],
)  # fmt: skip
def test_a_resource_is_known_by_the_words_of_the_service(service: str, named: str | None) -> None:
    assert resource(service) == named


def test_an_address_without_a_town_has_no_comma_before_it() -> None:
    bare = ACCOUNT.model_copy(update={"address": Address(street="ул. Мира")})
    row = reading_row(bare, meter(), VALUES, "2026-10", COLUMNS)
    assert isinstance(row, FilledRow)
    assert row.cells["address"] == "ул. Мира"
