"""Fiscal receipts at Raiffeisenbank: lines before the money, one receipt after it, whatever gets lost."""

import logging
from dataclasses import replace
from typing import get_args

import pytest

from cabinet.accounts.supplier_model import VatRate
from cabinet.payments.providers.base import BankRefund, NoUsableAnswer, ProviderDeclined, RegistrationLine
from cabinet.payments.providers.raiffeisen.client import RaiffeisenBank
from infra.simulators.bank.state import State
from tests.support.factories.merchants import CREDENTIALS, merchant, registration
from tests.support.fake_bank_server import BankServer, new_simulator

LINES = [
    RegistrationLine("Отопление", 329000, "22"),
    RegistrationLine("Начислено вперёд", 208, "22/122", "advance"),
    RegistrationLine("Комиссия", 100, "none", "full_payment", "payment"),
]
SBP = replace(registration(), method="sbp", lines=LINES, email="a@example.com")


@pytest.fixture
def state(bank_server: BankServer) -> State:
    state = State()
    bank_server.open(new_simulator(state))
    return state


@pytest.fixture
def bank(bank_server: BankServer) -> RaiffeisenBank:
    return bank_at(bank_server)


def bank_at(bank_server: BankServer, **secret: object) -> RaiffeisenBank:
    at = f"{bank_server.origin}/raiffeisen"
    contract = merchant(at, "raiffeisen").model_copy(update={"fiscal_url": at})
    return RaiffeisenBank(contract, CREDENTIALS.model_copy(update=secret))


def test_the_lines_lie_at_the_bank_before_the_code_is_given_out(state: State, bank: RaiffeisenBank) -> None:
    bank.register(SBP)
    assert state.receipts["sell", "P1"] == {
        "receiptNumber": "P1",
        "client": {"email": "a@example.com"},
        "items": [
            {"name": "Отопление", "price": 3290.0, "quantity": 1, "amount": 3290.0,
             "paymentObject": "SERVICE", "paymentMode": "FULL_PAYMENT", "vatType": "VAT22"},
            {"name": "Начислено вперёд", "price": 2.08, "quantity": 1, "amount": 2.08,
             "paymentObject": "SERVICE", "paymentMode": "ADVANCE", "vatType": "VAT122"},
            {"name": "Комиссия", "price": 1.0, "quantity": 1, "amount": 1.0,
             "paymentObject": "PAYMENT", "paymentMode": "FULL_PAYMENT", "vatType": "NONE"},
        ],
        "total": 3293.08,
        "status": "NEW",
    }  # fmt: skip


def test_a_payer_without_an_address_is_not_made_up(state: State, bank: RaiffeisenBank) -> None:
    bank.register(replace(SBP, email=None))
    assert "client" not in state.receipts["sell", "P1"]


def test_a_receipt_is_registered_once_when_the_money_came(state: State, bank: RaiffeisenBank) -> None:
    qr_id = bank.register(SBP).bank_order_id
    assert bank.status("P1", qr_id).fiscal_url is None
    assert state.receipts["sell", "P1"]["status"] == "NEW", "nothing was paid"
    state.pay(state.payments[qr_id])
    for _ in range(2):
        assert bank.status("P1", qr_id).fiscal_url == "https://ofd.example/P1"
    assert state.receipts["sell", "P1"]["status"] == "DONE"


def test_a_receipt_that_cannot_be_registered_now_does_not_hold_the_payment_up(
    state: State, bank: RaiffeisenBank
) -> None:
    qr_id = bank.register(SBP).bank_order_id
    state.pay(state.payments[qr_id])
    state.receipts_fail = True
    paid = bank.status("P1", qr_id)
    assert (paid.amount, paid.fiscal_url) == (329308, None)
    state.receipts_fail = False
    assert bank.status("P1", qr_id).fiscal_url == "https://ofd.example/P1", (
        "the next question makes up for it"
    )


def test_a_receipt_that_failed_is_told_to_a_person(
    state: State, bank: RaiffeisenBank, caplog: pytest.LogCaptureFixture
) -> None:
    qr_id = bank.register(SBP).bank_order_id
    state.pay(state.payments[qr_id])
    state.receipts["sell", "P1"]["status"] = "FAILED"
    assert bank.status("P1", qr_id).fiscal_url is None
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == [
        "fiscal_receipt_failed"
    ]


def test_without_its_receipt_no_code_is_given_out(state: State, bank_server: BankServer) -> None:
    wrong = bank_at(bank_server, vat_names={"22": "VAT_22"})
    with pytest.raises(ProviderDeclined, match="INVALID_RECEIPT"):
        wrong.register(SBP)
    assert not state.payments
    state.is_down = True
    with pytest.raises(NoUsableAnswer):
        wrong.register(SBP)


def test_the_same_number_again_is_the_same_receipt(state: State, bank: RaiffeisenBank) -> None:
    """As after a connection that failed between the receipt and the code: the number was given back."""
    bank.register(SBP)
    state.payments.clear()
    bank.register(SBP)
    assert len(state.receipts) == 1


def test_money_given_back_has_a_receipt_of_its_own_once(state: State, bank: RaiffeisenBank) -> None:
    qr_id = bank.register(SBP).bank_order_id
    state.pay(state.payments[qr_id])
    line = RegistrationLine("Отопление", 110, "22")
    wanted = BankRefund("P1-a", 110, 329308, "P1", (line,), "a@example.com")
    for _ in range(2):
        bank.refund(qr_id, wanted)
    assert state.receipts["refund", "P1-a"]["status"] == "NEW"
    assert bank.status("P1", qr_id, ["P1-a"]).refunded == 110
    receipt = state.receipts["refund", "P1-a"]
    assert (receipt["status"], receipt["total"], receipt["client"]) == (
        "DONE", 1.1, {"email": "a@example.com"},
    )  # fmt: skip


def test_money_that_was_never_on_a_receipt_needs_none_to_go_back(state: State, bank: RaiffeisenBank) -> None:
    qr_id = bank.register(SBP).bank_order_id
    state.pay(state.payments[qr_id])
    bank.refund(qr_id, BankRefund("P1-a", 110, 329308, "P1"))
    assert bank.status("P1", qr_id, ["P1-a"]).refunded == 110
    assert ("refund", "P1-a") not in state.receipts


def test_every_rate_has_its_name(state: State, bank: RaiffeisenBank) -> None:
    lines = [RegistrationLine(rate, 100, rate) for rate in get_args(VatRate.__value__)]
    bank.register(replace(SBP, lines=lines, amount=100 * len(lines)))
    named = [item["vatType"] for item in state.receipts["sell", "P1"]["items"]]
    assert named == ["NONE", "VAT0", "VAT10", "VAT22", "VAT110", "VAT122"]


def test_a_contract_without_the_service_sends_no_lines(state: State, bank_server: BankServer) -> None:
    plain = RaiffeisenBank(merchant(f"{bank_server.origin}/raiffeisen", "raiffeisen"), CREDENTIALS)
    state.pay(state.payments[plain.register(SBP).bank_order_id])
    assert state.receipts == {}
