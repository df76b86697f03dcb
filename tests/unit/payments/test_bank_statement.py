"""A bank's statement against the journal, to the kopeck."""

from datetime import date

import pytest

from cabinet.payments.bank_statement import StatementLine, StatementUnreadable, parse_statement
from cabinet.payments.comparison import Difference, Journal, compare_with

UTF8 = "order_number;amount;status\r\nP1;3293,08;paid\r\nP2-3;10.00;paid\r\n\r\nP1;93,08;refund\r\n"
CP1251 = "Номер заказа;Сумма;Операция\r\nP1;3 293,08;оплата\r\nP1;-93,08;возврат\r\n"


def test_registers_are_read_in_both_encodings_and_with_either_sign_of_refunds() -> None:
    assert parse_statement(UTF8.encode("utf-8-sig")).entries == [
        StatementLine("P1", 329308),
        StatementLine("P2-3", 1000),
        StatementLine("P1", -9308),
    ]
    assert parse_statement(CP1251.encode("cp1251")).entries == [
        StatementLine("P1", 329308),
        StatementLine("P1", -9308),
    ]


@pytest.mark.parametrize(
    "text", ["", "a;b\r\n", "order_number;amount\r\nP1\r\n", "order_number;amount\r\nP1;1e5\r\n"]
)
def test_what_is_no_register_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(StatementUnreadable, match="строка"):
        parse_statement(text.encode())


def test_a_file_that_is_no_table_is_refused_in_a_sentence() -> None:
    with pytest.raises(StatementUnreadable, match="не таблица"):
        parse_statement(b"order_number;amount\r\n" + b"9" * 200_000 + b";1\r\n")


HEADER = "Номер заказа;Сумма;Операция"
PAID = [StatementLine("P1", 1000), StatementLine("P2", 2050)]
ROWS = "P1;10,00;оплата\r\nP2;20,50;оплата"

READ = {
    "a total": f"{HEADER}\r\n{ROWS}\r\nИТОГО;30,50;\r\n",
    "a total with a colon, lower case": f"{HEADER}\r\n{ROWS}\r\nитого: ;30,50;\r\n",
    "a total in Latin look-alikes": f"{HEADER}\r\n{ROWS}\r\nИTOГO;30,50;\r\n",
    "a total letter by letter": f"{HEADER}\r\n{ROWS}\r\nИ Т О Г О;30,50;\r\n",
    "a total in another cell": f"{HEADER}\r\n{ROWS}\r\n;30,50;Всего за день\r\n",
    "a total without a word": f"{HEADER}\r\n{ROWS}\r\n;30,50;\r\n",
    "a total in English": "order_number;amount\nP1;10.00\nP2;20.50\nGrand total;30.50\n",
    "a trailer of a bank": "order_number;amount\nP1;10.00\nP2;20.50\n=2;30,50\n",
    "subtotals": (
        f"{HEADER}\r\nP1;10,00;оплата\r\nПодытог;10,00\r\nP2;20,50;оплата\r\n"
        "Подытог;20,50\r\nВсего;30,50"
    ),
    "a number of payments": f"{HEADER}\r\n{ROWS}\r\nКоличество: 2\r\n",
    "the header on every page": f"{HEADER}\r\nP1;10,00;оплата\r\n{HEADER}\r\nP2;20,50;оплата\r\n",
    "the header in another order": f"{HEADER}\r\nP1;10,00;оплата\r\nСумма;Номер заказа\r\n20,50;P2\r\n",
    "a title above": f"ПАО «Банк»\r\nРеестр за 21.09.2026;;\r\n\r\n{HEADER}\r\n{ROWS}\r\n",
    "signatures below": f"{HEADER}\r\n{ROWS}\r\nИтого;30,50\r\nИсполнитель: Иванова;тел. 200-10-10\r\n",
    "Excel's first line": f"sep=;\r\n{HEADER}\r\n{ROWS}\r\n",
    "tabs": f"{HEADER}\r\n{ROWS}\r\n".replace(";", "\t"),
    "commas and quotes": 'order_number,amount\nP1,"10,00"\nP2,20.50\n',
    "units": "№ заказа;Сумма, руб.\r\nP1;10,00 руб.\r\nP2;20.50 ₽\r\n",
    "spaces between thousands": "№ заказа;Сумма (RUB)\nP1; 10,00 \nP2;\N{NO-BREAK SPACE}20,50\n",
    "an apostrophe and quotes": f"{HEADER}\n'P1;\"10,00\";оплата\n\"P2\";20,50;Оплата\n",
    "Cyrillic and lower case numbers": (
        f"{HEADER}\n\N{CYRILLIC CAPITAL LETTER ER}1;10,00;оплата\n"
        "p2;20,50;оплата\n"
    ),
    "invisible marks": f"{HEADER}\n\u200bP1\u2069;10,00;оплата\nP2;20,50;оплата\n",
    "refused payments": f"{HEADER}\n{ROWS}\nP3;9,00;отклонено\nP4;9,00;Не оплачен\nP5;9,00;ожидает оплаты\n",
    "empty columns": f"{HEADER};;\nP1;10,00;оплата;;\nP2;20,50;оплата;;\n;;;;\n",
    "a state in two columns": (
        "Номер заказа;Сумма;Тип операции;Статус\nP1;10,00;Покупка;Успешно\n"
        "P2;20,50;Покупка;Успешно\nP2;1;Возврат;Неуспешно\n"
    ),
}  # fmt: skip


ENCODINGS = ("utf-8", "utf-8-sig", "cp1251", "cp866", "utf-16")


