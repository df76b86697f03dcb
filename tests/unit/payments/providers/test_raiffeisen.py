"""Raiffeisenbank: the signature over the sum as it is spelled, every way to be wrong, every answer."""

import io
import json
from base64 import b64decode
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image

from cabinet.payments.providers.base import (
    AccessDenied,
    BankRefund,
    InvalidSignature,
    NoUsableAnswer,
    ProviderConnectionError,
    ProviderDeclined,
    ProviderPaymentState,
    RawCallback,
)
from cabinet.payments.providers.credentials import Credentials
from cabinet.payments.providers.http_client import Answer
from cabinet.payments.providers.raiffeisen import client
from cabinet.payments.providers.raiffeisen.client import RaiffeisenBank
from infra.simulators.bank.state import Faults, PaymentState, State
from tests.support.factories.merchants import CREDENTIALS, merchant, registration
from tests.support.fake_bank_server import BankServer, new_simulator

KEYED = Credentials.model_validate({"user": "MA0000000553", "password": "p", "callback_key": "test"})
BANK = RaiffeisenBank(merchant("http://127.0.0.1:9", "raiffeisen"), KEYED)
BODY = (
    b'{"qrId": "AD1", "sbpMerchantId": "MA0000000553", "amount": 1.10, "currency": "RUB", '
    b'"order": "P000001", "paymentStatus": "SUCCESS", "transactionDate": "2019-07-11T17:45:13.109227+03:00"}'
)
SIGNATURE = "8ca70ad170c7908b774fe071700ce17b65044a80954bba7eb2c0ab750ac3b65a"
"""By openssl, of `1.10|MA0000000553|P000001|SUCCESS|2019-07-11T17:45:13.109227+03:00`, key `test`."""
SBP = replace(registration(), method="sbp")


def heard(body: bytes, signature: str = SIGNATURE) -> RawCallback:
    return RawCallback(b"", body, signature)


def test_a_genuine_callback_is_taken_with_its_sum_as_it_is_spelled() -> None:
    callback = BANK.parse_callback(heard(BODY))
    assert (callback.number, callback.bank_order_id, callback.operation) == (
        "P000001",
        "AD1",
        "SUCCESS",
    )
    plain = Credentials.model_validate({"user": "MA0000000553", "password": "test"})
    keyless = RaiffeisenBank(merchant("http://127.0.0.1:9", "raiffeisen"), plain)
    assert keyless.parse_callback(heard(BODY)).number == "P000001", "the secret key signs where no other does"


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (BODY.replace(b"1.10", b"1.1"), SIGNATURE),
        (BODY.replace(b"1.10", b"1.100"), SIGNATURE),
        (BODY.replace(b"P000001", b"P000002"), SIGNATURE),
        (BODY.replace(b"SUCCESS", b"DECLINED"), SIGNATURE),
        (BODY.replace(b'"order": "P000001",', b""), SIGNATURE),
        (BODY.replace(b'"P000001"', b"null"), SIGNATURE),
        (BODY, SIGNATURE.upper()),
        (BODY, ""),
        (BODY, "\xe9" * 64),
        (b"", SIGNATURE),
        (b"[]", SIGNATURE),
        (b"\xff", SIGNATURE),
        (b"[" * 100_000, SIGNATURE),
    ],
)
def test_a_callback_that_the_bank_did_not_sign_so_is_refused(body: bytes, signature: str) -> None:
    with pytest.raises(InvalidSignature):
        BANK.parse_callback(heard(body, signature))


# ------------------------------------------------------------------ over HTTP


@pytest.fixture
def state(bank_server: BankServer) -> State:
    state = State()
    bank_server.open(new_simulator(state))
    return state


@pytest.fixture
def bank(bank_server: BankServer) -> RaiffeisenBank:
    return RaiffeisenBank(merchant(f"{bank_server.origin}/raiffeisen", "raiffeisen"), CREDENTIALS)


def test_a_code_is_registered_shown_and_paid_to_the_kopeck(state: State, bank: RaiffeisenBank) -> None:
    answer = bank.register(SBP)
    assert state.payments[answer.bank_order_id].amount == 329308
    picture = Image.open(io.BytesIO(b64decode(answer.qr_png or "")))
    assert zxingcpp.read_barcodes(picture)[0].text == answer.payment_url
    assert bank.status("P1", answer.bank_order_id).payment_state is ProviderPaymentState.WAITING
    state.pay(state.payments[answer.bank_order_id])
    paid = bank.status("P1", answer.bank_order_id)
    assert (paid.payment_state, paid.number, paid.amount, paid.currency) == (
        ProviderPaymentState.PAID,
        "P1",
        329308,
        "643",
    )


