"""A well-formed statement of a bank, its day in our books, and what a comparison says of a mistaken one."""

from datetime import date

from cabinet.payments.bank_statement import StatementLine, StatementUnreadable, parse_statement
from cabinet.payments.comparison import Journal, KnownOrder, WrongStatement, compare_with

STATEMENT = (
    "Номер заказа;Сумма;Операция;Дата операции\r\n"
    "P1;1000,00;оплата;21.09.2026\r\n"
    "P2;2050,50;оплата;21.09.2026\r\n"
    "Итого;3050,50;;\r\n"
)
_DAY = date(2026, 9, 21)
_JOURNAL = Journal(
    "c1", _DAY, [StatementLine("P1", 100_000), StatementLine("P2", 205_050)],
    known={
        "P7": KnownOrder("c2", "paid", _DAY), "P8": KnownOrder("c1", "paid", date(2026, 9, 1)),
        "P9": KnownOrder("c1", "review"),
    },
)  # fmt: skip


def reported(*changes: tuple[str, str], encoding: str = "utf-8") -> list[str]:
    """Return what the accountant reads of the statement after `changes`, each made wherever it fits."""
    text = STATEMENT
    for old, new in changes:
        assert old in text, f"«{old}» is not in the statement"
        text = text.replace(old, new)
    try:
        statement = parse_statement(text.encode(encoding))
        found = compare_with(statement.entries, _JOURNAL)
    except (StatementUnreadable, WrongStatement) as refusal:
        return [str(refusal)]
    return [
        *statement.doubts, *found.doubts, *(f"{each.order_id}: {each.reason}" for each in found.differences)
    ]  # fmt: skip
