"""RBS: the published vector byte for byte, every way in which a checksum can be wrong, every answer."""

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from cabinet.payments.providers.base import (
    BankRefund,
    InvalidSignature,
    NoUsableAnswer,
    ProviderConnectionError,
    ProviderDeclined,
    ProviderPaymentState,
    RawCallback,
    Registration,
    RegistrationLine,
)
from cabinet.payments.providers.credentials import Credentials
from cabinet.payments.providers.http_client import Answer
from cabinet.payments.providers.rbs.answers import read_status
from cabinet.payments.providers.rbs.client import (
    RbsBank,
    checksum,
    order_bundle,
    parse_parameters,
    signature_base,
)
from infra.simulators.bank.state import Faults, State
from infra.simulators.bank.state import PaymentState as SimulatedStanding
from tests.support.factories.merchants import CREDENTIALS, merchant, registration
from tests.support.fake_bank_server import BankServer, new_simulator

VECTOR = {
    "amount": "329308",
    "mdOrder": "01491d0b-c848-7dd6-a20d-e96900a7d8c0",
    "operation": "deposited",
    "orderNumber": "P000001",
    "status": "1",
}
TEXT = (
    "amount;329308;mdOrder;01491d0b-c848-7dd6-a20d-e96900a7d8c0;operation;deposited;"
    "orderNumber;P000001;status;1;"
)
CHECKSUM = "C6BEB4234D3CEA2335133651D797196C0027ADEDFA6E95B5DE4029664E677D71"
KEYED = Credentials.model_validate({"user": "u", "password": "p", "callback_key": "test"})
BANK = RbsBank(merchant("http://127.0.0.1:9", "rbs"), KEYED)


def raw(parameters: dict[str, str], body: bool = False) -> RawCallback:
    query = urlencode(parameters).encode()
    return RawCallback(b"", query) if body else RawCallback(query, b"")


def test_the_vector_byte_for_byte() -> None:
    assert signature_base(VECTOR | {"checksum": "x", "sign_alias": "y"}) == TEXT
    assert checksum("test", TEXT) == CHECKSUM


@pytest.mark.parametrize("body", [False, True])
@pytest.mark.parametrize("order", [list(VECTOR), list(reversed(VECTOR))])
def test_a_genuine_callback_is_taken_however_its_parameters_come(order: list[str], body: bool) -> None:
    parameters = {name: VECTOR[name] for name in order} | {"checksum": CHECKSUM, "sign_alias": "k1"}
    heard = BANK.parse_callback(raw(parameters, body))
    assert (heard.number, heard.bank_order_id, heard.operation) == ("P000001", VECTOR["mdOrder"], "deposited")


