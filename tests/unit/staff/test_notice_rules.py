"""Where a notice of the desk may be posted: what is missing, the flats of an entrance, validity, words."""

import pytest

from cabinet.staff.notice_rules import (
    MAX_ACCOUNTS,
    MAX_HOUSES,
    Target,
    describe_target,
    is_flat_between,
    target_errors,
    validity_errors,
)

NOW = "2026-03-02T06:00:00.000000+00:00"
LATER = "2026-03-02T07:00:00.000000+00:00"
LATEST = "2026-03-02T08:00:00.000000+00:00"


def codes(where: Target) -> list[str]:
    return [each.code for each in target_errors(where)]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (Target("supplier"), []),
        (Target("houses"), ["required"]),
        (Target("houses", houses=("a",)), []),
        (Target("houses", houses=("a",) * (MAX_HOUSES + 1)), ["too_many"]),
        (Target("accounts"), ["required"]),
        (Target("accounts", accounts=("1",)), []),
        (Target("accounts", accounts=("1",) * (MAX_ACCOUNTS + 1)), ["too_many"]),
        (Target("entrance"), ["one_house", "required"]),
        (Target("entrance", ("a", "b"), 1, 2), ["one_house"]),
        (Target("entrance", ("a",), 1), ["required"]),
        (Target("entrance", ("a",), None, 1), ["required"]),
        (Target("entrance", ("a",), 0, 1), ["required"]),
        (Target("entrance", ("a",), 5, 4), ["flats_reversed"]),
        (Target("entrance", ("a",), 5, 5), []),
    ],
)
def test_a_place_says_what_it_lacks(where: Target, found: list[str]) -> None:
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
    assert [each.code for each in validity_errors(valid_from, valid_until, NOW)] == found


def test_a_place_is_said_in_words() -> None:
    assert describe_target(Target("supplier"), []) == "Все лицевые счета"
    assert describe_target(Target("entrance", ("a",), 1, 36), ["Мира, 1"]) == "Мира, 1, квартиры 1–36"
    assert describe_target(Target("houses"), ["Мира, 1", "Мира, 2"]) == "Мира, 1, Мира, 2"
    assert describe_target(Target("houses"), ["1", "2", "3", "4", "5"]) == "1, 2, 3 и ещё 2"
    assert describe_target(Target("accounts"), ["100"]) == "Лицевые счета: 100"
