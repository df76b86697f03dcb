"""Registries that the staff write in a spreadsheet: their rows, or all that is wrong with the file."""

from __future__ import annotations

import csv
import difflib
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.cli.errors import CommandError
from infra.cli.input_files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SEPARATORS = {",": "запятая", "\t": "табуляция", "|": "вертикальная черта"}
_SPREADSHEET_ERROR = re.compile(r"#(?:ИМЯ\?|ЗНАЧ!|ССЫЛКА!|ДЕЛ/0!|Н/Д|NAME\?|VALUE!|REF!|DIV/0!|N/A)|#{3,}")
_ALIKE = 0.7


class RowRejected(CommandError):
    """One row cannot be taken: why, and in which column."""

    def __init__(self, message: str, column: str = "") -> None:
        super().__init__(message)
        self.column = column

    def at(self, line: int) -> str:
        """Return the refusal as the report of a file says it."""
        column = f", столбец {self.column}" if self.column else ""
        return f"строка {line}{column}: {self}"


@dataclass(frozen=True, slots=True)
class SpreadsheetRow:
    """One row, by the number that a spreadsheet shows beside it."""

    line: int
    cells: dict[str, str]


def read_rows(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> list[SpreadsheetRow]:
    """Return all rows of a CSV file (`;`, a header, the encoding detected by its letters), or none.

    An `optional` column that the file lacks is empty in every row; a column of another name is passed over
    unless it looks like one of these misspelt.

    Raises
    ------
    CommandError
        All that is wrong with the file, a line each.
    """
    table = _table(path, read_bytes(path))
    if not table:
        raise CommandError(f"{path}: файл пуст: нужен заголовок {';'.join(columns)} и строки под ним")
    header = [cell.strip().casefold() for cell in table[0]]
    if issues := _header_issues(header, columns, optional):
        raise CommandError(f"{path}: {'; '.join(issues)}")
    rows, refused = [], []
    for line, row in enumerate(table[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            rows.append(SpreadsheetRow(line, _cells(header, row, columns, optional)))
        except RowRejected as refusal:
            refused.append(refusal.at(line))
    reject_rows(path, refused)
    if not rows:
        raise CommandError(f"{path}: под заголовком нет ни одной строки")
    return rows


def reject_rows(path: Path, refused: Sequence[str]) -> None:
    """Refuse the file when any of its rows is refused, naming all of them; raises CommandError."""
    if refused:
        raise CommandError("\n".join((f"{path}: ничего не сделано, исправьте и повторите:", *refused)))


def _table(path: Path, content: bytes) -> list[list[str]]:
    from cabinet.core.file_kinds import non_table_message

    if (other := non_table_message(content)) is not None:
        raise CommandError(f"{path}: {other}")
    table: list[list[str]] = []
    try:
        table.extend(csv.reader(io.StringIO(_text(path, content), newline=""), delimiter=";", strict=True))
    except csv.Error:
        raise CommandError(
            f"{path}: строка {len(table) + 1}: кавычки не закрыты или расставлены неверно. Если текст "
            'в кавычках, то кавычку внутри него пишут дважды: «""»'
        ) from None
    return table


def _text(path: Path, content: bytes) -> str:
    from cabinet.exchange.formats import encoding

    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode(encoding.detect([content])).removeprefix("\ufeff")
    except (encoding.UnknownEncoding, UnicodeDecodeError):
        message = "кодировка не UTF-8, не Windows-1251 и не cp866: сохраните файл в Excel как «CSV UTF-8»"
        raise CommandError(f"{path}: {message}") from None


def _header_issues(header: list[str], columns: Sequence[str], optional: Sequence[str]) -> list[str]:
    wanted = f"нужен заголовок {';'.join(columns)}"
    if len(header) == 1:
        other = next((name for sign, name in _SEPARATORS.items() if sign in header[0]), None)
        if other is not None:
            return [f"строка 1: разделитель — {other}, а нужна точка с запятой"]
    known = [*columns, *optional]
    issues: list[str] = []
    guessed: set[str] = set()
    for name in header:
        if name and name not in known:
            near = difflib.get_close_matches(name, [each for each in known if each not in header], 1, _ALIKE)
            guessed.update(near)
            issues.extend(
                f"строка 1: столбец «{name}» — вероятно, «{each}»: переименуйте его" for each in near
            )
    lacking = [column for column in columns if column not in header and column not in guessed]
    if lacking:
        noun = "столбца" if len(lacking) == 1 else "столбцов"
        issues.append(f"строка 1: нет {noun} {', '.join(lacking)}: {wanted}")
    issues.extend(
        f"строка 1: столбец «{name}» повторяется: оставьте один"
        for name in dict.fromkeys(header) if name in known and header.count(name) > 1
    )  # fmt: skip
    return issues


def _cells(
    header: list[str], row: list[str], columns: Sequence[str], optional: Sequence[str]
) -> dict[str, str]:
    if any(cell.strip() for cell in row[len(header) :]):
        raise RowRejected(
            f"ячеек {len(row)}, а столбцов {len(header)}: если точка с запятой стоит внутри текста, "
            "возьмите текст в кавычки"
        )
    if len(row) <= max(header.index(column) for column in columns):
        raise RowRejected(
            f"ячеек {len(row)}, а столбцов {len(header)}: пустые ячейки тоже отделяют точкой с запятой"
        )
    found = dict(zip(header, map(str.strip, row), strict=False))
    for column in (*columns, *optional):
        if _SPREADSHEET_ERROR.fullmatch(found.get(column, "")):
            raise RowRejected(f"в ячейке ошибка Excel «{found[column]}»: впишите само значение", column)
    return {column: found.get(column, "") for column in (*columns, *optional)}
