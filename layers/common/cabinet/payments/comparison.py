"""Compares a bank's statement with our journal, to the kopeck, and says why sums differ. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from cabinet.core.money import Kopecks, format_rubles
from cabinet.payments.bank_statement import StatementLine
from cabinet.payments.orders.state_machine import Status

_EXAMPLES = 3
_UNPAID: dict[Status, str] = {
    "created": "ещё не передан в банк",
    "registered": "ждёт оплаты",
    "declined": "отклонён",
    "expired": "истёк",
    "review": "на проверке",
}


class WrongStatement(ValueError):
    """The file is not the statement of this contract and day; the text says what it seems to be."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One order whose sum at the bank is not ours."""

    order_id: str
    bank: Kopecks
    ledger: Kopecks
    reason: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole of a comparison."""

    bank_total: Kopecks
    ledger_total: Kopecks
    orders: int
    differences: list[Difference]
    doubts: list[str] = field(default_factory=list)
    """Why the file may not be the statement that it is taken for."""


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """What we know of an order that the statement names and the day's journal lacks."""

    contract: str
    status: Status
    paid_on: date | None = None
    is_charged_twice: bool = False


@dataclass(frozen=True, slots=True)
class Journal:
    """What our books say of a contract's day."""

    contract: str
    day: date
    entries: list[StatementLine]
    adjacent_days: Sequence[list[StatementLine]] = ()
    """Lines of the day before and of the day after."""
    known: Mapping[str, KnownOrder] = field(default_factory=dict)


def order_id_from_number(number: str) -> str:
    """Return the order of an attempt's number: a second attempt has the order's number with a suffix."""
    return number.partition("-")[0]


def compare_with(statement: list[StatementLine], journal: Journal) -> Comparison:
    """Return where a statement differs from the books, and why.

    The bank's day may begin at another hour than ours, and we learn of a payment after the bank does: an
    order of the statement whose sum our day lacks is looked for in the days beside it. Raises WrongStatement.
    """
    _reject_other_days(statement, journal.day)
    bank, ours = sums(statement), sums(journal.entries)
    doubts = [*_reject_other_orders(bank, ours, statement, journal), *_doubts(bank, ours)]
    _reject_kopecks(bank, ours)
    adjacent = [sums(entries) for entries in journal.adjacent_days]
    ledger = ours | {order: _matching_sum(order, amount, ours, adjacent) for order, amount in bank.items()}
    found = _compare_sums(bank, {order: amount for order, amount in ledger.items() if amount is not None})
    described = [replace(one, reason=_reason(one, statement, journal)) for one in found.differences]
    return replace(found, differences=described, doubts=doubts)


def sums(entries: Iterable[StatementLine]) -> dict[str, Kopecks]:
    """Return the sum of each order."""
    found: dict[str, Kopecks] = {}
    for entry in entries:
        order_id = order_id_from_number(entry.number)
        found[order_id] = found.get(order_id, 0) + entry.amount
    return found


def _compare_sums(bank: dict[str, Kopecks], ledger: dict[str, Kopecks]) -> Comparison:
    orders = sorted(bank.keys() | ledger.keys())
    differences = [
        Difference(order_id, bank.get(order_id, 0), ledger.get(order_id, 0))
        for order_id in orders
        if bank.get(order_id, 0) != ledger.get(order_id, 0)
    ]
    return Comparison(sum(bank.values()), sum(ledger.values()), len(orders), differences)


def _matching_sum(
    order_id: str, bank: Kopecks, ours: dict[str, Kopecks], adjacent: list[dict[str, Kopecks]]
) -> Kopecks | None:
    """Return our sum of an order: the day's, or with days beside it where that is what the bank says."""
    if ours.get(order_id) == bank:
        return bank
    moved = [day[order_id] for day in adjacent if order_id in day]
    parts = [*moved, sum(moved)] if moved else []
    if bank in [*parts, *(part + ours.get(order_id, 0) for part in parts)]:
        return bank
    return ours.get(order_id, sum(moved) if moved else None)


