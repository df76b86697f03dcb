"""«Город» and gorodUnified: the published signature, XML answers, zero that means paid."""

from datetime import datetime
from urllib.parse import urlencode

import pytest

from cabinet.accounts.supplier_model import Merchant
from cabinet.payments.providers.base import (
    InvalidSignature,
    NoUsableAnswer,
    ProviderDeclined,
    ProviderPaymentState,
    RawCallback,
)
from cabinet.payments.providers.credentials import Credentials
from cabinet.payments.providers.gorod.client import ENCODING, GorodBank, answer, sign
from cabinet.payments.providers.gorod_unified.client import GorodUnifiedBank
from infra.simulators.bank.state import Faults, State
from tests.support.factories.merchants import CREDENTIALS, merchant, registration
from tests.support.fake_bank_server import BankServer, new_simulator

UK74 = Credentials.model_validate({"user": "uk74", "password": "s3cret"})


def test_the_vector_byte_for_byte() -> None:
    assert sign(UK74, "8001", "P000001", "3293.08") == "fba5b257127e1082b82d71c532e657b04734586e"


def test_the_algorithm_of_sign_is_a_setting() -> None:
    other = UK74.model_copy(update={"sign_algorithm": "sha256"})
    assert len(sign(other, "8001", "P000001", "3293.08")) == 64


def test_our_answers_are_xml_in_cp1251() -> None:
    assert answer(0, "Можно <оплатить>").decode(ENCODING) == (
        '<?xml version="1.0" encoding="windows-1251"?>'
        "<Answer><Code>0</Code><Description>Можно &lt;оплатить&gt;</Description></Answer>"
    )
    done = answer(0, "Принято", payment="P1", at=datetime(2026, 9, 21, 10, 5, 7)).decode(ENCODING)  # noqa: DTZ001
    assert "<PlatID>P1</PlatID><Status>0</Status><Date>2026/09/21 10:05:07</Date>" in done


BANK = GorodBank(
    Merchant(contract="c", dialect="gorod", base_url="http://127.0.0.1:9", secret="s", service_number="8001"),
    UK74,
)
PAY = {
    "method": "pay",
    "login": "uk74",
    "password": "s3cret",
    "service": "8001",
    "account": "P000001",
    "summ": "329308",
    "payid": "77",
}


def raw(parameters: dict[str, str]) -> RawCallback:
    return RawCallback(urlencode(parameters, encoding=ENCODING).encode(), b"")


def test_a_genuine_pay_is_the_banks_whole_word() -> None:
    heard = BANK.parse_callback(raw(PAY))
    assert heard.bank_status is not None
    assert (heard.bank_status.payment_state, heard.bank_status.amount, heard.bank_status.bank_order_id) == (
        ProviderPaymentState.PAID,
        329308,
        "77",
    )
    check = BANK.parse_callback(raw(PAY | {"method": "check"}))
    assert check.bank_status is not None
    assert check.bank_status.payment_state is ProviderPaymentState.WAITING


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "guess"},
        {"password": ""},
        {"login": "UK74"},
        {"service": "8002"},
        {"method": "cancel"},
        {"payid": ""},
        {"summ": "3293.08"},
        {"summ": "1_000"},
        {"summ": "9" * 40},
    ],
)
def test_a_call_that_is_not_the_banks_is_forged(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        BANK.parse_callback(raw(PAY | wrong))


def test_a_parameter_told_twice_is_forged() -> None:
    with pytest.raises(InvalidSignature):
        BANK.parse_callback(RawCallback((urlencode(PAY) + "&summ=1").encode(), b""))


@pytest.fixture
def state(bank_server: BankServer) -> State:
    state = State()
    bank_server.open(new_simulator(state))
    return state


def test_the_signed_form_leads_to_the_payment_page(state: State, bank_server: BankServer) -> None:
    bank = GorodBank(merchant(f"{bank_server.origin}/gorod", "gorod"), CREDENTIALS)
    registered = bank.register(registration())
    assert registered.payment_url.startswith(f"{bank_server.origin}/page?order=")
    assert state.by_number("P1") is not None
    with pytest.raises(NoUsableAnswer):
        bank.status("P1", "P1")
    with pytest.raises(ProviderDeclined):
        bank.refund("P1", 1)


def test_a_wrong_signature_is_refused_by_the_bank(state: State, bank_server: BankServer) -> None:
    bank = GorodBank(merchant(f"{bank_server.origin}/gorod", "gorod"), UK74)
    with pytest.raises(ProviderDeclined):
        bank.register(registration())
    assert state.payments == {}


def test_zero_means_paid_in_gorod_unified(state: State, bank_server: BankServer) -> None:
    bank = GorodUnifiedBank(merchant(f"{bank_server.origin}/gorod_unified", "gorod_unified"), CREDENTIALS)
    registered = bank.register(registration())
    assert bank.status("P1", registered.bank_order_id).payment_state is ProviderPaymentState.WAITING
    state.pay(state.payments[registered.bank_order_id])
    assert bank.status("P1", registered.bank_order_id).payment_state is ProviderPaymentState.PAID
    assert bank.status("P1", None).payment_state is ProviderPaymentState.UNKNOWN
    declined = bank.register(registration("P2"))
    state.decline(state.payments[declined.bank_order_id])
    assert bank.status("P2", declined.bank_order_id).payment_state is ProviderPaymentState.DECLINED
    with pytest.raises(InvalidSignature):
        bank.parse_callback(RawCallback(b"orderId=1", b""))
    with pytest.raises(ProviderDeclined):
        bank.refund("1", 1)


def test_a_status_that_nobody_has_published_is_silence(state: State, bank_server: BankServer) -> None:
    narrow = CREDENTIALS.model_copy(update={"statuses": {"1": "refunded"}})
    bank = GorodUnifiedBank(merchant(f"{bank_server.origin}/gorod_unified", "gorod_unified"), narrow)
    registered = bank.register(registration())
    assert bank.status("P1", registered.bank_order_id).payment_state is ProviderPaymentState.REFUNDED
    state.faults = Faults(silent=True)
    mute = bank.register(registration("P2"))
    with pytest.raises(NoUsableAnswer):
        bank.status("P2", mute.bank_order_id)
    with pytest.raises(NoUsableAnswer):
        bank.status("P9", "unknown")


def test_wrong_credentials_are_told(state: State, bank_server: BankServer) -> None:
    bank = GorodUnifiedBank(merchant(f"{bank_server.origin}/gorod_unified", "gorod_unified"), UK74)
    with pytest.raises(ProviderDeclined):
        bank.register(registration())