def signed(parameters: dict[str, str]) -> str:
    return urlencode(parameters | {"checksum": checksum("test", signature_base(parameters))})


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("{}&", ""), ("&{}", ""), ("{}&&", ""), ("{}\r\n", ""), ("{}", "\r\n"),
        ("", "{}\r\n"), ("", "{}&\r\n"), ("", "\r\n{}\n"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("order", [list(VECTOR), ["checksum", *VECTOR]])
def test_a_genuine_callback_is_taken_whatever_frames_it(query: str, body: str, order: list[str]) -> None:
    parameters = VECTOR | {"checksum": CHECKSUM}
    text = urlencode({name: parameters[name] for name in [*order, "checksum"]})
    raw_callback = RawCallback(query.format(text).encode(), body.format(text).encode())
    assert BANK.parse_callback(raw_callback).number == "P000001"


@pytest.mark.parametrize(
    ("more", "number", "bank_order_id"),
    [
        ({"bindingId": "b1", "operation": "bindingCreated"}, "", ""),
        ({"mdOrder": "m1", "operation": "deposited"}, "", "m1"),
        ({"orderNumber": "P1", "operation": "deposited"}, "P1", ""),
        ({"orderNumber": "P1", "mdOrder": "", "flag": "", "cardholder": "ИВАН Ё+"}, "P1", ""),
        ({"orderNumber": "P1"} | {f"name{n}": str(n) for n in range(84)}, "P1", ""),
        ({"orderNumber": "P1"} | {f"name{n}": str(n) for n in range(400)}, "P1", ""),
    ],
)
def test_a_genuine_callback_is_taken_whatever_it_tells_of(
    more: dict[str, str], number: str, bank_order_id: str
) -> None:
    for bank_status in (signed(more), f"{signed(more)}&"):
        for raw_callback in (
            RawCallback(bank_status.encode(), b""),
            RawCallback(b"", bank_status.encode()),
        ):
            heard = BANK.parse_callback(raw_callback)
            assert (heard.number, heard.bank_order_id) == (number, bank_order_id)


def test_text_that_a_bank_did_not_escape_is_read_as_utf8() -> None:
    bank_status = {"orderNumber": "P1", "cardholder": "ИВАН"}
    text = f"orderNumber=P1&cardholder=ИВАН&checksum={checksum('test', signature_base(bank_status))}"
    assert BANK.parse_callback(RawCallback(b"", text.encode())).number == "P1"


WRONG: dict[str, Callable[[], dict[str, str]]] = {
    "lower case": lambda: VECTOR | {"checksum": CHECKSUM.lower()},
    "no checksum": lambda: VECTOR,
    "empty checksum": lambda: VECTOR | {"checksum": ""},
    "signed unsorted": lambda: (
        VECTOR | {"checksum": checksum("test", "".join(f"{k};{VECTOR[k]};" for k in reversed(VECTOR)))}
    ),
    "no trailing separator": lambda: VECTOR | {"checksum": checksum("test", TEXT[:-1])},
    "another key": lambda: VECTOR | {"checksum": checksum("guess", TEXT)},
    "an extra parameter": lambda: VECTOR | {"checksum": CHECKSUM, "bonus": "1"},
    "a missing parameter": lambda: (
        {k: v for k, v in VECTOR.items() if k != "amount"} | {"checksum": CHECKSUM}
    ),
    "another amount": lambda: VECTOR | {"amount": "1", "checksum": CHECKSUM},
    "another order": lambda: VECTOR | {"orderNumber": "P000002", "checksum": CHECKSUM},
    "checksum signed too": lambda: VECTOR | {"checksum": checksum("test", TEXT + f"checksum;{CHECKSUM};")},
    "a space after it": lambda: VECTOR | {"checksum": CHECKSUM + " "},
    "half of it": lambda: VECTOR | {"checksum": CHECKSUM[:32]},
}


@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_checksum_is_forged(how: str) -> None:
    with pytest.raises(InvalidSignature):
        BANK.parse_callback(raw(WRONG[how]()))


@pytest.mark.parametrize(
    "query",
    [
        f"{urlencode(VECTOR | {'checksum': CHECKSUM})}&amount=1",
        f"{urlencode(VECTOR | {'checksum': CHECKSUM})}&checksum={CHECKSUM}",
        "",
        "checksum",
        "%FF=%FF&checksum=" + CHECKSUM,
        "&".join(f"a{n}=1" for n in range(100)),
        signed({"orderNumber": "P1"} | {f"name{n}": "1" for n in range(500)}),
        signed({"orderNumber": "P1"}) + "&=",
        signed({"orderNumber": "P1"}) + "%0D%0A",
        "&",
        "\r\n",
    ],
)
def test_parameters_without_one_meaning_are_forged(query: str) -> None:
    with pytest.raises(InvalidSignature):
        BANK.parse_callback(RawCallback(query.encode(), b""))


def test_a_parameter_told_in_both_query_and_body_is_forged() -> None:
    with pytest.raises(InvalidSignature):
        parse_parameters(RawCallback(b"amount=1", b"amount=1"))


def test_no_key_in_the_secret_lets_nothing_through() -> None:
    keyless = RbsBank(
        merchant("http://127.0.0.1:9", "rbs"), Credentials.model_validate({"user": "u", "password": "p"})
    )
    with pytest.raises(InvalidSignature):
        keyless.parse_callback(raw(VECTOR | {"checksum": checksum("", TEXT)}))


def test_an_rsa_checksum_is_verified_by_its_alias() -> None:
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA512
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    bank = RbsBank(
        merchant("http://127.0.0.1:9", "rbs"),
        Credentials.model_validate({"user": "u", "password": "p", "callback_public_keys": {"k1": pem}}),
    )
    signature = private.sign(TEXT.encode(), padding.PKCS1v15(), SHA512()).hex().upper()
    genuine = VECTOR | {"checksum": signature, "sign_alias": "k1"}
    assert bank.parse_callback(raw(genuine)).number == "P000001"
    for wrong in (
        genuine | {"amount": "1"},
        genuine | {"sign_alias": "k2"},
        VECTOR | {"checksum": signature},
    ):
        with pytest.raises(InvalidSignature):
            bank.parse_callback(raw(wrong))
    broken = Credentials.model_validate(
        {"user": "u", "password": "p", "callback_public_keys": {"k1": pem[:80]}}
    )
    with pytest.raises(ProviderConnectionError):
        RbsBank(merchant("http://127.0.0.1:9", "rbs"), broken).parse_callback(raw(genuine))


def test_the_bundle_sums_up_to_the_amount() -> None:
    items = order_bundle([RegistrationLine("a" * 300, 5), RegistrationLine("b", 7)])["cartItems"]["items"]
    assert sum(item["itemAmount"] for item in items) == 12
    assert max(len(item["name"]) for item in items) == 100


@pytest.mark.parametrize(
    ("line", "tax", "method", "payment_object"),
    [
        (RegistrationLine("a", 5), 0, "4", "4"),
        (RegistrationLine("a", 5, "22"), 11, "4", "4"),
        (RegistrationLine("a", 5, "22/122", "advance"), 12, "3", "4"),
        (RegistrationLine("a", 5, "10/110", "prepayment", "payment"), 4, "1", "10"),
        (RegistrationLine("a", 5, "10"), 99, "4", "4"),
    ],
)
def test_each_line_of_the_bundle_says_what_the_fiscal_receipt_needs(
    line: RegistrationLine, tax: int, method: str, payment_object: str
) -> None:
    (item,) = order_bundle([line], {"10": 99})["cartItems"]["items"]
    assert item["tax"] == {"taxType": tax}
    assert item["itemAttributes"]["attributes"] == [
        {"name": "paymentMethod", "value": method},
        {"name": "paymentObject", "value": payment_object},
    ]


# ------------------------------------------------------------------ over HTTP


@pytest.fixture
def state(bank_server: BankServer) -> State:
    state = State()
    bank_server.open(new_simulator(state))
    return state


@pytest.fixture
def bank(bank_server: BankServer) -> RbsBank:
    return RbsBank(merchant(f"{bank_server.origin}/rbs", "rbs"), CREDENTIALS)


def test_an_order_is_registered_and_paid_and_refunded(state: State, bank: RbsBank) -> None:
    answer = bank.register(registration())
    assert answer.payment_url.startswith("http://127.0.0.1")
    payment = state.payments[answer.bank_order_id]
    assert bank.status("P1", None).payment_state is ProviderPaymentState.WAITING
    state.pay(payment)
    bank_status = bank.status("P1", answer.bank_order_id)
    assert (bank_status.payment_state, bank_status.amount, bank_status.currency, bank_status.number) == (
        ProviderPaymentState.PAID,
        329308,
        "643",
        "P1",
    )
    assert bank_status.bank_order_id == answer.bank_order_id
    assert bank_status.fiscal_url == f"https://ofd.example/{answer.bank_order_id}"
    bank.refund(answer.bank_order_id, BankRefund("P1-a", 308, 329308))
    bank_status = bank.status("P1", None)
    assert (bank_status.payment_state, bank_status.amount, bank_status.refunded) == (
        ProviderPaymentState.REFUNDED,
        329308,
        308,
    )
    with pytest.raises(ProviderDeclined):
        bank.refund(answer.bank_order_id, BankRefund("P1-b", 329308, 329000))


def test_a_refund_sent_twice_is_done_once_and_never_from_another_rest(state: State, bank: RbsBank) -> None:
    answer = bank.register(registration())
    payment = state.payments[answer.bank_order_id]
    state.pay(payment)
    for _ in range(2):
        bank.refund(answer.bank_order_id, BankRefund("P1-a", 308, 329308))
    assert payment.refunded == 308
    with pytest.raises(ProviderDeclined):
        bank.refund(answer.bank_order_id, BankRefund("P1-b", 308, 329308))
    assert payment.refunded == 308


def test_a_used_number_is_an_attempt_that_may_stand_at_the_bank(state: State, bank: RbsBank) -> None:
    bank.register(registration())
    with pytest.raises(NoUsableAnswer):
        bank.register(registration())
    assert len(state.payments) == 1


def test_what_a_bank_says_of_a_refusal_is_not_what_the_log_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    bank_status = {"errorCode": "5", "errorMessage": "Доступ запрещён: Иванов"}
    answer = Answer(200, {}, json.dumps(bank_status).encode())
    monkeypatch.setattr("cabinet.payments.providers.rbs.client.post_form", lambda *_: answer)
    with pytest.raises(ProviderDeclined) as refused:
        BANK.refund("b1", BankRefund("P1-a", 100, 100))
    assert (str(refused.value), refused.value.text) == ("5", "Доступ запрещён: Иванов")


STATUS = {"orderNumber": "P1", "orderStatus": 2, "amount": 329308, "currency": "643"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"orderStatus": "paid"},
        {"orderStatus": None},
        {"amount": "3293,08"},
        {"attributes": ["mdOrder"]},
        {"attributes": [{"mdOrder": "1"}]},
        {"paymentAmountInfo": [1]},
        {"errorCode": "?"},
    ],
)
def test_an_answer_that_cannot_be_read_is_silence(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, object]
) -> None:
    answer = Answer(200, {}, json.dumps(STATUS | wrong).encode())
    monkeypatch.setattr("cabinet.payments.providers.rbs.client.post_form_with_retry", lambda *_: answer)
    with pytest.raises(NoUsableAnswer):
        BANK.status("P1", None)


