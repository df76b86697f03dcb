"""Where a notice of the desk may hang: what is missing, the flats of an entrance, terms, words."""

import pytest

from cabinet.staff.notice_rules import (
    MAX_ACCOUNTS,
    MAX_HOUSES,
    Where,
    is_flat_between,
    place_errors,
    place_in_words,
    term_errors,
)

NOW = "2026-03-02T06:00:00.000000+00:00"
LATER = "2026-03-02T07:00:00.000000+00:00"
LATEST = "2026-03-02T08:00:00.000000+00:00"


def codes(where: Where) -> list[str]:
    return [each.code for each in place_errors(where)]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (Where("supplier"), []),
        (Where("houses"), ["required"]),
        (Where("houses", houses=("a",)), []),
        (Where("houses", houses=("a",) * (MAX_HOUSES + 1)), ["too_many"]),
        (Where("accounts"), ["required"]),
        (Where("accounts", accounts=("1",)), []),
        (Where("accounts", accounts=("1",) * (MAX_ACCOUNTS + 1)), ["too_many"]),
        (Where("entrance"), ["one_house", "required"]),
        (Where("entrance", ("a", "b"), 1, 2), ["one_house"]),
        (Where("entrance", ("a",), 1), ["required"]),
        (Where("entrance", ("a",), None, 1), ["required"]),
        (Where("entrance", ("a",), 0, 1), ["required"]),
        (Where("entrance", ("a",), 5, 4), ["flats_reversed"]),
        (Where("entrance", ("a",), 5, 5), []),
    ],
)
def test_a_place_says_what_it_lacks(where: Where, found: list[str]) -> None:
    assert codes(where) == found


@pytest.mark.parametrize(
    ("flat", "is_between"),
    [
        ("1", True),
        ("36", True),
        ("37", False),
        ("12а", True),
        ("кв. 12", True),
        ("нежилое", False),
        ("", False),
    ],
)
def test_an_entrance_has_the_flats_between_two(flat: str, is_between: bool) -> None:
    assert is_flat_between(flat, 1, 36) is is_between


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "found"),
    [
        (None, None, []),
        (LATER, None, []),
        (None, NOW, ["term_over"]),
        (None, LATER, []),
        (LATER, LATER, ["term_reversed"]),
        (LATER, LATEST, []),
    ],
)
def test_a_term_ends_in_the_future_and_after_its_beginning(
    valid_from: str | None, valid_until: str | None, found: list[str]
) -> None:
    assert [each.code for each in term_errors(valid_from, valid_until, NOW)] == found


def test_a_place_is_said_in_words() -> None:
    assert place_in_words(Where("supplier"), []) == "Все лицевые счета"
    assert place_in_words(Where("entrance", ("a",), 1, 36), ["Мира, 1"]) == "Мира, 1, квартиры 1–36"
    assert place_in_words(Where("houses"), ["Мира, 1", "Мира, 2"]) == "Мира, 1, Мира, 2"
    assert place_in_words(Where("houses"), ["1", "2", "3", "4", "5"]) == "1, 2, 3 и ещё 2"
    assert place_in_words(Where("accounts"), ["100"]) == "Лицевые счета: 100"
