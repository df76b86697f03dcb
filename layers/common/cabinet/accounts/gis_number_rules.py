"""Numbers of accounts and dwellings in the state information system (ГИС ЖКХ), by their form. Pure.

ЕЛС ``00АА000000`` names an account, ИЖКУ ``00АА000000-00`` what it is billed for; letters are Cyrillic.
"""

import re

from cabinet.core.text import to_cyrillic

_ELS = r"\d{2}[А-Яа-яЁё]{2}\d{6}"
_IZHKU = rf"{_ELS}-\d{{2}}"
_FIRST = "01"


def parse_els(text: str) -> str:
    """Return an ЕЛС as ГИС ЖКХ writes it, look-alike Latin letters made Cyrillic; raises ValueError."""
    return _fitting(_ELS, text)


def parse_izhku(text: str) -> str:
    """Return an ИЖКУ as ГИС ЖКХ writes it, look-alike Latin letters made Cyrillic; raises ValueError."""
    return _fitting(_IZHKU, text)


def dwelling_number(els: str, izhku: str = "") -> str | None:
    """Return the ИЖКУ of an account: its own, else the first of its ЕЛС; None where neither has the form.

    Registries need not carry the ИЖКУ, whose last two digits number the contract.
    """
    if is_of(izhku, els):
        return izhku
    return f"{els}-{_FIRST}" if re.fullmatch(_ELS, els, re.ASCII) else None


def is_of(izhku: str, els: str) -> bool:
    """Tell whether an ИЖКУ is one of an ЕЛС; any is where there is no ЕЛС."""
    return bool(re.fullmatch(_IZHKU, izhku, re.ASCII)) and izhku.upper().startswith(els.upper())


def _fitting(form: str, text: str) -> str:
    number = to_cyrillic("".join(text.split()))
    if not re.fullmatch(form, number, re.ASCII):
        raise ValueError("not a number of ГИС ЖКХ")
    return number