@pytest.mark.parametrize("link", [{"url": "x"}, 7, "javascript:alert(1)", "http://ofd.example/1", ""])
def test_a_fiscal_receipt_without_a_safe_link_has_none(monkeypatch: pytest.MonkeyPatch, link: object) -> None:
    answer = Answer(200, {}, json.dumps(STATUS | {"receiptUrl": link}).encode())
    monkeypatch.setattr("cabinet.payments.providers.rbs.client.post_form_with_retry", lambda *_: answer)
    assert BANK.status("P1", None).fiscal_url is None


def test_declined_reversed_and_unknown_orders(state: State, bank: RbsBank) -> None:
    first = bank.register(registration("P1"))
    state.decline(state.payments[first.bank_order_id])
    assert bank.status("P1", None).payment_state is ProviderPaymentState.DECLINED
    second = bank.register(registration("P2"))
    state.payments[second.bank_order_id].payment_state = SimulatedStanding.REVERSED
    bank_status = bank.status("P2", None)
    assert (bank_status.payment_state, bank_status.refunded) == (ProviderPaymentState.REVERSED, None)
    assert bank.status("P3", None).payment_state is ProviderPaymentState.UNKNOWN


def test_silence_an_outage_and_a_closed_port_are_told_apart(
    state: State, bank: RbsBank, bank_server: BankServer
) -> None:
    state.faults = Faults(silent=True)
    bank.register(registration())
    with pytest.raises(NoUsableAnswer):
        bank.status("P1", None)
    state.is_down = True
    with pytest.raises(NoUsableAnswer):
        bank.register(registration("P2"))
    nowhere = RbsBank(merchant("http://127.0.0.1:9/rbs", "rbs"), CREDENTIALS)
    with pytest.raises(ProviderConnectionError):
        nowhere.register(Registration("P1", 1, "", "u", "", "", 1200, [RegistrationLine("a", 1)]))


@pytest.mark.parametrize(
    ("about", "digits"),
    [
        ({"maskedPan": "555555**5599"}, "5599"),
        ({"pan": "411111XXXXXX1111"}, ""),
        ({"pan": 4111}, ""),
        (["x"], ""),
        (None, ""),
    ],
)
def test_the_last_digits_of_the_card_that_paid_are_read(about: object, digits: str) -> None:
    answer = {"orderStatus": 2, "amount": 100, "orderNumber": "P1", "cardAuthInfo": about}
    assert read_status(answer, "receiptUrl").card_digits == digits
