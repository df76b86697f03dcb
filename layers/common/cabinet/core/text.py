"""Texts that people type: surnames, houses and flats are compared by meaning, not letter by letter."""

import re
import unicodedata
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

# Patterns are strings that `re` compiles at first use: compiled at import they would slow every cold start.
# Latin letters that look like Cyrillic ones: people type them, and old billing systems store them.
_HOMOGLYPHS = str.maketrans("ABCEHKMOPTXYaceopxy", "АВСЕНКМОРТХУасеорху")
_CONTROL_CHARS = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
_INVISIBLE = (
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
"""Marks that messengers, pages and PDFs put around a text that is copied: joiners, directions, fillers."""
_DASHES = "[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]"
_NOT_LETTERS = r"[^а-яa-z0-9]"
_HOUSE_NOISE = r"(?i)^(?:(?:дом|д|квартира|кв|№|n)[.\s]*)+"
_BLOCK = r"(?i)(?<=[\da-zа-яё])[\s,]*(?:корпус|корп|(?<![a-zа-яё])[кk])[.\s]*(?=\d)"
_BUILDING = r"(?i)(?<=[\da-zа-яё])[\s,]*(?:строение|стр|(?<![a-zа-яё])[сc])[.\s]*(?=\d)"
_LETTER = r"(?i)(?<=\d)[\s,]*(?:литера|литер|лит)[.\s]*(?=[a-zа-яё])"
_BETWEEN_DIGITS = r"(?<=\d)\s*[-–—/\\]\s*(?=\d)"


def strip_control_chars(typed: str) -> str:
    """Return what a person typed without control characters that a terminal or a page would act on.

    Line breaks and tabs stay; other control characters and marks that override the text's direction go.
    """
    return re.sub(_CONTROL_CHARS, "", typed.replace("\r\n", "\n"))


def strip_control_chars_if_str(given: object) -> object:
    """Apply `strip_control_chars` to a form's value; what is no string is left to the form's check."""
    return strip_control_chars(given) if isinstance(given, str) else given


Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    BeforeValidator(strip_control_chars_if_str),
]
"""Why somebody does something, in their own words. (A `type` would be a schema of its own in the API.)"""


def strip_invisible_chars(pasted: str) -> str:
    """Return what was typed or pasted without invisible characters; spaces stay."""
    return re.sub(_INVISIBLE, "", pasted)


def to_cyrillic(text: str) -> str:
    """Replace Latin letters that look like Cyrillic ones by those."""
    return text.translate(_HOMOGLYPHS)


def normalise_text(text: str) -> str:
    """Lower the case, make ё е and look-alikes Cyrillic, drop all but letters and digits."""
    plain = unicodedata.normalize("NFKC", text).translate(_HOMOGLYPHS).lower().replace("ё", "е")
    return re.sub(_NOT_LETTERS, "", plain)


def surname(full_name: str) -> str:
    """Return the surname of «Фамилия Имя Отчество», without spaces around hyphens."""
    tidy = re.sub(r"\s*-\s*", "-", full_name.strip())
    return tidy.split()[0] if tidy else ""


def normalise_house(house: str) -> str:
    """Fold a house or flat number: «10 А», «д.10а» and «10A» (Latin) are one; «15/1» and «151» are not.

    So are «д. 1, корп. 2» and «1к2», «1 строение 2» and «1с2», «1 лит. А» and «1а».
    """
    bare = re.sub(_LETTER, "", re.sub(_HOUSE_NOISE, "", strip_invisible_chars(house).strip()))
    bare = re.sub(_BUILDING, "с", re.sub(_BLOCK, "к", bare))
    return "/".join(normalise_text(part) for part in re.split(_BETWEEN_DIGITS, bare))


# One letter for those that look alike in capitals; a number's other letters keep their own.
_LATIN_LOOK_ALIKES = str.maketrans("АВЕЁКМНОРСТУХ", "ABEEKMHOPCTYX")


def number_key(number: str) -> str:
    """Fold an account's number: case and look-alike letters of the two alphabets do not tell accounts apart.

    «74С-001», «74C-001» (Latin) and «74c-001» are one account; its spelling is in its identifier.
    """
    return (
        number
        if number.isdigit()
        else unicodedata.normalize("NFKC", number).upper().translate(_LATIN_LOOK_ALIKES)
    )


def clean_account_number(typed: str) -> str:
    """Return an account's number without the spaces, invisible characters and «№» typed or pasted with it.

    Any dash is the hyphen, digits of any width are digits.
    """
    bare = strip_invisible_chars(typed).strip().removeprefix("№")
    return re.sub(r"\s+", "", re.sub(_DASHES, "-", unicodedata.normalize("NFKC", bare)))


_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z",
    "и": "i", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "c", "ч": "ch", "ш": "sh", "щ": "sch",
    "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
_TO_LATIN = str.maketrans(_LATIN)
_NOT_IN_CODES = r"[^a-z0-9]+"


def slug(text: str) -> str:
    """Return a code of ASCII letters, digits and hyphens: «ХВС и ВО» → ``hvs-i-vo``; never empty."""
    return re.sub(_NOT_IN_CODES, "-", text.lower().translate(_TO_LATIN)).strip("-")[:40] or "x"


_FORMULA_STARTS = ("=", "+", "-", "@")
_NUMBER_LIKE = r"[+-]?[\d\s.,()\u00a0-]+"


def is_formula(cell: str) -> bool:
    """Tell whether a spreadsheet would run the text (``=cmd|…``, ``@SUM``, ``＝1``); numbers it may read."""
    begins = unicodedata.normalize("NFKC", cell.lstrip()[:1])
    return begins in _FORMULA_STARTS and re.fullmatch(_NUMBER_LIKE, cell) is None
