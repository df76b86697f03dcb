"""Houses and numbers are compared as a person would compare them."""

import pytest

from cabinet.core.text import normalise_house, number_key, slug, strip_control_chars


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\x1b[2JТемно\x00", "[2JТемно"),
        ("раз\r\nдва\tтри", "раз\nдва\tтри"),
        ("\u202eоквит", "оквит"),
        ("", ""),
    ],
)
def test_what_a_terminal_or_a_page_would_obey_is_not_kept(typed, kept):
    assert strip_control_chars(typed) == kept


@pytest.mark.parametrize("written", ["10А", "10 а", "д. 10А", "10A", "дом 10 А"])
def test_a_house_is_one_however_it_is_written(written):
    assert normalise_house(written) == normalise_house("10А")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("квартира 42", "42"), ("кв. № 42", "42"), ("дом № 15а", "15а"), ("15 / 1", "15/1"), ("15-1", "15/1"),
        ("15 корп. 1", "15к1"), ("15 корпус 1", "15 к. 1"), ("15/А", "15а"),
    ],
)  # fmt: skip
def test_words_and_signs_around_a_number_do_not_matter(typed: str, stored: str) -> None:
    assert normalise_house(typed) == normalise_house(stored)


@pytest.mark.parametrize(
    ("one", "other"), [("15/1", "151"), ("10-1", "101"), ("15к1", "151"), ("15к1", "15/1")]
)
def test_a_fraction_is_another_house(one: str, other: str) -> None:
    assert normalise_house(one) != normalise_house(other)


def test_houses_with_different_letters_differ():
    assert normalise_house("10А") != normalise_house("10Б") != normalise_house("10")


def test_a_kind_of_receipt_gets_an_ascii_code():
    assert slug("ХВС и ВО") == "hvs-i-vo"
    assert slug("«»") == "x"


@pytest.mark.parametrize("written", ["74С-001", "74C-001", "74c-001", "74с-001"])  # Cyrillic, Latin
def test_an_account_is_one_in_either_alphabet_and_any_case(written):
    assert number_key(written) == "74C-001"


@pytest.mark.parametrize(("one", "another"), [("74С-001", "74С001"), ("ЛС-1", "LC-1"), ("О12", "012")])
def test_numbers_that_do_not_look_alike_stay_apart(one, another):
    assert number_key(one) != number_key(another)
