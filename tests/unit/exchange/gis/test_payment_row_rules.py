"""A payment in ГИС ЖКХ: a row for each receipt, one identifier each, refunds apart."""

from typing import Any

import pytest

from cabinet.accounts.model import Account, Address
from cabinet.exchange.gis.model import FilledRow, SkippedRow
from cabinet.exchange.gis.payment_row_rules import PaymentPart, payment_parts, payment_row

COLUMNS = {"document", "dwelling", "els", "date", "amount", "month", "year", "order"}
DOCUMENT = "74АА000001-01-6091"
PART = PaymentPart("P000001", "2026-10-31", "uk-test:100", "2026-09-obedinennaya", 123456)


def account(**changes: Any) -> Account:
    fields = {"account_id": "uk-test:100", "supplier_id": "uk-test", "holder": "", "address": Address()}
    return Account.model_validate(fields | {"els": "74АА000001"} | changes)


def line(receipt_id: str, amount: int, number: str = "100") -> dict[str, Any]:
    return {"account_id": f"uk-test:{number}", "receipt_id": receipt_id, "amount": amount}


def test_lines_are_summed_by_account_and_receipt() -> None:
    lines = [line("2026-09-a", 100), line("2026-09-b", 5), line("2026-09-a", 23), line("2026-09-a", 7, "200"),
             line("2026-08-a", 10), line("2026-08-a", -10)]  # fmt: skip
    parts = payment_parts({"payment_id": "p", "received_on": "2026-10-31", "lines": lines})
    found = [(each.account_id, each.receipt_id, each.amount) for each in parts]
    assert found == [
        ("uk-test:100", "2026-09-a", 123), ("uk-test:100", "2026-09-b", 5), ("uk-test:200", "2026-09-a", 7),
    ]  # fmt: skip


def test_a_row_names_the_document_that_the_registry_has_said() -> None:
    assert payment_row(PART, account(), DOCUMENT, COLUMNS) == FilledRow(
        {
            "document": DOCUMENT, "date": "31.10.2026", "amount": "1234.56", "month": "9", "year": "2026",
            "order": "P000001",
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "document", "columns", "identifier"),
    [
        ({"izhku": "74АА000001-02"}, "", COLUMNS, {"dwelling": "74АА000001-02"}),
        ({}, "", COLUMNS, {"dwelling": "74АА000001-01"}),
        ({}, DOCUMENT, COLUMNS - {"document"}, {"dwelling": "74АА000001-01"}),
        ({}, "", COLUMNS - {"dwelling"}, {"els": "74АА000001"}),
    ],
)
def test_without_a_document_the_next_identifier_stands_alone(
    changes: dict[str, Any], document: str, columns: set[str], identifier: dict[str, str]
) -> None:
    row = payment_row(PART, account(**changes), document, columns)
    assert isinstance(row, FilledRow)
    named = {name: row.cells[name] for name in ("document", "dwelling", "els") if name in row.cells}
    assert named == identifier


def test_what_cannot_be_written_says_why() -> None:
    refund = PaymentPart("R1", "2026-10-31", "uk-test:100", "2026-09-a", -500)
    assert payment_row(refund, account(), DOCUMENT, COLUMNS) == SkippedRow(
        "100", "R1", "2026-10-31", "-5.00", "refund"
    )
    cases = {
        "account_unknown": payment_row(PART, None, DOCUMENT, COLUMNS),
        "account_number": payment_row(PART, account(els=""), "", COLUMNS),
        "formula": payment_row(PART, account(), "=1+A1", COLUMNS),
    }
    for reason, row in cases.items():
        assert row == SkippedRow("100", "P000001", "2026-10-31", "1234.56", reason)  # type: ignore[arg-type]
