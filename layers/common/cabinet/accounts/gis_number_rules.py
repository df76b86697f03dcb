"""Numbers of accounts, dwellings and payment documents in the state information system (ГИС ЖКХ). Pure.

ЕЛС ``00АА000000`` names an account, ИЖКУ ``00АА000000-00`` what it is billed for, ``00АА000000-00-0000`` a
payment document (ПД) of it; letters are Cyrillic. A number is known by its form.
"""

import re

from cabinet.core.text import to_cyrillic

_ELS = r"\d{2}[А-Яа-яЁё]{2}\d{6}"
_IZHKU = rf"{_ELS}-\d{{2}}"
_DOCUMENT = rf"{_IZHKU}-\d{{4}}"
_FIRST = "01"


def parse_els(text: str) -> str:
    """Return an ЕЛС as ГИС ЖКХ writes it, look-alike Latin letters made Cyrillic; raises ValueError."""
    return _parse(_ELS, text)


def parse_izhku(text: str) -> str:
    """Return an ИЖКУ as ГИС ЖКХ writes it, look-alike Latin letters made Cyrillic; raises ValueError."""
    return _parse(_IZHKU, text)


def parse_document(text: str) -> str:
    """Return a payment document's number as ГИС ЖКХ writes it, as `parse_els` does; raises ValueError."""
    return _parse(_DOCUMENT, text)


def dwelling_number(els: str, izhku: str = "") -> str | None:
    """Return the ИЖКУ of an account: its own, else the first of its ЕЛС; None where neither has the form.

    Registries need not carry the ИЖКУ, whose last two digits number the contract.
    """
    if izhku_matches_els(izhku, els):
        return izhku
    return f"{els}-{_FIRST}" if re.fullmatch(_ELS, els, re.ASCII) else None


def izhku_matches_els(izhku: str, els: str) -> bool:
    """Tell whether an ИЖКУ is one of an ЕЛС; any is where there is no ЕЛС."""
    return bool(re.fullmatch(_IZHKU, izhku, re.ASCII)) and izhku.upper().startswith(els.upper())


def document_matches_account(document: str, els: str, izhku: str) -> bool:
    """Tell whether a payment document is one of an account; any is where neither of its numbers is known."""
    return izhku_matches_els(document[: -len("-0000")], els) and document.upper().startswith(izhku.upper())


def document_matches_period(document: str, period: str) -> bool:
    """Tell whether a payment document's last digits are of a month: 9091 is the first of September 2019."""
    return document[-4:-1] == period[3] + period[5:]


def _parse(form: str, text: str) -> str:
    number = to_cyrillic("".join(text.split()))
    if not re.fullmatch(form, number, re.ASCII):
        raise ValueError("not a number of ГИС ЖКХ")
    return number
