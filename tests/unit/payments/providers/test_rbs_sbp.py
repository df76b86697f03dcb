"""СБП through RBS: the bank's own link and picture, and a code that fails after its order was registered."""

import io
import json
from base64 import b64decode, b64encode
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image

from cabinet.payments.providers.base import NoUsableAnswer, ProviderConnectionError, ProviderDeclined
from cabinet.payments.providers.http_client import Answer
from cabinet.payments.providers.rbs.client import RbsBank
from infra.simulators.bank.state import Faults, State
from tests.support.factories.merchants import CREDENTIALS, merchant, registration
from tests.support.fake_bank_server import BankServer, new_simulator

SBP = replace(registration(), method="sbp")
BANK = RbsBank(merchant("http://127.0.0.1:9", "rbs"), CREDENTIALS)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def state(bank_server: BankServer) -> State:
    state = State()
    bank_server.open(new_simulator(state))
    return state


@pytest.fixture
def bank(bank_server: BankServer) -> RbsBank:
    return RbsBank(merchant(f"{bank_server.origin}/rbs", "rbs"), CREDENTIALS)


def test_the_link_and_the_picture_are_the_banks_own(state: State, bank: RbsBank) -> None:
    answer = bank.register(SBP)
    payment = state.payments[answer.bank_order_id]
    assert answer.qr_id == payment.qr_id
    assert answer.payment_url.endswith("&cur=RUB&crc=0000"), "a constant check sum of a test stand is taken"
    picture = Image.open(io.BytesIO(b64decode(answer.qr_png or "")))
    assert zxingcpp.read_barcodes(picture)[0].text == answer.payment_url


@pytest.mark.parametrize("fault", ["refused", "lost"])
def test_a_code_that_fails_leaves_an_order_that_the_bank_may_have(
    state: State, bank: RbsBank, fault: str
) -> None:
    state.faults = Faults(qr=fault)
    with pytest.raises(NoUsableAnswer) as failed:
        bank.register(SBP)
    assert not isinstance(failed.value, ProviderConnectionError), "its number is spent"
    assert state.by_number("P1") is not None


@pytest.mark.parametrize("payload", [None, "", 7, "javascript:alert(1)", "bank100000000001://pay"])
def test_a_link_that_a_browser_must_not_open_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, payload: object
) -> None:
    answers = {"register.do": {"orderId": "b1", "formUrl": "https://bank/page"}}
    said = {"qrId": "q1", "payload": payload, "renderedQr": b64encode(PNG).decode()}
    monkeypatch.setattr(
        "cabinet.payments.providers.rbs.client.post_form",
        lambda _, path, __: Answer(200, {}, json.dumps(answers.get(path, said)).encode()),
    )
    with pytest.raises(NoUsableAnswer):
        BANK.register(SBP)


@pytest.mark.parametrize(
    "drawn", [None, 7, "", "не base64", b64encode(b"<svg>").decode(), b64encode(PNG + b"0" * 40_000).decode()]
)
def test_a_picture_that_cannot_be_shown_is_left_out_and_the_link_stays(
    monkeypatch: pytest.MonkeyPatch, drawn: object
) -> None:
    said = {"orderId": "b1", "formUrl": "https://bank/page", "payload": "https://qr.example/1"}
    body = json.dumps(said | {"renderedQr": drawn}).encode()
    monkeypatch.setattr("cabinet.payments.providers.rbs.client.post_form", lambda *_: Answer(200, {}, body))
    answer = BANK.register(SBP)
    assert (answer.payment_url, answer.qr_id, answer.qr_png) == ("https://qr.example/1", None, None)


def test_an_order_given_up_ends_its_code_too_and_again_without_harm(state: State, bank: RbsBank) -> None:
    answer = bank.register(SBP)
    payment = state.payments[answer.bank_order_id]
    payment.is_qr_ended = True  # the answer to an earlier try was lost
    bank.cancel(answer.bank_order_id, answer.qr_id)
    assert payment.payment_state == "declined"
    other = bank.register(replace(SBP, number="P2"))
    bank.cancel(other.bank_order_id, other.qr_id)
    assert state.payments[other.bank_order_id].is_qr_ended
    with pytest.raises(ProviderDeclined):
        bank.cancel(other.bank_order_id, other.qr_id)
