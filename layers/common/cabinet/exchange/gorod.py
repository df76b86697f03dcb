"""Reads registries of the «Город» system: debts (`#TYPE 7`) and closed accounts (`#TYPE 9`).

A row is ``ФИО;Город,Улица,Дом,Кв;ЛС;Сумма;КодУслуги;01/09/2019;30/09/2019;1:513.16``; the last four may be
empty. Whether negative sums and penalties count in `#FILESUM` is the supplier's setting.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cabinet.accounts.model import Supplier
from cabinet.billing.routing import names_penalty
from cabinet.exchange import cells
from cabinet.exchange.cells import BadCell
from cabinet.exchange.model import Finding, Place, RegistryRefused, Row
from cabinet.exchange.opening import Line, bad_encoding
from cabinet.money import format_rubles
from cabinet.periods import period_of

DEBTS, CLOSED = "7", "9"
RECEIPT_KIND = "Объединённая"
_LEAST_CELLS, _FIXED_CELLS = 4, 7
_MAX_METERS = 12


@dataclass(slots=True)
class _Header:
    """The `#` lines at the top."""

    values: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)


def read(lines: Iterator[Line], supplier: Supplier, uploaded_on: date) -> Iterator[Row | Finding]:
    """Yield accounts, service lines and readings; `uploaded_on` dates the rows that have no period."""
    header = _Header()
    total, broken, place = 0, False, Place("", 0)
    for line in lines:
        place = line.place
        if line.text is None:
            broken = True
            yield bad_encoding(place)
        elif line.text.startswith("#"):
            _note(header, line)
        elif line.text.strip(" ;"):
            try:
                rows = _rows(header, line, supplier, uploaded_on)
            except BadCell as error:
                broken = True
                yield Finding(place, "", error.code, error.message)
                continue
            total += _counted(rows, supplier)
            yield from rows
    yield from _control(header, total, place, whole=not broken)


def _note(header: _Header, line: Line) -> None:
    name, _, value = (line.text or "").removeprefix("#").partition(" ")
    if name in header.values:
        raise RegistryRefused("header_twice", f"Строка #{name} повторяется.", line.place)
    header.values[name] = value.strip()
    header.places[name] = line.place


def _rows(header: _Header, line: Line, supplier: Supplier, uploaded_on: date) -> list[Row]:
    kind = header.values.get("TYPE", DEBTS)
    if kind not in (DEBTS, CLOSED):
        raise RegistryRefused(
            "type", f"Реестр вида #TYPE {kind} не принимается.", header.places.get("TYPE", line.place)
        )
    parts = [part.strip() for part in (line.text or "").split(";")]
    if len(parts) < _LEAST_CELLS:
        raise BadCell("columns", f"Колонок {len(parts)}, а нужно не меньше {_LEAST_CELLS}.")
    parts += [""] * (_FIXED_CELLS - len(parts))
    number = cells.account_number(parts[2])
    until = cells.day(parts[6])
    if kind == CLOSED:
        return [
            Row("closures", line.place, number, {"ls": number, "closed": until or uploaded_on.isoformat()})
        ]
    code = parts[4] or header.values.get("SERVICE", "")
    title = cells.text(120)(supplier.service_titles.get(code, f"Услуга {code}".strip()))
    account = {"ls": number, "fio": cells.required(cells.text(160))(parts[0]), **_address(parts[1])}
    debt = {
        "ls": number,
        "period": until[:7] if until else period_of(uploaded_on),
        "receipt": RECEIPT_KIND,
        "service": title,
        "penalty": names_penalty(supplier, code, title) or None,
        "payee_inn": "",
        "total": cells.required_rubles(parts[3]),
    }
    cells.day(parts[5])
    rows = [Row("accounts", line.place, number, account), Row("services", line.place, number, debt)]
    return rows + [
        Row("readings", line.place, number, {"ls": number, **reading})
        for reading in _readings(parts[_FIXED_CELLS:], until or uploaded_on.isoformat())
    ]


def _address(cell: str) -> dict[str, str]:
    """Split ``Город,Улица,Дом,Кв``; a street's own commas stay with the street."""
    parts = [part.strip() for part in cells.text(240)(cell).split(",")]
    if len(parts) < 3 or not any(parts):
        raise BadCell("address", "Нужен адрес вида Город,Улица,Дом,Кв.")
    flat = parts.pop() if len(parts) > 3 else ""
    house = parts.pop()
    if not house:
        raise BadCell("address", "В адресе нет номера дома.")
    return {"city": parts[0], "street": ", ".join(parts[1:]), "house": house[:20], "flat": flat[:20]}


def _readings(parts: list[str], taken: str) -> list[dict[str, Any]]:
    given = [part for part in parts if part]
    if len(given) > _MAX_METERS:
        raise BadCell("meters", f"Показаний больше {_MAX_METERS}.")
    readings = []
    for part in given:
        meter, colon, value = part.rpartition(":")
        if not colon:
            raise BadCell("meters", "Показание должно иметь вид прибор:значение.")
        readings.append(
            {
                "meter_no": cells.meter_number(meter),
                "zone": "T1",
                "value": cells.decimal(value),
                "taken": taken,
                "accepted": taken,
                "source": "billing",
            }
        )
    return readings


def _counted(rows: list[Row], supplier: Supplier) -> int:
    """Return what the rows add to `#FILESUM`."""
    return sum(
        row.values["total"]
        for row in rows
        if row.section == "services"
        and (supplier.sum_counts_negative or row.values["total"] >= 0)
        and (supplier.sum_counts_penalty or not row.values["penalty"])
    )


def _control(header: _Header, total: int, last: Place, *, whole: bool) -> Iterator[Finding]:
    if header.values.get("TYPE", DEBTS) == CLOSED:
        return
    if "FILESUM" not in header.values:
        raise RegistryRefused("control_missing", "Нет строки #FILESUM.", last)
    place = header.places["FILESUM"]
    try:
        expected = cells.required_rubles(header.values["FILESUM"])
    except BadCell as error:
        yield Finding(place, "FILESUM", error.code, error.message, "fatal")
        return
    if whole and expected != total:
        message = f"Сумма {format_rubles(total)}, а в #FILESUM {format_rubles(expected)}."
        yield Finding(place, "FILESUM", "control_sum", message, "fatal")
