"""By which rows an account is found."""

import pytest

from cabinet.accounts.model import Address
from cabinet.accounts.search_index_rules import (
    address_index_key,
    given_names,
    holder_index_key,
    index_rows,
    initials,
    street_word,
)


def test_an_account_has_a_row_by_its_holder_and_one_by_its_address() -> None:
    address = Address(street="ул. Северная", house="д. 12", flat="кв. 5")
    rows = index_rows("uk:74С-1", "Иванов Пётр Ильич", address)
    assert [row["sk"] for row in rows] == ["пи#uk#74C-1", "5#uk#74C-1"]
    assert {row["account_id"] for row in rows} == {"uk:74С-1"}


def test_no_name_and_no_street_can_be_read_in_a_key() -> None:
    rows = index_rows("uk:1", "Иванов Иван", Address(street="Северная", house="12"))
    assert not any("иванов" in row["pk"] or "северная" in row["pk"] for row in rows)


def test_spellings_of_one_holder_and_one_house_have_one_partition() -> None:
    one = index_rows("uk:1", "Семёнов И. И.", Address(street="пр-т К. Маркса", house="1 к. 2"))
    other = index_rows("uk:2", "СЕМЕНОВ Иван", Address(street="Карла Маркса", house="1К2"))
    assert [row["pk"] for row in one] == [row["pk"] for row in other]


def test_a_changed_holder_of_a_bound_account_has_a_row_by_the_day() -> None:
    rows = index_rows("uk:1", "Иванов", Address(), "2026-10-31")
    assert [(row["pk"], row["sk"]) for row in rows[1:]] == [("HOLDERCHANGES#uk", "2026-10-31#uk#1")]


def test_what_is_not_named_has_no_row() -> None:
    assert holder_index_key("uk:1", " - ") is None
    assert address_index_key("uk:1", Address(street="Северная")) is None
    assert index_rows("uk:1", "", Address()) == []


@pytest.mark.parametrize(
    ("holder", "expected"),
    [
        ("Иванов Пётр Ильич", "пи"),
        ("Иванов П.И.", "пи"),
        ("Иванов", ""),
        ("Иванов -", ""),
        ("Ли Сын Ман Пак", "см"),
        ("ООО «Ромашка»", ""),
    ],
)
def test_initials_are_a_persons(holder: str, expected: str) -> None:
    assert initials(holder) == expected


def test_given_names_are_folded() -> None:
    assert given_names("Иванов Пётр И.") == ["петр", "и"]


def test_a_street_is_found_by_its_longest_word() -> None:
    assert street_word("ул. 60 лет Октября") == "октября"
    assert street_word("") == ""
