"""One cell of a registry: text in, a storable value out, or the reason why not. Pure."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from cabinet.accounts import gis_number_rules
from cabinet.core import money, periods
from cabinet.core.text import is_formula

type CellReader = Callable[[str], Any]

EMPTY_VALUES = {"", "-", "–", "—"}
"""What billing systems write for «no value»."""

SHOWN_CHARACTERS = 40
_FORMAT_AS_TEXT_HINT = "задайте столбцу формат «Текстовый» и впишите номер заново"
CACHE_SIZE = 1024
"""Cells repeat: a registry has few services, units and days, and millions of rows."""

_ACCOUNT = re.compile(r"[0-9A-Za-zА-Яа-яЁё][0-9A-Za-zА-Яа-яЁё/_.\-]{0,31}")
_SCIENTIFIC_NOTATION = re.compile(
    r"\d+[.,]\d+[EeЕе][+-]?\d{1,3}|\d+[EeЕе][+]\d{1,3}|\d{4,}[.,]0{1,2}", re.ASCII
)
"""``7,4E+09``, ``7.4E9``, ``7400000001.0``; «74Е001» may be a number."""
_MONTH = (
    r"(?:янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
)
_DATE = re.compile(
    rf"\d{{1,4}}[-./]{_MONTH}[а-яa-z]*\.?(?:[-./]\d{{2,4}})?|{_MONTH}[а-яa-z]*[-./]\d{{1,4}}"
    r"|\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d(?:[ t]00:00.*)?",
    re.IGNORECASE,
)
"""What a spreadsheet makes of «10/1» and «5-12»: ``10.янв``, ``дек.05``, ``01.10.2026``."""
_DATE_LIKE = re.compile(r"\d{2}[./]\d{2}[./](?:19|2[01])\d{2}|(?:19|2[01])\d{2}-\d{2}-\d{2}", re.ASCII)
_DECIMAL = re.compile(r"\d{1,12}(?:\.\d{1,6})?", re.ASCII)


class BadCell(ValueError):
    """A cell that cannot be read: a stable code and a sentence for the person who prepared the file."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field

    def with_field(self, field: str, cell: str) -> "BadCell":
        """Return the error with its field and the cell's text; one that names a part already is kept."""
        if self.field:
            return self
        shown = "".join(letter for letter in cell.strip() if letter.isprintable())
        cell_text = (
            f" В ячейке: «{shown[:SHOWN_CHARACTERS]}{'…' if len(shown) > SHOWN_CHARACTERS else ''}»."
            if shown
            else ""
        )
        return BadCell(self.code, self.message + cell_text, field)


def read_cell(field: str, reader: CellReader, cell: str) -> Any:  # noqa: ANN401 - as the reader
    """Read one named cell; an error names the field and the cell's text."""
    try:
        return reader(cell)
    except BadCell as error:
        raise error.with_field(field, cell) from None