def can_hold(encoding: str, text: str) -> bool:
    return text.encode(encoding, "ignore").decode(encoding) == text


@pytest.mark.parametrize(
    ("how", "encoding"),
    [(how, name) for how, text in READ.items() for name in ENCODINGS if can_hold(name, text)],
)
def test_a_register_is_read_as_banks_and_people_leave_it(how: str, encoding: str) -> None:
    content = READ[how].encode(encoding)
    statement = parse_statement(content)
    assert statement.entries == PAID
    assert statement.doubts == []


REFUSED = {
    "a book of Excel": (b"PK\x03\x04rest", "книга Excel"),
    "an old book of Excel": (b"\xd0\xcf\x11\xe0rest", "книга Excel"),
    "a PDF": (b"%PDF-1.7", "PDF"),
    "our own registry": (
        "id;ls;receipt;service;sum;paid_at\r\n1;2;3;4;5;6",
        "строка 1: нет столбцов .*есть: id, ls",
    ),
    "no header": ("P1;10,00\r\nP2;20,50\r\n", "строка 1: нет столбцов .*есть: P1, 10,00"),
    "no number": (
        f"{HEADER}\r\nP1;10,00;оплата\r\n;7,00;оплата\r\n",
        "строка 3: нет номера заказа при сумме «7,00»",
    ),
    "no sum": (f"{HEADER}\r\nP1;;оплата\r\n", "строка 2: нет суммы"),
    "a sum that is a date": (f"{HEADER}\r\nP1;10.янв;оплата\r\n", "строка 2: сумма «10.янв» не понята"),
    "three decimals": (f"{HEADER}\r\nP1;10,005;оплата\r\n", "строка 2: сумма «10,005»"),
    "thousands by a comma alone": (f"{HEADER}\r\nP1;1,000;оплата\r\n", "строка 2: сумма «1,000»"),
    "another state": (f"{HEADER}\r\nP1;10,00;Visa\r\n", "строка 2: состояние «Visa» не понято"),
    "a separator too many": (
        f"{HEADER}\r\nP1;10;00;оплата\r\n",
        "строка 2: ячеек больше|строка 2: состояние «00»",
    ),
    "an unquoted comma": ("order_number,amount\nP1,10,00\n", "строка 2: ячеек больше"),
    "a shifted row": (f"{HEADER}\r\nP1;оплата;10,00\r\n", "строка 2: сумма «оплата»"),
    "hashes of a narrow column": (f"{HEADER}\r\nP1;########;оплата\r\n", "строка 2: сумма «########»"),
    "an error of Excel": (f"{HEADER}\r\nP1;#ЗНАЧ!;оплата\r\n", "строка 2: сумма «#ЗНАЧ!»"),
    "another encoding": (f"{HEADER}\r\n{ROWS}".encode("koi8-r"), "строка 1: нет столбцов"),
}  # fmt: skip


@pytest.mark.parametrize("how", REFUSED)
def test_what_is_not_certain_is_refused_in_a_sentence(how: str) -> None:
    content, message = REFUSED[how]
    with pytest.raises(StatementUnreadable, match=message) as refused:
        parse_statement(content if isinstance(content, bytes) else content.encode())
    assert "not a sum" not in str(refused.value)


@pytest.mark.parametrize("total", ["30,51", "1 000,00", "10,00"])
def test_a_total_that_is_not_the_sum_of_the_lines_is_told(total: str) -> None:
    statement = parse_statement(f"{HEADER}\r\n{ROWS}\r\nИТОГО;{total}\r\n".encode())
    assert statement.entries == PAID
    (doubt,) = statement.doubts
    assert doubt.startswith("Строка 4: итог ")
    assert "30,50" in doubt


def test_totals_may_leave_refunds_out_or_take_them_off() -> None:
    rows = f"{HEADER}\r\n{ROWS}\r\nP1;0,50;возврат\r\n"
    for totals in ("Итого;30,00", "Итого;30,50", "Итого;30,50\r\nИтого возвратов;0,50", "Итого оборот;31,00"):
        assert parse_statement(f"{rows}{totals}\r\n".encode()).doubts == []


@pytest.mark.parametrize(
    "cell", ["21.09.2026", "2026-09-21", "2026-09-21T10:00:00+05:00", "21.09.2026 10:00", "21/09/2026"]
)
def test_a_day_is_read_where_the_register_tells_it(cell: str) -> None:
    (entry,) = parse_statement(f"Дата операции;Номер заказа;Сумма\n{cell};P1;1\n".encode()).entries
    assert entry.day == date(2026, 9, 21)


@pytest.mark.parametrize("cell", ["", "46286", "31.02.2026", "сегодня", "21.09.26"])
def test_a_day_that_is_not_certain_is_none(cell: str) -> None:
    (entry,) = parse_statement(f"Дата;Номер заказа;Сумма\n{cell};P1;1\n".encode()).entries
    assert entry.day is None


def test_differences_are_told_order_by_order_to_the_kopeck() -> None:
    bank = [
        StatementLine("P1", 329308),
        StatementLine("P1-2", 5),
        StatementLine("P2", 1000),
        StatementLine("P4", 7),
        StatementLine("P4", -7),
    ]
    ours = [StatementLine("P1", 329313), StatementLine("P2", 1001), StatementLine("P3", 50)]
    found = compare_with(bank, Journal("c1", date(2026, 9, 21), ours))
    assert found.differences == [Difference("P2", 1000, 1001), Difference("P3", 0, 50)]
    assert (found.bank_total, found.ledger_total, found.orders) == (330313, 330364, 4)
