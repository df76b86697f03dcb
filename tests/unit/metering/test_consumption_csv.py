"""Consumption as a table that a spreadsheet opens as it is."""

import csv
import io

from cabinet.metering.consumption_csv import COLUMNS, consumption_csv
from cabinet.metering.model import Meter


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_months_are_told_by_meter_and_zone_with_comma_decimals() -> None:
    power = Meter(
        meter_id="m2", number="2", service="Электроэнергия", unit="кВт*ч", zones=2,
        monthly={"T2": {"2026-10": "40"}, "T1": {"2026-10": "100.5", "2026-09": "1"}},
    )  # fmt: skip
    water = Meter(meter_id="m1", number="1", service="ХВС", place="Кухня; ванная", unit="м3",
                  monthly={"T1": {"2026-09": "-0.5"}})  # fmt: skip
    content = consumption_csv([power, water])
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n") == 5
    assert rows(content) == [
        list(COLUMNS),
        ["Сентябрь 2026", "ХВС", "Кухня; ванная", "1", "", "-0,5", "м3"],
        ["Сентябрь 2026", "Электроэнергия", "", "2", "Т1 (день)", "1", "кВт*ч"],
        ["Октябрь 2026", "Электроэнергия", "", "2", "Т1 (день)", "100,5", "кВт*ч"],
        ["Октябрь 2026", "Электроэнергия", "", "2", "Т2 (ночь)", "40", "кВт*ч"],
    ]


def test_no_text_of_billing_runs_in_a_spreadsheet() -> None:
    evil = Meter(
        meter_id="m", number="@SUM(A1)", service="=cmd|x", place="+1", monthly={"T1": {"2026-09": "-1"}}
    )
    assert rows(consumption_csv([evil]))[1][1:6] == ["'=cmd|x", "+1", "'@SUM(A1)", "", "-1"]


def test_without_meters_there_are_columns() -> None:
    assert rows(consumption_csv([])) == [list(COLUMNS)]
