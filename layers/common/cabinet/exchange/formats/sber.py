"""Reads Сбербанк's registries of debts: ``ЛС|ФИО|сумма`` and ``ФИО;ЕЛС;ФИАС;Адрес;ЛС;Сумма``.

The file's name, ``ИНН_РС_NNN_ММГГ.txt``, says whose it is and for which month; the rows themselves do not.
"""

import re
from collections.abc import Iterator
from datetime import date

from cabinet.accounts.supplier_model import Supplier
from cabinet.core.periods import Period, period_from_date
from cabinet.exchange.formats import addresses, cell_parsers, row_text
from cabinet.exchange.formats.archive import Line, bad_encoding
from cabinet.exchange.formats.cell_parsers import BadCell
from cabinet.exchange.formats.gorod import RECEIPT_KIND
from cabinet.exchange.formats.row_text import (
    columns_mismatch_message,
    counts_mismatch_message,
    number_in,
    sums_mismatch_message,
)
from cabinet.exchange.model import Issue, Location, RegistryRejected, Row

SERVICE = "Задолженность"
_NAME = re.compile(r"(\d{10}|\d{12})_(\d{20})_(\d{1,6})_(0[1-9]|1[0-2])(\d\d)\.txt", re.ASCII | re.IGNORECASE)
_TRAILER = re.compile(r"=([^;]*);([^;]*)")
_ADDRESSED, _SHORT = "ФИО;ЕЛС;ФИАС;Адрес;ЛС;Сумма", "ЛС|ФИО|сумма"


def period_from_filename(name: str, supplier: Supplier) -> Period | None:
    """Return the month in the file's name, None when it is not of that form.

    Raises
    ------
    RegistryRejected
        The name bears the INN of somebody else.
    """
    matched = _NAME.fullmatch(name)
    if matched is None:
        return None
    if matched[1] not in {supplier.inn, *(payee.inn for payee in supplier.payees)}:
        raise RegistryRejected("wrong_supplier", f"ИНН {matched[1]} в имени файла — не этого поставщика.")
    return f"20{matched[5]}-{matched[4]}"


def is_name(name: str) -> bool:
    """Tell whether a file is named as this bank's are."""
    return _NAME.fullmatch(name) is not None


def read(lines: Iterator[Line], name: str, supplier: Supplier, uploaded_on: date) -> Iterator[Row | Issue]:
    """Yield accounts (where the rows have addresses) and debts."""
    period = period_from_filename(name, supplier)
    if period is None:
        period = period_from_date(uploaded_on)
        message = f"В имени файла нет месяца (ИНН_РС_NNN_ММГГ.txt): долг отнесён к {period}."
        yield Issue(Location("", 0), "", "period_assumed", message, "warning")
    count = total = 0
    broken = ended = False
    for line in lines:
        if line.text is None:
            broken = True
            yield bad_encoding(line.location)
            continue
        if not line.text.strip(" ;|") or (line.location.line == 1 and _is_header(line.text)):
            continue
        if ended:
            yield Issue(
                line.location,
                "",
                "after_control",
                "После строки =число;сумма есть данные: она должна быть последней.",
                "fatal",
            )
            return
        trailer = _TRAILER.fullmatch(line.text.strip().rstrip(";"))
        if trailer is not None:
            ended = True
            yield from _control_totals(line.location, trailer, count, total, whole=not broken)
            continue
        count += 1
        parts: list[str] = []
        try:
            parts = _parts(line)
            rows = _rows(line, parts, period)
        except BadCell as error:
            broken = True
            number = number_in(_number_cell(parts))
            yield Issue(line.location, error.field, error.code, error.message, number=number)
            continue
        total += rows[-1].values["total"]
        yield from rows


def _is_header(text: str) -> bool:
    """Tell whether a row names its columns: «Софиоти» has these letters too."""
    return any(cell.strip(' "').upper().replace(".", "") == "ФИО" for cell in re.split("[;|]", text))


def _parts(line: Line) -> list[str]:
    """Return three cells, or six; a spreadsheet may have padded them."""
    text = line.text or ""
    is_short = "|" in text
    parts = row_text.row_cells(text, "|" if is_short else ";")
    wanted = 3 if is_short else 6
    if len(parts) < wanted or any(parts[wanted:]):
        form = _SHORT if is_short else _ADDRESSED
        raise BadCell("columns", columns_mismatch_message(len(parts), f"{wanted} ({form})", text))
    return parts[:wanted]


def _number_cell(parts: list[str]) -> list[str]:
    return parts[:1] if len(parts) == 3 else parts[4:5]


def _rows(line: Line, parts: list[str], period: Period) -> list[Row]:
    number = cell_parsers.read_cell("ЛС", cell_parsers.parse_account_number, _number_cell(parts)[0])
    debt = _debt(line, number, parts[-1], period)
    if len(parts) == 3:
        cell_parsers.read_cell("ФИО", cell_parsers.parse_text(160), parts[1])
        return [debt]
    holder, els, _, address = parts[:4]
    account = {
        "ls": number,
        "fio": cell_parsers.read_cell("ФИО", cell_parsers.required(cell_parsers.parse_text(160)), holder),
        "els": cell_parsers.read_cell("ЕЛС", cell_parsers.parse_els, els),
        **cell_parsers.read_cell("Адрес", addresses.parse_labelled, address),
    }
    return [Row("accounts", line.location, number, account), debt]


def _debt(line: Line, number: str, amount: str, period: Period) -> Row:
    values = {
        "ls": number, "period": period, "receipt": RECEIPT_KIND, "service": SERVICE, "payee_inn": "",
        "total": cell_parsers.read_cell("Сумма", cell_parsers.parse_required_rubles, amount),
    }  # fmt: skip
    return Row("services", line.location, number, values)


def _control_totals(
    location: Location, trailer: re.Match[str], count: int, total: int, *, whole: bool
) -> Iterator[Issue]:
    try:
        rows = cell_parsers.read_cell(
            "count", cell_parsers.required(cell_parsers.parse_int(0, 999_999_999)), trailer[1]
        )
        expected = cell_parsers.read_cell("sum", cell_parsers.parse_required_rubles, trailer[2])
    except BadCell as error:
        yield Issue(location, error.field, error.code, error.message, "fatal")
        return
    if rows != count:
        message = counts_mismatch_message(count, rows, "в последней строке")
        yield Issue(location, "count", "control_count", message, "fatal")
    if whole and expected != total:
        message = sums_mismatch_message(total, expected, "в последней строке")
        yield Issue(location, "sum", "control_sum", message, "fatal")
