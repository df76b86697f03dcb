"""Cells: what is read, what is refused and why."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.core.money import format_rubles, to_decimal_string
from cabinet.exchange.formats import cell_parsers, meter_cells
from cabinet.exchange.formats.cell_parsers import BadCell, CellReader


@given(st.integers(-(10**12), 10**12))
def test_sums_are_read_with_comma_or_dot_and_thousands(kopecks: int) -> None:
    assert cell_parsers.parse_rubles(to_decimal_string(kopecks)) == kopecks
    assert cell_parsers.parse_rubles(format_rubles(kopecks)) == kopecks


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(["%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y"]))
def test_days_are_read_in_three_forms(day: date, form: str) -> None:
    text = day.strftime(form).replace(f"{day.year}", f"{day.year:04d}")
    assert cell_parsers.parse_day(text) == day.isoformat()


@given(st.text(max_size=40))
def test_no_text_is_read_that_a_spreadsheet_would_run(text: str) -> None:
    try:
        read = cell_parsers.parse_text(40)(text)
    except BadCell:
        return
    assert not read.startswith(("=", "@"))
    assert read == read.strip()


@given(st.text(max_size=60), st.sampled_from(
    [cell_parsers.parse_rubles, cell_parsers.parse_day, cell_parsers.parse_period,
     cell_parsers.parse_decimal, meter_cells.parse_zone, meter_cells.parse_source,
     cell_parsers.parse_account_number, meter_cells.parse_meter_number,
     cell_parsers.parse_int(0, 9), cell_parsers.parse_closed_flag, cell_parsers.parse_optional_period]
))  # fmt: skip
def test_any_text_is_either_read_or_refused_with_a_sentence(text: str, reader: CellReader) -> None:
    refusal: BadCell | None = None
    try:
        reader(text)
    except BadCell as error:
        refusal = error
    assert refusal is None or (refusal.code and refusal.message.endswith((".", "-")))


@pytest.mark.parametrize(
    "cell",
    [
        "=cmd|' /C calc'!A0",
        "@SUM(A1)",
        "+cmd",
        "-2+3+cmd|' /C calc'!A0",
        "=1+1",
        '=HYPERLINK("http://x")',
        "＝1+1",
        "＠SUM(A1)",
    ],
)
def test_formulas_are_refused(cell: str) -> None:
    with pytest.raises(BadCell) as refused:
        cell_parsers.parse_text(80)(cell)
    assert refused.value.code == "formula"


@pytest.mark.parametrize(
    "cell", ["-", "—", "+7 (351) 200-10-10", "-14,62", "22,94 руб/м2", 'Обслуж. "Кап.ремонт"']
)
def test_what_only_looks_like_a_formula_is_read(cell: str) -> None:
    assert cell_parsers.parse_text(80)(cell) in (cell, "")


@pytest.mark.parametrize(
    ("cell", "value"), [("0,00", "0.00"), ("012.5", "12.5"), ("7", "7"), ("1 234,5", "1234.5")]
)
def test_meter_values_keep_their_decimals(cell: str, value: str) -> None:
    assert cell_parsers.parse_decimal(cell) == value


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("", None), ("Прибор учёта", "meter"), ("ИПУ", "meter"), ("норматив", "norm"), ("Среднее", "average"),
        ("ОДН", "common"), ("meter", "meter"),
    ],
)  # fmt: skip
def test_how_a_volume_was_found_is_read_in_russian_or_by_code(cell: str, kind: str | None) -> None:
    assert meter_cells.parse_volume_kind(cell) == kind


@pytest.mark.parametrize(
    ("reader", "cell", "code"),
    [
        (cell_parsers.parse_account_number, "1,23457E+09", "scientific"),
        (cell_parsers.parse_account_number, "12#34", "account_number"),
        (cell_parsers.parse_account_number, "", "account_number"),
        (cell_parsers.parse_required_rubles, "", "required"),
        (cell_parsers.parse_rubles, "1.234", "sum"),
        (cell_parsers.parse_rubles, "1e5", "sum"),
        (cell_parsers.parse_day, "31.02.2020", "date"),
        (cell_parsers.parse_day, "01.01.0001", "date"),
        (cell_parsers.parse_period, "2019-13", "period"),
        (cell_parsers.parse_decimal, "-1", "decimal"),
        (cell_parsers.parse_decimal, "NaN", "decimal"),
        (meter_cells.parse_zone, "T4", "zone"),
        (meter_cells.parse_source, "сосед", "source"),
        (meter_cells.parse_volume_kind, "на глаз", "volume_kind"),
        (cell_parsers.parse_text(3), "абвг", "too_long"),
        (cell_parsers.parse_text(9), "а\x07б", "control_character"),
        (cell_parsers.parse_int(1, 3), "4", "number"),
        (meter_cells.parse_meter_number, "///", "meter_number"),
    ],
)
def test_a_bad_cell_has_its_code(reader: CellReader, cell: str, code: str) -> None:
    with pytest.raises(BadCell) as refused:
        reader(cell)
    assert refused.value.code == code
