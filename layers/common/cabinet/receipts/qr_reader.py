"""The text of a scanned payment QR code, ГОСТ Р 56042-2014, whoever printed it. Pure.

Readers of codes take bytes for another encoding than they are; only what a payment is found by is kept.
"""

import re
from dataclasses import dataclass
from datetime import date

from cabinet.core.money import Kopecks
from cabinet.core.periods import Period, period_from_date, shift_period
from cabinet.core.text import strip_invisible_chars

_HEADER = re.compile(r"ST0001[123]([|#;:^_~{}!$%&()*+,/@])", re.IGNORECASE)
_MONTH = r"(0[1-9]|1[0-2])"
_MONTH_FIRST = re.compile(_MONTH + r"[.\-/]?(20\d\d|\d\d)", re.ASCII)
_YEAR_FIRST = re.compile(r"(20\d\d)[.\-/]?" + _MONTH, re.ASCII)
_BILLED_SINCE = 20
"""Day of the month by which receipts of the month are usually printed."""


class UnreadableCode(ValueError):
    """The text is not of a payment code, or lacks what a payment is found by."""


@dataclass(frozen=True, slots=True)
class ScannedCode:
    """What a payment code says of whom and what is paid."""

    account_number: str
    """The payer's account at the supplier («PersAcc»)."""
    settlement_account: str
    """The payee's account at the bank («PersonalAcc»), 20 characters."""
    payee_inn: str | None
    amount: Kopecks | None
    """None where the code asks for nothing."""
    period: Period | None
    """None where it names none, or none that can be understood."""


def read_code(text: str) -> ScannedCode:
    """Return what a code says; keys in any case, any separator of the standard; raises UnreadableCode."""
    text = strip_invisible_chars(_repair_encoding(text.removeprefix("\ufeff"))).strip()
    header = _HEADER.match(text)
    if header is None:
        raise UnreadableCode("no header")
    fields: dict[str, str] = {}
    for pair in text[header.end() :].split(header[1]):
        key, _, value = pair.partition("=")
        fields.setdefault(key.strip().casefold(), value.strip())
    amount = fields.get("sum") or "0"
    account_number, settlement_account = fields.get("persacc", ""), fields.get("personalacc", "")
    if not account_number or len(account_number) > 64 or len(settlement_account) != 20:
        raise UnreadableCode("no account")
    if re.fullmatch(r"\d{1,18}", amount, re.ASCII) is None:
        raise UnreadableCode("no sum")
    return ScannedCode(
        account_number,
        settlement_account,
        fields.get("payeeinn") or None,
        int(amount) or None,
        read_period(fields.get("paymperiod", "")),
    )


def read_period(text: str) -> Period | None:
    """Return the month of «PaymPeriod» as banks and billing spell it: MMYYYY, YYYYMM, MM.YYYY, MMYY."""
    if (found := _YEAR_FIRST.fullmatch(text)) is not None:
        return f"{found[1]}-{found[2]}"
    if (found := _MONTH_FIRST.fullmatch(text)) is not None:
        return f"{found[2] if len(found[2]) == 4 else f'20{found[2]}'}-{found[1]}"
    return None


def usual_period(today: date) -> Period:
    """Return the month that is paid for where nothing names it: the previous one before the 20th."""
    return shift_period(period_from_date(today), -1 if today.day < _BILLED_SINCE else 0)


def _repair_encoding(text: str) -> str:
    """Return the text of bytes that were taken for Latin-1 or cp1251; any other stays as it is."""
    for mistaken, real in (("latin-1", "utf-8"), ("cp1251", "utf-8"), ("latin-1", "cp1251")):
        try:
            return b"".join(_byte(character, mistaken) for character in text).decode(real)
        except UnicodeError:
            continue
    return text


def _byte(character: str, encoding: str) -> bytes:
    """Return the byte that was read as the character; one that cp1251 leaves free stands for itself."""
    return b"\x98" if character == "\x98" else character.encode(encoding)
