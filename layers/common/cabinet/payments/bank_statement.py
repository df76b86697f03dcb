"""Reads a bank's statement of a day: what is certain is read, what is not is refused by line. Pure."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from cabinet.core.file_kinds import non_table_message
from cabinet.core.money import Kopecks, format_rubles
from cabinet.payments import bank_statement_cells as cells

_ENCODINGS = ("cp1251", "cp866")
_DELIMITERS = (";", "\t", ",", "|")
_TITLE_ROWS = 40
"""Rows in which the header is searched for: above it are the report's title, contract and period."""
_SHOWN = 40
_ROW_WITHIN = re.compile(r"\n[^\n]*[;\t|]")
"""A line break and a separator in one cell: rows behind a quote that nobody closed."""


class StatementUnreadable(ValueError):
    """The file is not a statement: which line, and why."""


class ColumnsUnknown(StatementUnreadable):
    """The file is a table whose columns are called otherwise; `columns` are what seem to be its names."""

    def __init__(self, text: str, columns: list[str]) -> None:
        super().__init__(text)
        self.columns = columns


@dataclass(frozen=True, slots=True)
class ChosenColumns:
    """Which columns a person has chosen, by their names in the file; empty: none."""

    number: str
    amount: str
    status: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement of money: positive taken from the payer, negative refunded."""

    number: str
    amount: Kopecks
    line: int = field(default=0, compare=False)
    day: date | None = field(default=None, compare=False)
    """When the bank moved it, if the statement says so."""


@dataclass(slots=True)
class BankStatement:
    """What a file says."""

    entries: list[StatementLine] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    """Lines that move no money: totals, repeated headers, refused payments, signatures."""
    doubts: list[str] = field(default_factory=list)
    """What a person should look at: totals that are not the sum of the lines."""


@dataclass(frozen=True, slots=True)
class _Columns:
    header: tuple[str, ...]
    number: int
    amount: int
    statuses: tuple[int, ...]
    day: int | None


type _Row = tuple[int, list[str]]


def parse_statement(content: bytes, chosen: ChosenColumns | None = None) -> BankStatement:
    """Read a statement: a table with a header (UTF-8, cp1251, cp866), sums in rubles; names of columns vary.

    Columns: order number, amount, and, where refunds are listed, status; a date is understood. A refund's sum
    may come with or without its minus. Titles, repeated headers, totals and signatures are no payments.
    Columns of other names are those that a person has `chosen`. Raises StatementUnreadable, ColumnsUnknown.
    """
    if (other := non_table_message(content)) is not None:
        raise StatementUnreadable(other)
    rows, columns = _table(content, chosen)
    statement = BankStatement()
    since_total = 0
    for line, row in rows:
        try:
            repeated = _columns(row, chosen)
            is_total = _read_row(
                statement, columns, line, row, statement.entries[since_total:], is_header=repeated is not None
            )
        except ValueError as error:
            raise StatementUnreadable(f"строка {line}: {error}") from None
        since_total = len(statement.entries) if is_total else since_total
        columns = repeated or columns
    return statement


def _read_row(
    statement: BankStatement, columns: _Columns, line: int, row: list[str], since: list[StatementLine], *,
    is_header: bool,
) -> bool:  # fmt: skip
    """Add what a row says; return whether it is a total. Raises ValueError."""
    _require_closed_quotes(row)
    number = cells.order_number(_cell(row, columns.number))
    text = _cell(row, columns.amount)
    if not cells.is_order(number):
        if is_header or _is_text_only_row(number, text, statement):
            statement.skipped.append(line)
            return False
        if cells.is_total(row) or (not number and _is_sum_of(text, statement.entries, since)):
            statement.skipped.append(line)
            _check_total(statement, line, text, since)
            return True
        if not number:
            raise ValueError(
                f"нет номера заказа при сумме «{text.strip()}»: впишите его в столбец "
                f"«{columns.header[columns.number]}», как он стоит у банка"
            )
    _require_whole(row, columns)
    sum_ = cells.amount(text, columns.header[columns.amount])
    moved = _movement(row, columns)
    if moved == 0:
        statement.skipped.append(line)
        return False
    day = cells.day(_cell(row, columns.day)) if columns.day is not None else None
    statement.entries.append(StatementLine(number, -abs(sum_) if moved < 0 else sum_, line, day))
    return False


def _movement(row: list[str], columns: _Columns) -> int:
    """Return what the row's states say; raises ValueError with their columns."""
    try:
        return cells.movement([_cell(row, status) for status in columns.statuses])
    except ValueError as error:
        names = "», «".join(columns.header[status] for status in columns.statuses)
        raise ValueError(f"{error} (столбец «{names}»)") from None


def _require_closed_quotes(row: list[str]) -> None:
    """Refuse a row that has swallowed those below it; raises ValueError."""
    swallowing = next((cell for cell in row if _ROW_WITHIN.search(cell)), None)
    if swallowing is not None:
        raise ValueError(
            f"кавычка перед «{swallowing.strip().splitlines()[0][:_SHOWN]}» не закрыта: "
            "уберите её или поставьте вторую в конце ячейки"
        )