def _reject_other_days(statement: list[StatementLine], day: date) -> None:
    days = Counter(entry.day for entry in statement if entry.day is not None)
    if 2 * days[day] >= days.total():
        return
    first, last = min(days), max(days)
    span = f"{first:%d.%m.%Y}" if first == last else f"{first:%d.%m.%Y}–{last:%d.%m.%Y}"
    raise WrongStatement(
        f"в файле платежи за {span}, а сравнивается {day:%d.%m.%Y}: нужен реестр за этот день (--date)"
    )


def _reject_other_orders(
    bank: dict[str, Kopecks], ours: dict[str, Kopecks], statement: list[StatementLine], journal: Journal
) -> list[str]:
    """Return a doubt when most orders are of another day or contract; raises WrongStatement when all are."""
    is_dated = any(entry.day is not None for entry in statement)
    places = Counter(
        _place(order_id, amount, journal, is_dated=is_dated)
        for order_id, amount in bank.items()
        if order_id not in ours
    )
    common = len(bank) - places.total() + places.pop("", 0)
    if not bank or not places or common * 2 >= len(bank):
        return []
    described = "; ".join(f"{place}: {count}" for place, count in places.most_common())
    if common:
        return [
            f"С журналом за {journal.day:%d.%m.%Y} у файла общие лишь {common} заказов из {len(bank)} "
            f"({described}): проверьте --date и --contract."
        ]
    examples = ", ".join(f"{entry.number} (строка {entry.line})" for entry in statement[:_EXAMPLES])
    raise WrongStatement(
        f"ничего общего с журналом договора {journal.contract} за {journal.day:%d.%m.%Y}. "
        f"Заказов в файле {len(bank)}; {described}. Например {examples}. Проверьте --date и --contract"
    )


def _place(order_id: str, amount: Kopecks, journal: Journal, *, is_dated: bool) -> str:
    """Return where an order belongs that the day's journal lacks; empty: it may well be of this day."""
    known = journal.known.get(order_id)
    if known is None:
        return "у нас таких нет"
    if known.contract != journal.contract:
        return f"договора {known.contract}"
    is_elsewhere = known.paid_on not in (None, journal.day) and not known.is_charged_twice
    if is_elsewhere and amount > 0 and not is_dated:
        return f"у нас оплачены {known.paid_on:%d.%m.%Y}"
    return ""


def _doubts(bank: dict[str, Kopecks], ours: dict[str, Kopecks]) -> list[str]:
    if bank or not ours:
        return []
    total = format_rubles(sum(ours.values()))
    return [
        f"В файле нет ни одного платежа, а у нас за этот день заказов {len(ours)} на {total}: реестр пуст, "
        "неполон или за другой день."
    ]


def _reject_kopecks(bank: dict[str, Kopecks], ours: dict[str, Kopecks]) -> None:
    common = [order_id for order_id in bank if ours.get(order_id)]
    if common and all(bank[order_id] == 100 * ours[order_id] for order_id in common):
        raise WrongStatement(
            "суммы файла в сто раз больше наших: похоже, они в копейках; выгрузите реестр в рублях"
        )


def _reason(found: Difference, statement: list[StatementLine], journal: Journal) -> str:
    rows = [entry for entry in statement if order_id_from_number(entry.number) == found.order_id]
    if not rows:
        return "в реестре банка нет"
    lines = ", ".join(str(row.line) for row in rows)
    where = f"строки {lines}" if len(rows) > 1 else f"строка {lines}"
    if len(rows) > 1 and len({row.amount for row in rows}) == 1 and rows[0].amount == found.ledger:
        return f"повторён в строках {lines}"
    known = journal.known.get(found.order_id)
    if any(order_id_from_number(entry.number) == found.order_id for entry in journal.entries) or (
        known and found.ledger
    ):
        return f"{where}: разница {format_rubles(found.bank - found.ledger)}"
    return f"{where}: {_why_missing(known, journal)}"


def _why_missing(known: KnownOrder | None, journal: Journal) -> str:
    if known is None:
        return "такого заказа у нас нет"
    if known.contract != journal.contract:
        return f"заказ договора {known.contract}"
    if known.paid_on is None:
        return f"у нас {_UNPAID.get(known.status, known.status)}"
    twice = ", банк взял деньги дважды" if known.is_charged_twice else ""
    return f"у нас оплачен {known.paid_on:%d.%m.%Y}{twice}"
