"""Reads Сбербанк's registries of debts: ``ЛС|ФИО|сумма`` and ``ФИО;ЕЛС;ФИАС;Адрес;ЛС;Сумма``.

The file's name, ``ИНН_РС_NNN_ММГГ.txt``, says whose it is and for which month; the rows themselves do not.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from cabinet.accounts.model import Supplier
from cabinet.exchange import cells
from cabinet.exchange.cells import BadCell
from cabinet.exchange.gorod import RECEIPT_KIND
from cabinet.exchange.model import Finding, Place, RegistryRefused, Row
from cabinet.exchange.opening import Line, bad_encoding
from cabinet.money import format_rubles
from cabinet.periods import Period, period_of

SERVICE = "Задолженность"
_NAME = re.compile(r"(\d{10}|\d{12})_(\d{20})_(\d{1,6})_(0[1-9]|1[0-2])(\d\d)\.txt", re.ASCII | re.IGNORECASE)
# A name may begin alike: «Дружбы», «Долгодеревенское», «Квартальная».
_HOUSE = re.compile(r"(?:дом|д)(?:\.\s*|\s+|(?=\d))(\S.*)", re.IGNORECASE)
_FLAT = re.compile(r"(?:квартира|кв)(?:\.\s*|\s+|(?=\d))(\S.*)", re.IGNORECASE)
_TRAILER = re.compile(r"=(\d{1,10});([\d.,\s-]+)", re.ASCII)


def period_named(name: str, supplier: Supplier) -> Period | None:
    """Return the month in the file's name, None when it is not of that form.

    Raises
    ------
    RegistryRefused
        The name bears the INN of somebody else.
    """
    matched = _NAME.fullmatch(name)
    if matched is None:
        return None
    if matched[1] not in {supplier.inn, *(payee.inn for payee in supplier.payees)}:
        raise RegistryRefused("wrong_supplier", f"ИНН {matched[1]} в имени файла — не этого поставщика.")
    return f"20{matched[5]}-{matched[4]}"


def read(lines: Iterator[Line], name: str, supplier: Supplier, uploaded_on: date) -> Iterator[Row | Finding]:
    """Yield accounts (where the rows have addresses) and debts."""
    period = period_named(name, supplier)
    if period is None:
        period = period_of(uploaded_on)
        message = f"В имени файла нет месяца (ИНН_РС_NNN_ММГГ.txt): долг отнесён к {period}."
        yield Finding(Place("", 0), "", "period_assumed", message, "warning")
    count = total = 0
    broken = False
    for line in lines:
        if line.text is None:
            broken = True
            yield bad_encoding(line.place)
            continue
        if not line.text.strip(" ;|") or (line.place.line == 1 and "ФИО" in line.text.upper()):
            continue
        trailer = _TRAILER.fullmatch(line.text.strip().rstrip(";"))
        if trailer is not None:
            yield from _control(line.place, trailer, count, total, whole=not broken)
            continue
        count += 1
        try:
            rows = _rows(line, period)
        except BadCell as error:
            broken = True
            yield Finding(line.place, "", error.code, error.message)
            continue
        total += rows[-1].values["total"]
        yield from rows


def _rows(line: Line, period: Period) -> list[Row]:
    text = line.text or ""
    if "|" in text:
        parts = [part.strip() for part in text.split("|")]
        if len(parts) != 3:
            raise BadCell("columns", f"Колонок {len(parts)}, а нужно 3.")
        number, _, amount = parts
        cells.text(160)(parts[1])
        number = cells.account_number(number)
        return [_debt(line, number, amount, period)]
    parts = [part.strip() for part in text.split(";")]
    if len(parts) < 6 or any(parts[6:]):
        raise BadCell("columns", f"Колонок {len(parts)}, а нужно 6.")
    holder, els, _, address, number, amount = parts[:6]
    number = cells.account_number(number)
    account = {
        "ls": number,
        "fio": cells.required(cells.text(160))(holder),
        "els": cells.text(20)(els),
        **_address(address),
    }
    return [Row("accounts", line.place, number, account), _debt(line, number, amount, period)]


def _debt(line: Line, number: str, amount: str, period: Period) -> Row:
    values = {
        "ls": number, "period": period, "receipt": RECEIPT_KIND, "service": SERVICE, "payee_inn": "",
        "total": cells.required_rubles(amount),
    }  # fmt: skip
    return Row("services", line.place, number, values)


def _address(cell: str) -> dict[str, Any]:
    """Read «г. Челябинск, ул. Кыштымская, д. 10, кв. 1010», or the same four parts without their names."""
    parts = [part.strip() for part in cells.text(240)(cell).split(",") if part.strip()]
    flat = next((part for part in parts if _FLAT.fullmatch(part)), None)
    house = next((part for part in parts if _HOUSE.fullmatch(part)), None)
    if house is None and len(parts) >= 4:
        flat, house = parts[-1], parts[-2]
    elif house is None and len(parts) == 3:
        house = parts[-1]
    if house is None:
        raise BadCell("address", "В адресе нет номера дома.")
    rest = [part for part in parts if part not in (house, flat)]
    return {
        "city": ", ".join(rest[:-1]),
        "street": rest[-1] if rest else "",
        "house": _bare(_HOUSE, house),
        "flat": _bare(_FLAT, flat) if flat else "",
    }


def _bare(pattern: re.Pattern[str], part: str) -> str:
    matched = pattern.fullmatch(part)
    return (matched[1] if matched else part)[:20]


def _control(
    place: Place, trailer: re.Match[str], count: int, total: int, *, whole: bool
) -> Iterator[Finding]:
    if int(trailer[1]) != count:
        message = f"Строк {count}, а в последней строке {trailer[1]}."
        yield Finding(place, "count", "control_count", message, "fatal")
    try:
        expected = cells.rubles(trailer[2])
    except BadCell as error:
        yield Finding(place, "sum", error.code, error.message, "fatal")
        return
    if whole and expected != total:
        message = f"Сумма {format_rubles(total)}, а в последней строке {format_rubles(expected)}."
        yield Finding(place, "sum", "control_sum", message, "fatal")
