"""The native format: what the writer writes the reader reads, and every liberty that billing may take."""

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.core.money import to_decimal_string
from cabinet.exchange.exports.csv_writer import csv_file
from cabinet.exchange.formats import native
from cabinet.exchange.formats.archive import Line
from cabinet.exchange.formats.cell_parsers import BadCell, parse_text, reject_formula
from cabinet.exchange.formats.schema import PAYMENTS, SERVICES
from cabinet.exchange.model import Issue, Location, Registry, RegistryRejected, Row
from tests.support.factories.registries import SERVICE, section_file

REGISTRY = Registry(supplier_id="center", number=12, dated=date(2026, 9, 30))


def lines_of(content: bytes, encoding: str = "utf-8-sig") -> Iterator[Line]:
    for number, line in enumerate(content.decode(encoding).splitlines(), 1):
        yield Line(Location("", number), line)


def read(content: bytes) -> list[Row | Issue]:
    return list(native.read(lines_of(content), lambda registry, place: None))


def is_harmless(cell: str) -> bool:
    try:
        reject_formula(cell)
        parse_text(60)(cell)
    except BadCell:
        return False
    return cell == cell.strip() != "" and cell not in "-–—" and len(cell.splitlines()) == 1


TEXTS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], max_codepoint=0x2FFF), max_size=60)
ROWS = st.lists(
    st.tuples(
        TEXTS.filter(is_harmless), st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(-(10**9), 10**9)
    ),
    max_size=20,
)


@given(ROWS)
def test_what_the_writer_writes_the_reader_reads(rows: list[tuple[str, date, int]]) -> None:
    cells = [["740", kind, day.isoformat(), "", to_decimal_string(amount), ""] for kind, day, amount in rows]
    content = csv_file(REGISTRY, list(PAYMENTS.columns), cells, sum(amount for *_, amount in rows))
    claimed: list[Registry] = []
    found = list(native.read(lines_of(content), lambda registry, place: claimed.append(registry)))
    assert claimed == [REGISTRY]
    assert [
        (row.values["kind"], row.values["received"], row.values["sum"])
        for row in found
        if isinstance(row, Row)
    ] == [(parse_text(120)(kind), day.isoformat(), amount) for kind, day, amount in rows]
    assert not any(isinstance(one, Issue) for one in found)


@given(st.integers(0, 400))
def test_a_file_broken_off_anywhere_is_never_taken_for_whole(cut: int) -> None:
    content = section_file("services", [SERVICE, SERVICE | {"service": "ГВС"}])
    with pytest.raises(RegistryRejected) as refused:
        read(content[: -cut - 12].decode("utf-8-sig", "ignore").encode("utf-8-sig"))
    assert refused.value.issue.severity == "fatal"


def test_columns_may_come_in_any_order_and_optional_ones_be_left_out() -> None:
    header, row = "Sum;kind;LS;processed;received", "10,00;касса;740;;01.09.2026"
    content = f"#registry;center;1;2026-09-30\n{header}\n{row}\n#control;1;10,00"
    (row,) = read(content.encode())
    assert isinstance(row, Row)
    assert (row.number, row.values["sum"]) == ("740", 1000)
    assert "order_id" not in row.values, "what no column says is no empty cell"


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (("100.00;-100.00", "=1+1;-100.00"), "sum", "3"),
        ((";ХВС;", ';"ХВС;'), "quotes", "3"),
        ((";ХВС;", ";ХВС;лишняя;"), "columns", "3"),
        (("#control;1;150.00", "#control;1;149.99"), "control_sum", "4"),
        (("#control;1;150.00", "#control;2;150.00"), "control_count", "4"),
        (("#control;1;150.00", "#control;один"), "control", "4"),
        (("#control;1;150.00", f"#control;{'1' * 5000};150.00"), "control", "4"),
        (("#control;1;150.00", "#control;1;150.00\r\n7;8;9"), "after_control", "5"),
    ],
)
def test_a_faulty_line_is_named(change: tuple[str, str], code: str, place: str) -> None:
    content = section_file("services", [SERVICE]).decode("utf-8-sig").replace(*change)
    issues = [one for one in read(content.encode()) if isinstance(one, Issue)]
    assert (issues[0].code, str(issues[0].location)) == (code, place)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "registry_missing"),
        ("ls;kind\n", "registry_missing"),
        ("#registry;center;x;2026-09-30\n", "registry_number"),
        ("#registry;center;99999999999;2026-09-30\n", "registry_number"),
        (f"#registry;center;{'9' * 5000};2026-09-30\n", "registry_number"),
        ("#registry;center;1;вчера\n", "date"),
        ("#registry;center;1;\n", "registry_date"),
        ("#registry;center;1;2026-09-30\n", "header_missing"),
        ("#registry;center;1;2026-09-30\nls;debt\n", "header"),
        ("#registry;center;1;2026-09-30\nls;ls;kind;received;processed;sum\n", "header"),
    ],
)
def test_a_file_without_identity_or_header_is_refused(content: str, code: str) -> None:
    with pytest.raises(RegistryRejected) as refused:
        read(content.encode())
    assert refused.value.issue.code == code


def test_the_sections_control_sum_counts_the_totals() -> None:
    assert SERVICES.control({"total": 5, "debt": 7}) == 5
