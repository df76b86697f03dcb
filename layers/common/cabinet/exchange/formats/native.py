"""Reads one file of the native format: the `#registry` line, a header, rows, the `#control` line."""

import re
from collections.abc import Callable, Iterator

from cabinet.exchange.exports.csv_writer import CONTROL_MARK, REGISTRY_MARK
from cabinet.exchange.formats import headers
from cabinet.exchange.formats.archive import Line, bad_encoding
from cabinet.exchange.formats.cell_parsers import BadCell, parse_day, parse_rubles, read_cell
from cabinet.exchange.formats.row_text import (
    DELIMITERS,
    columns_mismatch_message,
    counts_mismatch_message,
    number_in,
    row_cells,
    sums_mismatch_message,
)
from cabinet.exchange.formats.schema import Section, find_section
from cabinet.exchange.model import Issue, Location, Registry, RegistryRejected, Row

_WHOLE = re.compile(r"\d{1,10}", re.ASCII)
"""Ten digits: stamps, of which a registry's number is a part, are compared as strings."""

_FIRST_LINE = "#registry;поставщик;номер;дата"

type RegistryCheck = Callable[[Registry, Location], None]
"""Takes which registry a file says that it is; raises RegistryRejected when another one is expected."""


def read(lines: Iterator[Line], check_registry: RegistryCheck) -> Iterator[Row | Issue]:
    """Yield the rows and what is wrong; a broken-off or miscounted file ends in a fatal issue."""
    check_registry(*_registry(_next(lines, "registry_missing", "Нет строки #registry.")))
    section, width = _section(_next(lines, "header_missing", "Нет строки заголовка."))
    count = total = broken = 0
    location = Location("", 0)
    for line in lines:
        location = line.location
        cells = _cells(line)
        if isinstance(cells, Issue):
            count, broken = count + 1, broken + 1
            yield cells
            continue
        if not any(cells):
            continue
        if cells[0] == CONTROL_MARK:
            yield from _control_totals(location, cells, count, total, whole=not broken)
            yield from _assert_end(lines)
            return
        count += 1
        row, issues = _row(section, width, location, cells)
        if row is not None:
            total += section.control(row.values)
            yield row
        else:
            broken += 1
            yield from issues
    raise RegistryRejected(
        "control_missing", "Файл оборван: нет контрольной строки #control. Выгрузите его заново.", location
    )


def _next(lines: Iterator[Line], code: str, message: str) -> tuple[Location, list[str]]:
    for line in lines:
        cells = _cells(line)
        if isinstance(cells, Issue):
            raise RegistryRejected(cells.code, cells.message, cells.location)
        if any(cells):
            return line.location, cells
    raise RegistryRejected(code, message)


def _cells(line: Line) -> list[str] | Issue:
    if line.text is None:
        return bad_encoding(line.location)
    try:
        return row_cells(line.text)
    except BadCell as error:
        return Issue(line.location, "", error.code, error.message)


def _registry(first: tuple[Location, list[str]]) -> tuple[Registry, Location]:
    location, cells = first
    if cells[0] != REGISTRY_MARK:
        _reject_delimiter(location, cells)
        message = f"Первая строка должна быть {_FIRST_LINE}, а здесь «{cells[0][:40]}»."
        raise RegistryRejected("registry_missing", message, location)
    if len(cells) < 4 or not _WHOLE.fullmatch(cells[2]):
        message = f"Первая строка должна быть {_FIRST_LINE}; номер — целое, до десяти цифр."
        raise RegistryRejected("registry_number", message, location, "number")
    try:
        dated = read_cell("date", parse_day, cells[3])
    except BadCell as error:
        raise RegistryRejected(error.code, error.message, location, error.field) from None
    if dated is None:
        message = f"В первой строке нет даты реестра: нужно {_FIRST_LINE}."
        raise RegistryRejected("registry_date", message, location, "date")
    return Registry.model_validate(
        {"supplier_id": cells[1], "number": int(cells[2]), "dated": dated}
    ), location


def _section(second: tuple[Location, list[str]]) -> tuple[Section, int]:
    """Return the section with the file's own order of columns, and how many of them the file has."""
    location, cells = second
    header = [name.lower() for name in cells]
    while header and not header[-1]:  # a spreadsheet pads every line to the widest one
        header.pop()
    section = find_section(header)
    if section is None:
        _reject_delimiter(location, cells)
        columns, message = headers.find_issue(header)
        raise RegistryRejected("header", message, location, columns)
    columns_read = {name: section.columns[name] for name in header}
    return Section(section.name, columns_read, section.control, section.optional), len(header)


def _reject_delimiter(location: Location, cells: list[str]) -> None:
    """Refuse a line whose columns are parted by another sign, if that is what is wrong with it."""
    parted = next((sign for sign in DELIMITERS if len(cells) == 1 and cells[0].count(sign) > 1), None)
    if parted is not None:
        message = f"Столбцы разделены знаком «{DELIMITERS[parted]}», а нужна точка с запятой (;)."
        raise RegistryRejected("delimiter", message, location)


def _row(
    section: Section, width: int, location: Location, cells: list[str]
) -> tuple[Row | None, list[Issue]]:
    if len(cells) < width or any(cells[width:]):
        message = columns_mismatch_message(len(cells), f"{width}, как в заголовке", ";".join(cells))
        return None, [Issue(location, "", "columns", message, number=_number(section, cells))]
    given = cells[:width]
    try:
        values = {
            name: reader(cell) for (name, reader), cell in zip(section.columns.items(), given, strict=True)
        }
    except BadCell:
        return None, list(_find_issues(section, location, given, shifted=len(cells) > width))
    return Row(section.name, location, values["ls"], values), []


def _find_issues(section: Section, location: Location, cells: list[str], *, shifted: bool) -> Iterator[Issue]:
    """Yield what is wrong with each cell of a row; one with empty cells too many is perhaps `shifted`."""
    hint = " В строке лишняя точка с запятой: возможно, столбцы сдвинуты." if shifted else ""
    for (name, reader), cell in zip(section.columns.items(), cells, strict=True):
        try:
            reader(cell)
        except BadCell as error:
            described = error.with_field(name, cell)
            yield Issue(
                location, name, described.code, described.message + hint, number=_number(section, cells)
            )


def _number(section: Section, cells: list[str]) -> str:
    index = list(section.columns).index("ls")
    return number_in(cells[index : index + 1])


def _control_totals(
    location: Location, cells: list[str], count: int, total: int, *, whole: bool
) -> Iterator[Issue]:
    """Compare the control line; if broken rows were left out, the sum cannot be compared."""
    if len(cells) < 2 or not _WHOLE.fullmatch(cells[1]):
        yield Issue(
            location, "count", "control", "Последняя строка должна быть #control;число строк;сумма.", "fatal"
        )
        return
    if int(cells[1]) != count:
        message = counts_mismatch_message(count, cells[1], "в контрольной строке")
        yield Issue(location, "count", "control_count", message, "fatal")
    try:
        expected = read_cell("sum", parse_rubles, cells[2] if len(cells) > 2 else "")
    except BadCell as error:
        yield Issue(location, error.field, error.code, error.message, "fatal")
        return
    if whole and expected != total:
        message = sums_mismatch_message(total, expected, "в контрольной строке")
        yield Issue(location, "sum", "control_sum", message, "fatal")


def _assert_end(lines: Iterator[Line]) -> Iterator[Issue]:
    for line in lines:
        if line.text is None or line.text.strip(" ;"):
            yield Issue(
                line.location,
                "",
                "after_control",
                "После контрольной строки есть данные: она должна быть последней.",
                "fatal",
            )
            return
