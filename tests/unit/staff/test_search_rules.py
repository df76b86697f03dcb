"""What an operator's typed text means."""

import pytest

from cabinet.accounts.model import Account, Address
from cabinet.staff.search_rules import (
    SearchField,
    SearchQuery,
    fits_address,
    fits_holder,
    in_order_of_flats,
    parse_search,
)


def houses(typed: str) -> list[tuple[str, str, str, str]]:
    """Street, house, flat and the text before, of each house that a text may mean."""
    return [
        (each.address.street, each.address.house, each.address.flat, each.before)
        for each in parse_search(typed)
        if each.field is SearchField.ADDRESS
    ]


def account(holder: str = "Иванов Иван Иванович", **address: str) -> Account:
    """An account of a flat."""
    there = {"city": "Челябинск", "street": "ул. Карла Маркса", "house": "1 к. 2", "flat": "5"} | address
    return Account(account_id="uk:1", supplier_id="uk", holder=holder, address=Address(**there))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("a@b.ru", [SearchField.EMAIL]),
        ("", []),
        ("  ", []),
        ("-", []),
        ("1234567899", [SearchField.NUMBER]),
        ("12 34", [SearchField.NUMBER]),
        ("№ 79001234567", [SearchField.NUMBER]),
        ("+7 900 123-45-67", [SearchField.PHONE, SearchField.NUMBER]),
        ("8(900)1234567", [SearchField.PHONE, SearchField.NUMBER]),
        ("9123456789", [SearchField.PHONE, SearchField.NUMBER]),
        ("8-900/123", [SearchField.NUMBER]),
        ("Иванов", [SearchField.HOLDER]),
        ("Иванов И. И.", [SearchField.HOLDER]),
        ("74С-001", [SearchField.NUMBER, SearchField.HOLDER]),
        ("Северная12", [SearchField.NUMBER, SearchField.ADDRESS]),
        ("Северная 12", [SearchField.ADDRESS, SearchField.HOLDER]),
        ("кв 5", [SearchField.NUMBER, SearchField.HOLDER]),
        ("Школа № 5 «Радуга»", [SearchField.ADDRESS, SearchField.HOLDER]),
        ("12 Северная", [SearchField.NUMBER, SearchField.HOLDER]),
    ],
)
def test_what_was_typed_tells_itself_apart(typed: str, expected: list[SearchField]) -> None:
    assert [each.field for each in parse_search(typed)] == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Северная 12", [("Северная", "12", "", "")]),
        ("ул. Северная, д. 12, кв. 5", [("ул. Северная", "12", "5", "")]),
        ("Северная 12-5", [("Северная", "12", "5", ""), ("Северная", "12-5", "", "")]),
        ("Северная 12 5", [("Северная", "12", "5", "")]),
        ("Северная 12/3, 4", [("Северная", "12/3", "4", "")]),
        (
            "Северная ул., 1 к. 2 - 10",
            [("Северная ул", "1 к. 2", "10", ""), ("Северная ул", "1 к. 2-10", "", "")],
        ),
        ("Северная 12 а 5", [("Северная", "12 а", "5", "")]),
        ("Северная д12 лит А", [("Северная", "12 лит А", "", "")]),
        ("60 лет Октября 12 к 2 кв 5", [("60 лет Октября", "12 к 2", "5", "")]),
        ("1-я Северная 3а", [("1-я Северная", "3а", "", "")]),
        ("г. Челябинск, ул. Северная, 12", [("ул. Северная", "12", "", "г. Челябинск")]),
        (
            "Челябинск Северная 12-5",
            [("Челябинск Северная", "12", "5", ""), ("Северная", "12", "5", "Челябинск")],
        ),
        ("кв 12", []),
    ],
)  # fmt: skip
def test_an_address_is_taken_apart(typed: str, expected: list[tuple[str, str, str, str]]) -> None:
    assert houses(typed) == expected


@pytest.mark.parametrize(
    ("typed", "holder", "fits"),
    [
        ("Иванов", "Иванов Иван Иванович", True),
        ("Иванов И.И.", "Иванов Иван Иванович", True),
        ("иванов иван", "ИВАНОВ И. И.", True),
        ("Иванов Пётр", "Иванов Иван", False),
        ("Иванов Иван", "Иванов", True),
        ("Петров", "Иванов Иван", False),
        ("Ромашка", "ООО «Ромашка»", True),
        ("ООО Ромашка", "Ромашка, ООО", True),
    ],
)
def test_a_holder_fits_as_far_as_the_name_was_given(typed: str, holder: str, fits: bool) -> None:
    assert fits_holder(account(holder), typed) is fits


@pytest.mark.parametrize(
    ("street", "house", "flat", "before", "fits"),
    [
        ("К. Маркса", "1к2", "", "", True),
        ("пр. Карла Маркса", "1 корп. 2", "", "", False),
        ("Маркса", "1 корпус 2", "5", "челябинск", True),
        ("Маркса", "1 корпус 2", "5", "Иванов", True),
        ("Маркса", "1 корпус 2", "5", "Миасс", False),
        ("Маркса", "1 корпус 2", "6", "", False),
        ("Маркса", "2", "5", "", False),
        ("Либкнехта Карла", "1к2", "5", "", False),
    ],
)
def test_an_address_fits_house_flat_street_and_what_stood_before(
    street: str, house: str, flat: str, before: str, fits: bool
) -> None:
    asked = SearchQuery(SearchField.ADDRESS, "", Address(street=street, house=house, flat=flat), before)
    assert fits_address(account(), asked) is fits


def test_flats_stand_by_their_numbers() -> None:
    there = [account(flat=flat) for flat in ("10", "9а", "9", "")]
    assert [each.address.flat for each in in_order_of_flats(there)] == ["", "9", "9а", "10"]
