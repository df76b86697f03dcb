"""Reads a bank's register of a day and compares it with our journal, to the kopeck. Pure."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from cabinet.money import Kopecks, parse_rubles

_NUMBER = ("order_number", "ordernumber", "номер заказа", "order")
_AMOUNT = ("amount", "sum", "сумма")
_STATUS = ("status", "operation", "статус", "операция")
_REFUNDS = ("refund", "refunded", "reversed", "возврат", "отмена")


class RegisterUnreadable(ValueError):
    """The file is not a register: which line, and why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of money: positive taken from the payer, negative given back."""

    number: str
    amount: Kopecks


@dataclass(frozen=True, slots=True)
class Difference:
    """One order whose sum at the bank is not ours."""

    order_id: str
    bank: Kopecks
    ledger: Kopecks


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole of a comparison."""

    bank_total: Kopecks
    ledger_total: Kopecks
    orders: int
    differences: list[Difference]


def read_register(content: bytes) -> list[Entry]:
    """Read a register: CSV with a header, ``;``, UTF-8 or cp1251, sums in rubles; names of columns vary.

    Columns: order number, amount, and, where refunds are listed, status. A refund's sum may come with or
    without its minus. Raises RegisterUnreadable.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1251", "replace")
    try:
        first, *rows = [*csv.reader(io.StringIO(text, newline=""), delimiter=";")] or [[]]
    except csv.Error as error:
        raise RegisterUnreadable(f"это не таблица: {error}") from None
    header = [name.strip().casefold() for name in first]
    number, amount = _column(header, _NUMBER), _column(header, _AMOUNT)
    if number is None or amount is None:
        raise RegisterUnreadable("строка 1: нет столбцов order_number и amount")
    status = _column(header, _STATUS)
    entries = []
    for line, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            sum_ = parse_rubles(row[amount])
            is_refund = status is not None and row[status].strip().casefold() in _REFUNDS
            entries.append(Entry(row[number].strip(), -abs(sum_) if is_refund else sum_))
        except (IndexError, ValueError) as error:
            raise RegisterUnreadable(f"строка {line}: {error}") from None
    return entries


def compare(register: Iterable[Entry], journal: Iterable[Entry]) -> Comparison:
    """Return where bank and journal differ; both by order, payments and refunds of one order added up."""
    bank, ledger = _sums(register), _sums(journal)
    orders = sorted(bank.keys() | ledger.keys())
    differences = [
        Difference(order_id, bank.get(order_id, 0), ledger.get(order_id, 0))
        for order_id in orders
        if bank.get(order_id, 0) != ledger.get(order_id, 0)
    ]
    return Comparison(sum(bank.values()), sum(ledger.values()), len(orders), differences)


def _sums(entries: Iterable[Entry]) -> dict[str, Kopecks]:
    sums: dict[str, Kopecks] = {}
    for entry in entries:
        # A second attempt has the order's number with a suffix.
        order_id = entry.number.partition("-")[0]
        sums[order_id] = sums.get(order_id, 0) + entry.amount
    return sums


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)
