"""The payment QR's text: the standard's letter, and what holds for any order."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.receipts import qr_text
from cabinet.receipts.qr_text import Encoding, PaymentCodeError, PaymentRequisites
from tests.support.payment_code import read_code
from tests.support.payment_requisites import ORDER, SIGNS, build_if_it_fits, orders


def without_separators(order: PaymentRequisites) -> PaymentRequisites:
    values = {name: getattr(order, name) for name in PaymentRequisites.__slots__}
    texts = {name: value.replace("|", "/") for name, value in values.items() if isinstance(value, str)}
    return replace(order, **texts)


def test_the_published_example_comes_out_to_the_byte():
    payload = qr_text.build(ORDER)
    assert len(payload) == 399
    assert (
        hashlib.sha256(payload).hexdigest()
        == "74fd5fab3354e66c610435d1b64d09ea771406ab4e986ccaa1d922c5435d0f42"
    )


@given(orders, st.sampled_from(Encoding))
def test_what_is_built_is_parsed_back(order: PaymentRequisites, encoding: Encoding):
    assert read_code(build_if_it_fits(order, encoding)) == without_separators(order)


@given(orders, st.sampled_from(Encoding))
def test_the_separator_is_the_usual_one_whatever_the_values_contain(
    order: PaymentRequisites, encoding: Encoding
):
    text = build_if_it_fits(order, encoding).decode(encoding.codec)
    values = [
        str(getattr(order, name)) for name in PaymentRequisites.__slots__ if getattr(order, name) is not None
    ]
    assert text[7] == "|"
    assert text.count("|") == len(values)


@given(orders, st.sampled_from(Encoding))
def test_the_mandatory_block_never_exceeds_300_bytes(order: PaymentRequisites, encoding: Encoding):
    payload = build_if_it_fits(order, encoding)
    separator = payload[7:8]
    assert len(separator.join(payload.split(separator)[1:6])) <= 300


def test_a_name_of_160_letters_fits_one_byte_encodings_but_not_utf8():
    order = replace(ORDER, name="Щ" * 160)
    assert read_code(qr_text.build(order, Encoding.CP1251)) == order
    with pytest.raises(PaymentCodeError, match="300 байт"):
        qr_text.build(order, Encoding.UTF8)


def test_a_letter_that_the_encoding_lacks_is_an_error_and_no_question_mark():
    with pytest.raises(PaymentCodeError, match=r"Name.*cp1251.*Ғ"):
        qr_text.build(replace(ORDER, name="Ғ"), Encoding.CP1251)


def test_a_separator_in_a_value_is_written_as_a_slash():
    order = replace(ORDER, name="ООО «А|Б»", purpose=SIGNS)
    payload = qr_text.build(order)
    assert payload.startswith("ST00012|Name=ООО «А/Б»|PersonalAcc=".encode())
    assert read_code(payload).purpose == SIGNS.replace("|", "/")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "Я" * 161),
        ("name", "две\nстроки"),
        ("bank_name", "Б" * 46),
        ("personal_acc", "4" * 19),
        ("personal_acc", "4" * 24),
        ("corresp_acc", "0"),
        ("bic", "04750177"),
        ("sum_kopecks", -1),
        ("sum_kopecks", 10**18),
        ("purpose", "п" * 161),
        ("payee_inn", "1" * 13),
        ("kpp", "1" * 10),
        ("last_name", ""),
    ],
)
def test_a_value_beyond_the_standard_is_refused(field: str, value: object):
    with pytest.raises(PaymentCodeError):
        qr_text.build(replace(ORDER, **{field: value}))  # type: ignore[arg-type]