def parse_text(limit: int) -> CellReader:
    """Return a reader of texts of at most `limit` characters; formulas and control characters are refused."""

    @lru_cache(CACHE_SIZE)
    def read(cell: str) -> str:
        plain = unicodedata.normalize("NFC", cell).strip()
        if plain in EMPTY_VALUES:
            return ""
        if len(plain) > limit:
            raise BadCell("too_long", f"Длиннее {limit} знаков: сократите.")
        if any(unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") for character in plain):
            raise BadCell("control_character", "В тексте управляющие или недопустимые символы.")
        reject_formula(plain)
        return plain

    return read


def reject_formula(plain: str) -> None:
    """Refuse what a spreadsheet would run when the text is exported again (``=cmd|…``, ``@SUM``, ``＝1``)."""
    if is_formula(plain):
        raise BadCell("formula", "Ячейка похожа на формулу электронной таблицы: уберите первый знак.")


@lru_cache(CACHE_SIZE)
def parse_account_number(cell: str) -> str:
    """Read an account's number: text, never a number that a spreadsheet has rounded."""
    plain = cell.strip()
    reject_formula(plain)
    if _SCIENTIFIC_NOTATION.fullmatch(plain):
        message = (
            f"Номер счёта испорчен электронной таблицей, она сделала его числом: {_FORMAT_AS_TEXT_HINT}."
        )
        raise BadCell("scientific", message)
    if _ACCOUNT.fullmatch(plain) is None:
        message = "Нужен номер лицевого счёта: до 32 букв, цифр и знаков / _ . -"
        raise BadCell(
            "account_number",
            f"{message}, без пробелов." if plain else "Нужен номер лицевого счёта: ячейка пуста.",
        )
    return plain


def parse_number_as_text(limit: int) -> CellReader:
    """Return a reader of numbers of houses, flats and meters: never the dates that a spreadsheet makes."""
    plain_text = parse_text(limit)

    @lru_cache(CACHE_SIZE)
    def read_number(cell: str) -> str:
        plain: str = plain_text(cell)
        if _DATE.fullmatch(plain):
            message = f"Номер испорчен электронной таблицей, она сделала его датой: {_FORMAT_AS_TEXT_HINT}."
            raise BadCell("became_date", message)
        return plain

    return read_number


def _letters_in(plain: str) -> str:
    """Return a word on letters among the digits: a unit, or an «О» that looks like a zero."""
    letters = "".join(dict.fromkeys(letter for letter in plain if letter.isalpha()))
    has_digits = any(sign.isdigit() for sign in plain)
    return f" Среди цифр есть буквы: {letters[:SHOWN_CHARACTERS]}." if letters and has_digits else ""


@lru_cache(CACHE_SIZE)
def parse_rubles(cell: str) -> int:
    """Read a sum in rubles, comma or dot, and return kopecks; an empty cell is zero."""
    plain = cell.strip()
    if plain in EMPTY_VALUES:
        return 0
    try:
        return money.parse_rubles(plain)
    except ValueError:
        message = (
            f"Нужна сумма в рублях, например 1234,56: не более двух знаков после запятой.{_letters_in(plain)}"
        )
        raise BadCell("sum", message) from None


@lru_cache(CACHE_SIZE)
def parse_required_rubles(cell: str) -> int:
    """Read a sum that must be there."""
    if cell.strip() in EMPTY_VALUES:
        raise BadCell("required", "Нужна сумма, например 1234,56: если её нет, напишите 0.")
    return parse_rubles(cell)


@lru_cache(CACHE_SIZE)
def parse_day(cell: str) -> str | None:
    """Read ``28.09.2019``, ``28/09/2019`` or ``2019-09-28`` and return the ISO day; empty is None."""
    plain = cell.strip()
    if plain in EMPTY_VALUES:
        return None
    for form in ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y"):
        try:
            found = datetime.strptime(plain, form).date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            continue
        if date(1900, 1, 1) <= found <= date(2199, 12, 31):
            return found.isoformat()
    if _DATE_LIKE.fullmatch(plain):
        raise BadCell("date", "Такого дня нет в календаре: исправьте дату.")
    raise BadCell("date", "Нужна дата ДД.ММ.ГГГГ или ГГГГ-ММ-ДД.")


@lru_cache(CACHE_SIZE)
def parse_required_day(cell: str) -> str:
    """Read a day that must be there."""
    found = parse_day(cell)
    if found is None:
        raise BadCell("required", "Нужна дата ДД.ММ.ГГГГ: ячейка пуста, или в ней прочерк.")
    return found


@lru_cache(CACHE_SIZE)
def parse_period(cell: str) -> str:
    """Read a month ``2019-09``."""
    try:
        return periods.parse_period(cell.strip())
    except ValueError:
        raise BadCell("period", "Нужен месяц вида ГГГГ-ММ, например 2026-10.") from None


def parse_optional_period(cell: str) -> str | None:
    """Read a month; empty is None."""
    return None if cell.strip() in EMPTY_VALUES else parse_period(cell)


def parse_els(cell: str) -> str:
    """Read an account's number of ГИС ЖКХ; empty is none."""
    return _gis_number(
        cell,
        gis_number_rules.parse_els,
        "ЕЛС — две цифры, две русские буквы и шесть цифр, например 74АА000001.",
    )


def parse_izhku(cell: str) -> str:
    """Read a dwelling's number of ГИС ЖКХ; empty is none."""
    return _gis_number(
        cell, gis_number_rules.parse_izhku, "ИЖКУ — ЕЛС, дефис и две цифры, например 74АА000001-01."
    )


def parse_gis_document(cell: str) -> str:
    """Read a payment document's number of ГИС ЖКХ; empty is none."""
    form = "Номер платёжного документа ГИС ЖКХ — ИЖКУ, дефис и четыре цифры, например 74АА000001-01-9091."
    return _gis_number(cell, gis_number_rules.parse_document, form)


def _gis_number(cell: str, parse: Callable[[str], str], form: str) -> str:
    plain: str = parse_text(20)(cell)
    try:
        return parse(plain) if plain else ""
    except ValueError:
        raise BadCell("gis_number", form) from None


def parse_int(low: int, high: int) -> CellReader:
    """Return a reader of whole numbers between `low` and `high`; empty is None."""

    @lru_cache(CACHE_SIZE)
    def read(cell: str) -> int | None:
        plain = cell.strip()
        if plain in EMPTY_VALUES:
            return None
        if re.fullmatch(r"\d{1,9}", plain, re.ASCII) is None or not low <= int(plain) <= high:
            raise BadCell("number", f"Нужно целое число от {low} до {high}.{_letters_in(plain)}")
        return int(plain)

    return read


@lru_cache(CACHE_SIZE)
def parse_decimal(cell: str) -> str:
    """Read a meter's non-negative decimal and return it with a dot, its zeros kept: ``0,00`` → ``0.00``."""
    plain = cell.strip().replace(",", ".").replace(" ", "").replace("\u00a0", "")
    if _DECIMAL.fullmatch(plain) is None:
        message = (
            "Нужно число без минуса и без единиц измерения, например 12,5: "
            "до 12 цифр до запятой и до 6 после."
        )
        raise BadCell("decimal", message + _letters_in(plain))
    whole, _, fraction = plain.partition(".")
    return f"{int(whole)}.{fraction}" if fraction else str(int(whole))


@lru_cache(CACHE_SIZE)
def parse_optional_decimal(cell: str) -> str:
    """Read a non-negative decimal; empty stays empty."""
    return "" if cell.strip() in EMPTY_VALUES else parse_decimal(cell)


@lru_cache(CACHE_SIZE)
def parse_closed_flag(cell: str) -> str | None:
    """Read when an account was closed: a day, or a mere yes («1», «да») as the empty text."""
    plain = cell.strip().lower()
    if plain in ("1", "да", "true"):
        return ""
    try:
        return None if plain in ("0", "нет", "false") else parse_day(cell)
    except BadCell as error:
        if _DATE_LIKE.fullmatch(plain):
            raise
        raise BadCell(error.code, "Нужна дата закрытия ДД.ММ.ГГГГ, «да» или «нет».") from None


@lru_cache(CACHE_SIZE)
def parse_flag(cell: str) -> bool | None:
    """Read yes or no («да», «1» …); empty is None: nothing is said."""
    plain = cell.strip().lower()
    if plain in EMPTY_VALUES:
        return None
    if plain in ("1", "да", "true", "yes"):
        return True
    if plain in ("0", "нет", "false", "no"):
        return False
    raise BadCell("flag", "Нужно «да» или «нет» (1 или 0); пусто — не сказано.")


def required(reader: CellReader) -> CellReader:
    """Return `reader` for a column that may not be empty."""

    @lru_cache(CACHE_SIZE)
    def read(cell: str) -> Any:  # noqa: ANN401 - as the reader
        found = reader(cell)
        if found in ("", None):
            raise BadCell("required", "Нужно значение: ячейка пуста, или в ней прочерк.")
        return found

    return read
