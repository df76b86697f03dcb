"""Reads registries of the «Город» system: debts (`#TYPE 7`) and closed accounts (`#TYPE 9`).

A row is ``ФИО;Город,Улица,Дом,Кв;ЛС;Сумма;КодУслуги;01/09/2019;30/09/2019;1:513.16``; the last four may be
empty. Whether negative sums and penalties count in `#FILESUM` is the supplier's setting.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.line_rules import names_penalty
from cabinet.core.periods import period_from_date
from cabinet.exchange.formats import addresses, cell_parsers, meter_cells, row_text
from cabinet.exchange.formats.archive import Line, bad_encoding
from cabinet.exchange.formats.cell_parsers import BadCell
from cabinet.exchange.formats.row_text import columns_mismatch_message, number_in, sums_mismatch_message
from cabinet.exchange.model import Issue, Location, RegistryRejected, Row

DEBTS, CLOSED = "7", "9"
RECEIPT_KIND = "Объединённая"
_MIN_CELLS, _FIXED_CELLS = 4, 7
_MAX_METERS = 12
_HEADER = re.compile(r"[\s;]+|$")


@dataclass(slots=True)
class _Header:
    """The `#` lines at the top."""

    values: dict[str, str] = field(default_factory=dict)
    locations: dict[str, Location] = field(default_factory=dict)


def read(lines: Iterator[Line], supplier: Supplier, uploaded_on: date) -> Iterator[Row | Issue]:
    """Yield accounts, service lines and readings; `uploaded_on` dates the rows that have no period."""
    header = _Header()
    total, broken, location = 0, False, Location("", 0)
    for line in lines:
        location = line.location
        if line.text is None:
            broken = True
            yield bad_encoding(location)
        elif line.text.startswith("#"):
            _note(header, line)
        elif line.text.strip(" ;"):
            parts: list[str] = []
            try:
                parts = _parts(line)
                rows = _rows(header, line, parts, supplier, uploaded_on)
            except BadCell as error:
                broken = True
                yield Issue(location, error.field, error.code, error.message, number=number_in(parts[2:3]))
                continue
            total += _control_amount(rows, supplier)
            yield from rows
    yield from _control_totals(header, total, location, whole=not broken)


def _note(header: _Header, line: Line) -> None:
    name, _, value = _HEADER.sub(" ", line.text or "", count=1).removeprefix("#").partition(" ")
    name = name.upper()
    if name in header.values:
        raise RegistryRejected("header_twice", f"Строка #{name} повторяется: оставьте одну.", line.location)
    header.values[name] = value.strip(" ;\t")  # a spreadsheet pads every line to the widest one
    header.locations[name] = line.location


def _parts(line: Line) -> list[str]:
    parts = row_text.row_cells(line.text or "")
    if len(parts) < _MIN_CELLS:
        raise BadCell(
            "columns", columns_mismatch_message(len(parts), f"не меньше {_MIN_CELLS}", line.text or "")
        )
    return parts


def _rows(header: _Header, line: Line, parts: list[str], supplier: Supplier, uploaded_on: date) -> list[Row]:
    kind = header.values.get("TYPE", DEBTS)
    if kind not in (DEBTS, CLOSED):
        raise RegistryRejected(
            "type",
            f"Реестр вида #TYPE {kind} не принимается: нужен 7 (долги) или 9 (закрытые счета).",
            header.locations.get("TYPE", line.location),
        )
    parts += [""] * (_FIXED_CELLS - len(parts))
    number = cell_parsers.read_cell("ЛС", cell_parsers.parse_account_number, parts[2])
    until = cell_parsers.read_cell("До", cell_parsers.parse_day, parts[6])
    if kind == CLOSED:
        return [
            Row("closures", line.location, number, {"ls": number, "closed": until or uploaded_on.isoformat()})
        ]
    code = parts[4] or header.values.get("SERVICE", "")
    title = cell_parsers.parse_text(120)(supplier.service_titles.get(code, f"Услуга {code}".strip()))
    holder = cell_parsers.read_cell("ФИО", cell_parsers.required(cell_parsers.parse_text(160)), parts[0])
    account = {
        "ls": number,
        "fio": holder,
        **cell_parsers.read_cell("Адрес", addresses.parse_positional, parts[1]),
    }
    debt = {
        "ls": number,
        "period": until[:7] if until else period_from_date(uploaded_on),
        "receipt": RECEIPT_KIND,
        "service": title,
        "penalty": names_penalty(supplier, code, title) or None,
        "payee_inn": "",
        "total": cell_parsers.read_cell("Сумма", cell_parsers.parse_required_rubles, parts[3]),
    }
    cell_parsers.read_cell("С", cell_parsers.parse_day, parts[5])
    rows = [Row("accounts", line.location, number, account), Row("services", line.location, number, debt)]
    return rows + [
        Row("readings", line.location, number, {"ls": number, **reading})
        for reading in _readings(parts[_FIXED_CELLS:], until or uploaded_on.isoformat())
    ]


def _readings(parts: list[str], taken: str) -> list[dict[str, Any]]:
    given = [part for part in parts if part]
    if len(given) > _MAX_METERS:
        raise BadCell("meters", f"Показаний в строке больше {_MAX_METERS}: уберите лишние.", "Показания")
    readings = []
    for part in given:
        meter, colon, value = part.rpartition(":")
        if not colon:
            message = f"Показание должно иметь вид прибор:значение, а не «{part[:40]}»."
            raise BadCell("meters", message, "Показания")
        readings.append(
            {
                "meter_no": cell_parsers.read_cell("Показания", meter_cells.parse_meter_number, meter),
                "zone": "T1",
                "value": cell_parsers.read_cell("Показания", cell_parsers.parse_decimal, value),
                "taken": taken,
                "accepted": taken,
                "source": "billing",
            }
        )
    return readings


def _control_amount(rows: list[Row], supplier: Supplier) -> int:
    """Return what the rows add to `#FILESUM`."""
    return sum(
        row.values["total"]
        for row in rows
        if row.section == "services"
        and (supplier.sum_counts_negative or row.values["total"] >= 0)
        and (supplier.sum_counts_penalty or not row.values["penalty"])
    )


def _control_totals(header: _Header, total: int, last: Location, *, whole: bool) -> Iterator[Issue]:
    if header.values.get("TYPE", DEBTS) == CLOSED:
        return
    if "FILESUM" not in header.values:
        alike = difflib.get_close_matches("FILESUM", header.values, n=1)
        hint = f" Вместо неё стоит #{alike[0]} — вероятно, опечатка." if alike else " Возможно, файл оборван."
        raise RegistryRejected("control_missing", f"Нет строки #FILESUM с суммой файла.{hint}", last)
    location = header.locations["FILESUM"]
    try:
        expected = cell_parsers.read_cell(
            "FILESUM", cell_parsers.parse_required_rubles, header.values["FILESUM"]
        )
    except BadCell as error:
        yield Issue(location, error.field, error.code, error.message, "fatal")
        return
    if whole and expected != total:
        message = sums_mismatch_message(total, expected, "в #FILESUM")
        yield Issue(location, "FILESUM", "control_sum", message, "fatal")
