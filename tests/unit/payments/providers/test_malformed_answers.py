"""Answers that no bank should give: of every verb, whatever they hold, they are silence or a refusal.

What is taken out of one that can be read may be kept, shown and counted: printable, short, whole.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cabinet.payments.providers.answer_fields import (
    identifier,
    integer,
    require_link,
    secure_link,
    short_text,
)
from cabinet.payments.providers.base import (
    BankRefund,
    CardCharge,
    NoUsableAnswer,
    ProviderDeclined,
    ProviderPaymentStatus,
)
from cabinet.payments.providers.credentials import Credentials
from cabinet.payments.providers.gorod_unified import client as gorod_unified
from cabinet.payments.providers.http_client import Answer
from cabinet.payments.providers.raiffeisen import client as raiffeisen
from cabinet.payments.providers.raiffeisen import receipts
from cabinet.payments.providers.rbs import client as rbs
from tests.support.factories.merchants import merchant, registration

KEYED = Credentials.model_validate({"user": "u", "password": "p", "callback_key": "test"})
RBS = rbs.RbsBank(merchant("http://127.0.0.1:9", "rbs"), KEYED)
UNIFIED = gorod_unified.GorodUnifiedBank(merchant("http://127.0.0.1:9", "gorod_unified"), KEYED)
RAIFFEISEN = raiffeisen.RaiffeisenBank(
    merchant("http://127.0.0.1:9", "raiffeisen").model_copy(update={"fiscal_url": "http://127.0.0.1:9"}),
    KEYED,
)
CHARGE = CardCharge("m1", "b1", "198.51.100.7")
REFUND = BankRefund("P1-a", 100, 100, "P1")
VERBS: dict[str, Callable[[], object]] = {
    "rbs register": lambda: RBS.register(registration()),
    "rbs status": lambda: RBS.status("P1", "m1"),
    "rbs refund": lambda: RBS.refund("m1", REFUND),
    "rbs cancel": lambda: RBS.cancel("m1", "q1"),
    "rbs charge": lambda: RBS.charge(CHARGE),
    "rbs saved_cards": lambda: RBS.saved_cards("u1"),
    "rbs forget_card": lambda: RBS.forget_card("b1"),
    "unified register": lambda: UNIFIED.register(registration()),
    "unified status": lambda: UNIFIED.status("P1", "m1"),
    "raiffeisen register": lambda: RAIFFEISEN.register(registration()),
    "raiffeisen status": lambda: RAIFFEISEN.status("P1", "q1", ["P1-a"]),
    "raiffeisen refund": lambda: RAIFFEISEN.refund("q1", REFUND),
}
STRANGE: list[Any] = [
    None, True, 0, -1, 7, 10**400, 1.5, float("inf"), float("nan"), "", "x", "\ud800", "a\x00b",
    "ж" * 300_000, "http://[", "https://", [], [[]], ["x"], [{"bindingId": None}], {}, {"bindingId": {}},
    {"x": [1]},
]  # fmt: skip
FIELDS = {
    "errorCode": "0", "orderId": "m1", "formUrl": "https://bank.example/1", "orderNumber": "P1",
    "orderStatus": 2, "amount": 329308, "currency": "643", "actionCode": 0,
    "attributes": [{"name": "mdOrder", "value": "m1"}],
    "paymentAmountInfo": {"depositedAmount": 329308, "refundedAmount": 0},
    "bindingInfo": {"bindingId": "b1", "clientId": "u1"}, "bankInfo": {"bankName": "Банк"},
    "cardAuthInfo": {"maskedPan": "220000**1234", "expiration": "203008"}, "acsUrl": "https://acs.example/",
    "bindings": [{"bindingId": "b1", "maskedPan": "220000**1234", "expiryDate": "203008"}],
    "status": "0", "qrId": "q1", "payload": "https://qr.example/1", "qrUrl": "https://qr.example/1.png",
    "qrStatus": "PAID", "paymentStatus": "SUCCESS", "order": "P1", "refundStatus": "COMPLETED",
    "receiptUrl": "https://ofd.example/1", "ofdUrl": "https://ofd.example/1", "renderedQr": "eA==",
}  # fmt: skip
"""A proper answer of all verbs at once; each test spoils it."""


def answering(monkeypatch: pytest.MonkeyPatch, body: bytes, status: int = 200) -> None:
    for module in (rbs, gorod_unified, raiffeisen, receipts):
        for name in ("post_form", "post_form_with_retry", "post_json", "get_with_retry", "put_with_retry"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, lambda *_: Answer(status, {}, body))


def outcome(verb: str) -> object:
    """Return what a verb makes of the answer; nothing but silence and refusal may come out of it."""
    try:
        return VERBS[verb]()
    except (NoUsableAnswer, ProviderDeclined) as error:
        return error


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"7",
        b"null",
        b'"x"',
        b"<html>",
        b"[" * 200_000,
        b"{" * 200_000,
        b'{"a":' * 50_000,
    ],
)
def test_what_is_no_object_is_silence(monkeypatch: pytest.MonkeyPatch, verb: str, body: bytes) -> None:
    answering(monkeypatch, body)
    with pytest.raises(NoUsableAnswer):
        VERBS[verb]()


@pytest.mark.parametrize("verb", VERBS)
def test_a_proper_answer_is_understood(monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    answering(monkeypatch, json.dumps(FIELDS).encode())
    assert not isinstance(outcome(verb), Exception)


@pytest.mark.parametrize("verb", VERBS)
def test_one_strange_field_breaks_nothing(monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    for name in FIELDS:
        for value in STRANGE:
            answering(monkeypatch, json.dumps(FIELDS | {name: value}).encode())
            require_storable(outcome(verb))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["bindingId", "name", "value", "clientId"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(
    changes=st.dictionaries(st.sampled_from(list(FIELDS)), ANYTHING, max_size=6),
    status=st.sampled_from([200, 400]),
)
def test_whatever_a_bank_answers_is_silence_a_refusal_or_understood(
    changes: dict[str, Any], status: int
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        answering(monkeypatch, json.dumps(FIELDS | changes).encode(), status)
        for verb in VERBS:
            require_storable(outcome(verb))


def require_storable(found: object) -> None:
    """Assert that what was taken out of an answer can be stored in an item and shown on a page."""
    if isinstance(found, Exception):
        return
    text = repr(found)
    assert "\\ud8" not in text
    assert "\\x00" not in text
    assert len(text) < 6_000
    if isinstance(found, ProviderPaymentStatus) and found.amount is not None:
        assert abs(found.amount) <= 10**15


@pytest.mark.parametrize(
    "wrong",
    [
        {"bindingInfo": ["b1"]},
        {"bindingInfo": {"bindingId": {"id": "b1"}, "clientId": "u1"}},
        {"bindingInfo": {"bindingId": "b" * 256, "clientId": "u1"}},
        {"bindingInfo": {"bindingId": "b1", "clientId": ["u1"]}},
        {"cardAuthInfo": "220000**1234"},
        {"bankInfo": 7},
    ],
)
def test_a_payment_is_credited_though_its_card_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, wrong: dict[str, object]
) -> None:
    answering(monkeypatch, json.dumps(FIELDS | wrong).encode())
    said = RBS.status("P1", "m1")
    assert (said.amount, said.card, said.client_id) == (329308, None, "")
    (line,) = [vars(entry) for entry in caplog.records if entry.getMessage() == "card_unreadable"]
    assert line["number"] == "P1"


@pytest.mark.parametrize(
    "bindings",
    [
        "b1",
        7,
        {"bindingId": "b1"},
        [None],
        [["b1"]],
        [{}],
        [{"bindingId": "b1"}],
        [{"bindingId": "", "maskedPan": ""}],
    ],
)
def test_cards_that_cannot_be_read_are_silence(monkeypatch: pytest.MonkeyPatch, bindings: object) -> None:
    answering(monkeypatch, json.dumps(FIELDS | {"bindings": bindings}).encode())
    with pytest.raises(NoUsableAnswer):
        RBS.saved_cards("u1")


@pytest.mark.parametrize(("value", "number"), [(7, 7), ("7", 7), (7.0, 7), ("-7", -7), (10**15, 10**15)])
def test_whole_numbers_are_read_as_they_are_spelled(value: object, number: int) -> None:
    assert integer(value) == number


@pytest.mark.parametrize(
    "value", [None, True, 7.5, "7.5", "", "x", [], float("inf"), 10**15 + 1, "9" * 5_000]
)
def test_what_is_no_whole_number_is_silence(value: object) -> None:
    with pytest.raises(NoUsableAnswer):
        integer(value)


@pytest.mark.parametrize(("value", "name"), [("b1", "b1"), (7, "7"), (None, ""), ("", "")])
def test_identifiers_are_short_plain_text(value: object, name: str) -> None:
    assert identifier(value) == name
    for wrong in ("ж", "a\n", "b" * 256, [], {}, 1.5):
        with pytest.raises(NoUsableAnswer):
            identifier(wrong)


def test_text_is_cut_and_without_what_no_one_sees() -> None:
    assert short_text("Бан\x00к\ud800 «Учебный»", 8) == "Банк «Уч"
    assert short_text(["Банк"], 8) == ""


@pytest.mark.parametrize(
    "link",
    ["http://[", "https://", "javascript:alert(1)", "https://a/" + "b" * 3_000, 7, None, "https://a/\n"],
)
def test_what_is_no_link_is_given_to_nobody(link: object) -> None:
    assert secure_link(link) is None
    with pytest.raises(NoUsableAnswer):
        require_link(link)
