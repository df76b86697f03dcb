"""The text of a payment QR code, ГОСТ Р 56042-2014: built from what a payment needs to be made.

Pure: what a code says. How its modules are computed and drawn is `qr_symbol.py`'s business.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

HEADER = "ST0001"
SEPARATOR = "|"
"""The one of the standard's separators that common readers assume."""
SEPARATOR_IN_VALUES = "/"
"""Replaces the separator within a value: of the same length, so that no limit is exceeded."""
MANDATORY_BLOCK_BYTES = 300

_MANDATORY_FIELDS = 5
"""Name, account, bank, BIC and correspondent account."""


class Encoding(Enum):
    """The digit after the header and Python's name of the encoding."""

    CP1251 = ("1", "cp1251")
    UTF8 = ("2", "utf-8")

    def __init__(self, digit: str, codec: str) -> None:
        self.digit = digit
        self.codec = codec


class PaymentCodeError(ValueError):
    """The requisites cannot be written as a payment code. The text says why."""


@dataclass(frozen=True, slots=True)
class _Field:
    """How the standard writes one field: its key, the name here and the values it takes."""

    key: str
    name: str
    pattern: re.Pattern[str]


def _field(key: str, name: str, pattern: str) -> _Field:
    return _Field(key, name, re.compile(pattern))


# Mandatory ones first and in this order; that of the rest is the one that banks' samples show.
_FIELDS = (
    _field("Name", "name", r".{1,160}"),
    _field("PersonalAcc", "personal_acc", r"[0-9A-ZА-Я]{20}"),
    _field("BankName", "bank_name", r".{1,45}"),
    _field("BIC", "bic", r"[0-9]{9}"),
    _field("CorrespAcc", "corresp_acc", r"[0-9A-ZА-Я]{20}"),
    _field("PayeeINN", "payee_inn", r".{1,12}"),
    _field("KPP", "kpp", r".{1,9}"),
    _field("Sum", "sum_kopecks", r"[0-9]{1,18}"),
    _field("Purpose", "purpose", r".{1,160}"),
    _field("PersAcc", "pers_acc", r".+"),
    _field("PaymPeriod", "paym_period", r".+"),
    _field("LastName", "last_name", r".+"),
    _field("PayerAddress", "payer_address", r".+"),
    _field("UIN", "uin", r".+"),
    _field("TechCode", "tech_code", r".+"),
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequisites:
    """What the payer's bank needs to fill in a payment. Amounts in kopecks; `None` leaves a field out."""

    name: str
    personal_acc: str
    bank_name: str
    bic: str
    corresp_acc: str
    payee_inn: str | None = None
    kpp: str | None = None
    sum_kopecks: int | None = None
    purpose: str | None = None
    pers_acc: str | None = None
    paym_period: str | None = None
    last_name: str | None = None
    payer_address: str | None = None
    uin: str | None = None
    tech_code: str | None = None


def build(requisites: PaymentRequisites, encoding: Encoding = Encoding.UTF8) -> bytes:
    """The bytes that the QR code carries.

    Raises
    ------
    PaymentCodeError
        A value is empty, too long or has control characters; the encoding lacks one of its characters;
        the mandatory block is longer than 300 bytes.
    """
    pairs = list(_checked_pairs(requisites))
    parts = [_encoded(f"{field.key}={text}", field, encoding) for field, text in pairs]
    glue = SEPARATOR.encode()
    if len(glue.join(parts[:_MANDATORY_FIELDS])) > MANDATORY_BLOCK_BYTES:
        raise PaymentCodeError(f"обязательные реквизиты длиннее {MANDATORY_BLOCK_BYTES} байт")
    return glue.join([f"{HEADER}{encoding.digit}".encode(), *parts])


def _checked_pairs(requisites: PaymentRequisites) -> Iterator[tuple[_Field, str]]:
    for field in _FIELDS:
        value = getattr(requisites, field.name)
        if value is not None:
            text = str(value).replace(SEPARATOR, SEPARATOR_IN_VALUES)
            _check(field, text)
            yield field, text


def _check(field: _Field, text: str) -> None:
    if _CONTROL.search(text) or not field.pattern.fullmatch(text):
        raise PaymentCodeError(f"реквизит {field.key} не по стандарту: «{text}»")


def _encoded(pair: str, field: _Field, encoding: Encoding) -> bytes:
    try:
        return pair.encode(encoding.codec)
    except UnicodeEncodeError as error:
        lacking = pair[error.start : error.end]
        raise PaymentCodeError(
            f"реквизит {field.key}: в кодировке {encoding.codec} нет «{lacking}»"
        ) from error
