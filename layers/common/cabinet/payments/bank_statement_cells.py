"""What the cells of a bank's statement mean: names of columns, order numbers, sums, states, days. Pure."""

import re
from contextlib import suppress
from datetime import date

from cabinet.core.money import Kopecks, parse_rubles
from cabinet.core.text import normalise_text, number_key

NUMBER = (
    "order number", "ordernumber", "order", "merchant order number", "номер заказа", "заказ",
    "номер заказа магазина", "номер заказа в магазине", "номер заказа мерчанта",
)  # fmt: skip
AMOUNT = (
    "amount", "sum", "сумма", "сумма операции", "сумма платежа", "сумма заказа", "сумма оплаты",
    "сумма транзакции",
)  # fmt: skip
STATUS = (
    "status", "operation", "статус", "статус заказа", "статус операции", "операция", "тип операции",
    "вид операции", "состояние",
)  # fmt: skip
DAY = (
    "date", "datetime", "paid at", "operation date", "дата", "дата операции", "дата платежа", "дата оплаты",
    "дата транзакции", "дата и время", "дата и время операции",
)  # fmt: skip

# Looked for in this order: «не оплачен» holds «оплачен», «успешный возврат» is a refund.
_UNMOVED = (
    "declin", "reject", "fail", "error", "expire", "pending", "wait", "registered", "отклон", "отказ",
    "ошибк", "истек", "ожида", "обработ", "создан", "зарегистр",
    "неуспе", "неопла", "невыполн", "непровед", "незаверш", "неисполн", "незачис", "несписан", "неудач",
)  # fmt: skip
_REFUNDED = ("refund", "revers", "chargeback", "возвр", "отмен", "сторн")
_PAID = (
    "paid", "payment", "purchase", "deposit", "approv", "success", "complet", "оплат", "оплач", "платеж",
    "покупк", "зачис", "списан", "успе", "исполн", "провед", "заверш",
)  # fmt: skip
_TOTALS = tuple(
    normalise_text(word)
    for word in ("итог", "подытог", "всего", "оборот", "количество", "кол-во", "total", "subtotal", "grand")
)

_ORDER = re.compile(r"P\d[0-9A-Z]*(?:-\d+)?", re.ASCII)
_UNSEEN = re.compile(r"[\s'\"`\u00ad\u200b-\u200f\u2060-\u2069\ufeff]")
_UNIT = re.compile(r"[,(]?\s*(?:в\s+)?(?:руб(?:\.|лей|лях)?|р\.|₽|rub|rur)\)?$", re.IGNORECASE)
_ENGLISH_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+\.\d{2}", re.ASCII)
_ISO_DAY = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?!\d)", re.ASCII)
_RUSSIAN_DAY = re.compile(r"(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4})(?!\d)", re.ASCII)


def column_name(cell: str) -> str:
    """Return a header's cell as the lists of names above spell it: «Сумма, руб.» is «сумма»."""
    words = " ".join(cell.replace("_", " ").replace("№", "номер ").strip("\ufeff").split())
    return _UNIT.sub("", words).strip().casefold()


def order_number(cell: str) -> str:
    """Return an order's number without quotes, invisible marks and Cyrillic look-alikes; another as it is."""
    number = number_key(_UNSEEN.sub("", cell))
    return number if _ORDER.fullmatch(number) else cell.strip()


def is_order(number: str) -> bool:
    """Whether a number is one that we give out."""
    return _ORDER.fullmatch(number) is not None


def is_total(cells: list[str]) -> bool:
    """Whether a row that is no order's has a word for totals: «ИТОГО», «Всего:», «Total», «=3»."""
    return any(cell.strip().startswith("=") or normalise_text(cell).startswith(_TOTALS) for cell in cells)


def amount(cell: str, column: str = "Сумма") -> Kopecks:
    """Return a sum in kopecks; raises ValueError with a sentence that names the column."""
    text = _UNIT.sub("", cell.strip().strip("'\"")).strip()
    if _ENGLISH_THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    try:
        return parse_rubles(text)
    except ValueError:
        shown = f"сумма «{cell.strip()[:40]}» не понята" if text else "нет суммы"
        raise ValueError(f"{shown}: нужны рубли и копейки, например 1234,56 (столбец «{column}»)") from None


def movement(cells: list[str]) -> int:
    """Return what a row's states say: 1 taken, -1 refunded, 0 nothing moved; raises ValueError."""
    found = {_movement(cell) for cell in cells if cell.strip()}
    if 0 in found:
        return 0
    return -1 if -1 in found else 1


def _movement(cell: str) -> int:
    text = cell.casefold().replace("ё", "е").replace("не ", "не")
    for stems, meaning in ((_UNMOVED, 0), (_REFUNDED, -1), (_PAID, 1)):
        if any(stem in text for stem in stems):
            return meaning
    raise ValueError(f"состояние «{cell.strip()[:40]}» не понято: нужны оплата, возврат или отказ")


def day(cell: str) -> date | None:
    """Return the day that a cell begins with; None if that is not certain."""
    matched = _ISO_DAY.match(cell.strip()) or _RUSSIAN_DAY.match(cell.strip())
    if matched is not None:
        with suppress(ValueError):
            return date(int(matched["year"]), int(matched["month"]), int(matched["day"]))
    return None