def test_what_the_bank_does_not_know_or_has_ended_is_unpaid(state: State, bank: RaiffeisenBank) -> None:
    assert bank.status("P1", None).payment_state is ProviderPaymentState.UNKNOWN
    assert bank.status("P1", "AD/../1").payment_state is ProviderPaymentState.UNKNOWN
    answer = bank.register(SBP)
    state.payments[answer.bank_order_id].payment_state = PaymentState.DECLINED
    assert bank.status("P1", answer.bank_order_id).payment_state is ProviderPaymentState.DECLINED


def test_a_lost_answer_is_a_spent_number_and_a_refusal_is_not(state: State, bank: RaiffeisenBank) -> None:
    state.faults = Faults(qr="lost")
    with pytest.raises(NoUsableAnswer) as lost:
        bank.register(SBP)
    assert not isinstance(lost.value, ProviderConnectionError)
    with pytest.raises(ProviderDeclined, match=r"ERROR\.DUPLICATE"):
        bank.register(SBP)


def test_a_refund_sent_twice_is_one_and_more_than_was_paid_is_refused(
    state: State, bank: RaiffeisenBank
) -> None:
    answer = bank.register(SBP)
    state.pay(state.payments[answer.bank_order_id])
    for _ in range(2):
        bank.refund(answer.bank_order_id, BankRefund("P1-a", 110, 329308, "P1"))
    told = bank.status("P1", answer.bank_order_id, ["P1-a", "P1-never-sent"])
    assert (told.payment_state, told.amount, told.refunded) == (ProviderPaymentState.REFUNDED, 329308, 110)
    with pytest.raises(ProviderDeclined, match="INSUFFICIENT"):
        bank.refund(answer.bank_order_id, BankRefund("P1-b", 329308, 329198, "P1"))


@pytest.mark.parametrize("status", ["IN_PROGRESS", "DECLINED", None])
def test_a_refund_that_is_not_completed_is_not_booked(
    monkeypatch: pytest.MonkeyPatch, status: str | None
) -> None:
    said = {"qrStatus": "PAID", "paymentStatus": "SUCCESS", "amount": 5, "order": "P1", "currency": "RUB"}
    body = json.dumps(said | {"refundStatus": status}).encode()
    monkeypatch.setattr(client, "get_with_retry", lambda *_: Answer(200, {}, body))
    assert BANK.status("P1", "AD1", ["r"]).payment_state is ProviderPaymentState.PAID


def test_a_refund_that_the_bank_declines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps({"amount": 1, "refundStatus": "DECLINED"}).encode()
    monkeypatch.setattr(client, "post_json", lambda *_: Answer(200, {}, body))
    with pytest.raises(ProviderDeclined):
        BANK.refund("AD1", BankRefund("P1-a", 100, 100, "P1"))


def test_another_key_is_denied(state: State, bank_server: BankServer) -> None:
    stranger = RaiffeisenBank(merchant(f"{bank_server.origin}/raiffeisen", "raiffeisen"), KEYED)
    with pytest.raises(AccessDenied):
        stranger.register(SBP)


@pytest.mark.parametrize(
    "url", ["https://elsewhere.example/qr", "file:///etc/passwd", "http://127.0.0.1:99/", 7, None]
)
def test_a_picture_at_another_site_is_not_fetched(monkeypatch: pytest.MonkeyPatch, url: object) -> None:
    body = json.dumps({"qrId": "AD1", "payload": "https://qr.example/1", "qrUrl": url}).encode()
    asked: list[str] = []
    monkeypatch.setattr(client, "post_json", lambda *_: Answer(200, {}, body))
    monkeypatch.setattr(client, "get_with_retry", lambda site, path, _: asked.append(site + path))
    answer = BANK.register(SBP)
    assert (answer.payment_url, answer.qr_png, asked) == ("https://qr.example/1", None, [])


@pytest.mark.parametrize(
    ("amount", "kopecks"), [(3293.08, 329308), (1, 100), ("1.10", 110), (0.29, 29), (50000.01, 5000001)]
)
def test_rubles_become_kopecks_exactly(monkeypatch: pytest.MonkeyPatch, amount: object, kopecks: int) -> None:
    said = {
        "qrStatus": "PAID",
        "paymentStatus": "SUCCESS",
        "amount": amount,
        "order": "P1",
        "currency": "RUB",
    }
    body = json.dumps(said).encode()
    monkeypatch.setattr(client, "get_with_retry", lambda *_: Answer(200, {}, body))
    assert BANK.status("P1", "AD1").amount == kopecks


@pytest.mark.parametrize(
    "wrong", [{"amount": 1.234}, {"amount": None}, {"amount": "NaN"}, {"paymentStatus": None}]
)
def test_an_answer_that_cannot_be_read_is_silence(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, object]
) -> None:
    said = {"qrStatus": "PAID", "paymentStatus": "SUCCESS", "amount": 1, "order": "P1", "currency": "RUB"}
    body = json.dumps(said | wrong).encode()
    monkeypatch.setattr(client, "get_with_retry", lambda *_: Answer(200, {}, body))
    with pytest.raises(NoUsableAnswer):
        BANK.status("P1", "AD1")
