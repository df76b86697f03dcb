"""Codes as they are scanned: any printer's, and read for another encoding than they have."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from cabinet.receipts import qr_text
from cabinet.receipts.qr_reader import ScannedCode, UnreadableCode, read_code, read_period, usual_period
from cabinet.receipts.qr_text import Encoding
from tests.support.payment_requisites import ORDER, build_if_it_fits, orders

VECTOR = qr_text.build(ORDER).decode()
FOUND = ScannedCode("1234567899", "40702810800000012345", "7421000200", 329308, "2019-09")
SEPARATORS = "|#;:^_~{}!$%&()*+,/@"


def test_our_own_code_is_read() -> None:
    assert read_code(VECTOR) == FOUND


def misread(scanned: bytes, codec: str) -> str:
    """Take bytes for a one-byte encoding, as readers of codes do; what it leaves free stands for itself."""
    return "".join(chr(byte) if byte == 0x98 else bytes([byte]).decode(codec) for byte in scanned)


@pytest.mark.parametrize("codec", ["latin-1", "cp1251"])
@pytest.mark.parametrize("encoding", [Encoding.UTF8, Encoding.CP1251])
def test_bytes_taken_for_another_encoding_are_read(encoding: Encoding, codec: str) -> None:
    for number in ("74С-001", "ИШ-7"):
        scanned = qr_text.build(replace(ORDER, pers_acc=number), encoding)
        assert read_code(misread(scanned, codec)).account_number == number


@pytest.mark.parametrize("separator", SEPARATORS)
def test_any_separator_of_the_standard_and_a_trailing_one(separator: str) -> None:
    fields = ["PersonalAcc=40702810800000012345", "PayeeINN=7421000200", "PersAcc=1234567899", "Sum=329308"]
    text = f"ST00012{separator}" + separator.join([*fields, "PaymPeriod=092019", ""])
    assert read_code(text) == FOUND


def test_keys_in_any_case_and_space_around() -> None:
    text = " \ufeffst00012|PERSONALACC=40702810800000012345|payeeinn=7421000200|persacc= 1234567899 |SUM=0\n"
    assert read_code(text) == ScannedCode("1234567899", "40702810800000012345", "7421000200", None, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://qr.nspk.ru/AD100",
        "ST00019|PersAcc=1|PersonalAcc=40702810800000012345",
        "ST00012=PersAcc=1",
        "ST00012|PersonalAcc=40702810800000012345",
        "ST00012|PersAcc=1|PersonalAcc=407",
        "ST00012|PersAcc=1|PersonalAcc=40702810800000012345|Sum=12,50",
        "ST00012|PersAcc=1|PersonalAcc=40702810800000012345|Sum=-5",
        f"ST00012|PersAcc={'1' * 65}|PersonalAcc=40702810800000012345",
    ],
)
def test_what_no_payment_is_found_by_is_refused(text: str) -> None:
    with pytest.raises(UnreadableCode):
        read_code(text)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("092019", "2019-09"),
        ("201909", "2019-09"),
        ("09.2019", "2019-09"),
        ("2019-09", "2019-09"),
        ("0919", "2019-09"),
        ("122020", "2020-12"),
        ("202012", "2020-12"),
        ("102010", "2010-10"),
        ("", None),
        ("132019", None),
        ("сентябрь", None),
        ("1", None),
    ],
)
def test_a_period_in_every_spelling(text: str, period: str | None) -> None:
    assert read_period(text) == period


def test_a_code_without_a_period_is_of_the_last_month_until_the_20th() -> None:
    assert usual_period(date(2026, 1, 19)) == "2025-12"
    assert usual_period(date(2026, 1, 20)) == "2026-01"


@given(orders)
def test_whatever_the_builder_writes_is_read(order: qr_text.PaymentRequisites) -> None:
    text = build_if_it_fits(replace(order, pers_acc="7-1"), Encoding.UTF8).decode()
    code = read_code(text)
    assert (code.account_number, code.settlement_account) == ("7-1", order.personal_acc)
    assert code.amount == (order.sum_kopecks or None)