def _require_whole(row: list[str], columns: _Columns) -> None:
    """Refuse a row whose cells are not those of the header; raises ValueError."""
    if any(cell.strip() for cell in row[len(columns.header) :]):
        raise ValueError(
            "ячеек больше, чем столбцов: лишний разделитель. "
            "Если он стоит внутри ячейки, возьмите её в кавычки"
        )
    if len(row) == 1 < len(columns.header):
        raise ValueError(
            f"в строке одна ячейка «{row[0].strip()[:_SHOWN]}», а столбцов {len(columns.header)}: "
            "разделитель здесь не тот, что в заголовке"
        )


def _table(content: bytes, chosen: ChosenColumns | None) -> tuple[Iterator[_Row], _Columns]:
    """Return the rows below the header and what its columns are."""
    seen: list[str] = []
    widest: list[str] = []
    for text in _texts(content):
        for delimiter in _DELIMITERS:
            try:
                reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
                # Rows are counted as a spreadsheet counts them: a cell may have several lines.
                rows = [(line, row) for line, row in enumerate(reader, 1) if any(map(str.strip, row))]
            except csv.Error as error:
                raise StatementUnreadable(f"это не таблица: {error}") from None
            for index, (_, row) in enumerate(rows[:_TITLE_ROWS]):
                columns = _columns(row, chosen)
                if columns is not None:
                    return iter(rows[index + 1 :]), columns
                named = [cell.strip() for cell in row if cell.strip()]
                widest = named if len(named) > len(widest) else widest
            seen = seen or [cell.strip() for cell in (rows or [(1, [])])[0][1]]
    here = f"; есть: {', '.join(seen)[:200]}" if any(seen) else ""
    text = (
        f"строка 1: нет столбцов order_number («Номер заказа») и amount («Сумма»){here}. "
        "Назовите столбцы так в строке над платежами"
    )
    if len(widest) > 1:
        raise ColumnsUnknown(text, widest)
    raise StatementUnreadable(text)


def _texts(content: bytes) -> Iterator[str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield content.decode("utf-16", "replace")
        return
    try:
        yield content.decode("utf-8-sig")
        return
    except UnicodeDecodeError:
        pass
    for encoding in _ENCODINGS:
        yield content.decode(encoding, "replace")


def _columns(row: list[str], chosen: ChosenColumns | None = None) -> _Columns | None:
    """Return the columns of a header; None for a row that is none."""
    names = [cells.column_name(cell) for cell in row]
    if chosen is not None:
        return _chosen_columns(row, names, chosen)
    number, amount = _index(names, cells.NUMBER), _index(names, cells.AMOUNT)
    if number is None or amount is None:
        return None
    statuses = tuple(index for index, name in enumerate(names) if name in cells.STATUS)
    return _Columns(tuple(cell.strip() for cell in row), number, amount, statuses, _index(names, cells.DAY))


def _chosen_columns(row: list[str], names: list[str], chosen: ChosenColumns) -> _Columns | None:
    number, amount = (_index(names, (cells.column_name(name),)) for name in (chosen.number, chosen.amount))
    if number is None or amount is None:
        return None
    status, day = (
        _index(names, (cells.column_name(name),)) if name else None for name in (chosen.status, chosen.day)
    )
    header = tuple(cell.strip() for cell in row)
    return _Columns(header, number, amount, () if status is None else (status,), day)


def _index(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _cell(row: list[str], index: int) -> str:
    return row[index] if index < len(row) else ""


def _is_text_only_row(number: str, text: str, statement: BankStatement) -> bool:
    """Whether a row is words alone: «Исполнитель: Иванова», a note, a page's number."""
    has_words = " " in number.strip() or number.endswith(":")
    return has_words and (not text.strip() or (bool(statement.skipped) and _sum(text) is None))


def _sum(text: str) -> Kopecks | None:
    try:
        return cells.amount(text)
    except ValueError:
        return None


def _is_sum_of(text: str, entries: list[StatementLine], since: list[StatementLine]) -> bool:
    sum_ = _sum(text)
    return bool(entries) and sum_ is not None and sum_ in _sums(entries) | _sums(since)


def _check_total(statement: BankStatement, line: int, text: str, since: list[StatementLine]) -> None:
    sum_ = _sum(text)
    expected = _sums(statement.entries) | _sums(since)
    if sum_ is not None and sum_ not in expected:
        lines = format_rubles(sum(entry.amount for entry in statement.entries))
        statement.doubts.append(
            f"Строка {line}: итог {format_rubles(sum_)}, а строк над ним на {lines}: "
            "файл неполон или изменён. Выгрузите его у банка заново."
        )


def _sums(entries: list[StatementLine]) -> set[Kopecks]:
    """Return what a total may be: all together, taken alone, refunded alone, with no sign."""
    taken = sum(entry.amount for entry in entries if entry.amount > 0)
    given = sum(entry.amount for entry in entries if entry.amount < 0)
    return {taken + given, taken, given, -given, taken - given}
