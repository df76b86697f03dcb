"""A row as text: parted into cells, and what to say where rows, columns or sums are not as many as said."""

import csv

from cabinet.core.money import Kopecks, format_rubles
from cabinet.exchange.formats.cell_parsers import SHOWN_CHARACTERS, BadCell, parse_account_number

DELIMITERS = {",": "запятая", "\t": "табуляция", "|": "вертикальная черта"}


def row_cells(row: str, delimiter: str = ";") -> list[str]:
    """Part a row into cells without their quotes; a quote within a name («ООО "Мир"») stays.

    Raises
    ------
    BadCell
        A quote that is opened and not closed.
    """
    if '"' not in row:
        return [*map(str.strip, row.split(delimiter))]
    try:
        (cells,) = csv.reader((row,), delimiter=delimiter, strict=True)
    except (csv.Error, ValueError):
        cells = [_unquoted(cell.strip(), delimiter) for cell in row.split(delimiter)]
    return [cell.strip() for cell in cells]


def _unquoted(cell: str, delimiter: str) -> str:
    """Read a cell of a row that RFC 4180 cannot: «"Мир" ООО» is clear while its quotes are in pairs."""
    if cell.count('"') % 2:
        raise BadCell(
            "quotes", "Кавычки не закрыты или расставлены неверно: уберите лишнюю или поставьте недостающую."
        )
    try:
        ((plain,),) = csv.reader((cell or " ",), delimiter=delimiter, strict=True)
    except (csv.Error, ValueError):
        return cell
    return plain


def columns_mismatch_message(found: int, wanted: str, row: str) -> str:
    """Return what to say of a row with too few or too many columns, and of another delimiter."""
    message = f"В строке ячеек {found}, а нужно {wanted}."
    if found == 1:
        other = next((name for sign, name in DELIMITERS.items() if row.count(sign) > 1), None)
        message += f" Разделитель здесь — {other}, а нужна точка с запятой." if other else ""
    elif row.startswith("#"):
        message += (
            f" Строка начинается с {row.split(';', 1)[0][:SHOWN_CHARACTERS]}: возможно, опечатка в #control."
        )
    elif wanted.split(",")[0].isdigit() and found > int(wanted.split(",")[0]):
        message += " Если точка с запятой стоит внутри ячейки, возьмите ячейку в кавычки."
    return message


def counts_mismatch_message(count: int, stated: int | str, where: str) -> str:
    """Return what to say of a control line that counts other rows than the file has."""
    return f"В файле строк {count}, а {where} {stated}: проверьте, все ли строки на месте, и исправьте число."


def sums_mismatch_message(added_up: Kopecks, stated: Kopecks, where: str) -> str:
    """Return what to say of a control line whose sum is not that of the rows."""
    return (
        f"Сумма строк файла {format_rubles(added_up)}, а {where} {format_rubles(stated)}: "
        "проверьте, все ли строки на месте, и исправьте сумму."
    )


def number_in(cell: list[str]) -> str:
    """Return the account's number in a broken row, by which the account is left out; empty if unreadable."""
    try:
        return parse_account_number(cell[0])
    except (BadCell, IndexError):
        return ""
