"""Which addresses are the same, which are accepted; phones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.core.contacts import canonical_email, validate_email, validate_phone
from cabinet.core.errors import InvalidFields


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ivan@Example.RU", "ivan@example.ru"),
        (" ivan@example.ru ", "ivan@example.ru"),
        ("ivan@почта.рф", "ivan@xn--80a1acny.xn--p1ai"),
        ("ivan@ПОЧТА.рф", "ivan@почта.рф"),
    ],
)
def test_spellings_of_one_address_are_one(one: str, other: str) -> None:
    assert canonical_email(one) == canonical_email(other)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ivan@xn--80a1acny.xn--p1ai", "ivan@xn--80a1acny.xn--p1ai"),
        ("ivan@XN--80A1ACNY.XN--P1AI", "ivan@xn--80a1acny.xn--p1ai"),
        ("ivan@ПОЧТА.рф", "ivan@почта.рф"),
    ],
)
def test_a_domain_keeps_the_spelling_it_was_typed_in(typed: str, kept: str) -> None:
    assert validate_email(typed) == kept


def test_dots_and_tags_are_different_people() -> None:
    assert canonical_email("i.van@example.ru") != canonical_email("ivan@example.ru")
    assert canonical_email("ivan+1@example.ru") != canonical_email("ivan@example.ru")


@given(st.text(max_size=400))
def test_any_text_has_a_mailbox_that_fits_a_key(text: str) -> None:
    assert len(canonical_email(text)) <= 320
    assert canonical_email(canonical_email(text)) is not None


@given(st.emails())
def test_an_accepted_address_has_the_mailbox_of_what_was_typed(address: str) -> None:
    try:
        accepted = validate_email(address)
    except InvalidFields:
        return
    assert canonical_email(accepted) == canonical_email(address)


@pytest.mark.parametrize(
    "address", ["", "ivan", "ivan@", "@example.ru", "a b@example.ru", "a@b@c", "иван@example.ru"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidFields):
        validate_email(address)


@pytest.mark.parametrize("phone", ["+7 900 123-45-67", "8 (900) 1234567", "89001234567", "9001234567"])
def test_spellings_of_one_phone_are_one(phone: str) -> None:
    assert validate_phone(phone) == "+79001234567"


@pytest.mark.parametrize("phone", ["", "12", "+7 900 123-45", "abc", "+7" + "9" * 40])
def test_what_is_no_phone_is_refused(phone: str) -> None:
    with pytest.raises(InvalidFields):
        validate_phone(phone)
