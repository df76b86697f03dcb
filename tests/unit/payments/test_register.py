"""A bank's register against the journal, to the kopeck."""

import pytest

from cabinet.payments.register import Difference, Entry, RegisterUnreadable, compare, read_register

UTF8 = "order_number;amount;status\r\nP1;3293,08;paid\r\nP2-3;10.00;paid\r\n\r\nP1;93,08;refund\r\n"
CP1251 = "Номер заказа;Сумма;Операция\r\nP1;3 293,08;оплата\r\nP1;-93,08;возврат\r\n"


def test_registers_are_read_in_both_encodings_and_with_either_sign_of_refunds() -> None:
    assert read_register(UTF8.encode("utf-8-sig")) == [
        Entry("P1", 329308),
        Entry("P2-3", 1000),
        Entry("P1", -9308),
    ]
    assert read_register(CP1251.encode("cp1251")) == [Entry("P1", 329308), Entry("P1", -9308)]


@pytest.mark.parametrize(
    "text", ["", "a;b\r\n", "order_number;amount\r\nP1\r\n", "order_number;amount\r\nP1;1e5\r\n"]
)
def test_what_is_no_register_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(RegisterUnreadable, match="строка"):
        read_register(text.encode())


def test_a_file_that_is_no_table_is_refused_in_a_sentence() -> None:
    with pytest.raises(RegisterUnreadable, match="не таблица"):
        read_register(b"order_number;amount\r\n" + b"9" * 200_000 + b";1\r\n")


def test_differences_are_told_order_by_order_to_the_kopeck() -> None:
    bank = [Entry("P1", 329308), Entry("P1-2", 5), Entry("P2", 1000), Entry("P4", 7), Entry("P4", -7)]
    ours = [Entry("P1", 329313), Entry("P2", 1001), Entry("P3", 50)]
    found = compare(bank, ours)
    assert found.differences == [Difference("P2", 1000, 1001), Difference("P3", 0, 50)]
    assert (found.bank_total, found.ledger_total, found.orders) == (330313, 330364, 4)
