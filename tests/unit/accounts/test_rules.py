"""Whose address fits, what a closed account is, which account becomes the primary one, who is written to."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.accounts.model import Account, Address
from cabinet.accounts.rules import (
    address_matches,
    is_closed,
    is_hidden,
    is_paperless,
    is_subscribed,
    next_primary,
    normalise_account_number,
    paperless_state,
)
from cabinet.accounts.supplier_model import Supplier
from tests.support.factories.bound_accounts import PAYEE

CLOSED_ON = date(2024, 2, 29)


def account(house: str = "10", flat: str = "1010", closed_on: date | None = None) -> Account:
    address = Address(city="Челябинск", street="ул. Северная", house=house, flat=flat)
    return Account(account_id="uk:1", supplier_id="uk", holder="Иванов", address=address, closed_on=closed_on)


@pytest.mark.parametrize(
    ("house", "flat", "typed_house", "typed_flat", "fits"),
    [
        ("10", "1010", "10", "1010", True),
        ("10А", "5", "10 а", "5", True),
        ("10", "1010", "10", "101", False),
        ("10", "1010", "1", "1010", False),
        ("10", "1010", "10", "", False),
        ("10", "", "10", "", True),
        ("10", "", "10", "1", False),
    ],
)
def test_house_and_flat_are_compared_as_they_are_meant(
    house: str, flat: str, typed_house: str, typed_flat: str, fits: bool
) -> None:
    assert address_matches(account(house, flat), typed_house, typed_flat) is fits


@pytest.mark.parametrize("typed", ["0012345", " 0012345 ", "００１２３４５", "\u206800 12345\u2069"])
def test_an_account_number_is_found_however_it_is_pasted(typed: str) -> None:
    assert normalise_account_number(typed) == normalise_account_number("0012345") != ""


@pytest.mark.parametrize(
    ("today", "closed", "hidden"),
    [
        (date(2024, 2, 28), False, False),
        (date(2024, 2, 29), True, False),
        (date(2025, 2, 27), True, False),
        (date(2025, 2, 28), True, True),
    ],
)
def test_a_closed_account_is_read_for_a_year(today: date, closed: bool, hidden: bool) -> None:
    shut = account(closed_on=CLOSED_ON)
    assert (is_closed(shut, today), is_hidden(shut, today)) == (closed, hidden)
    assert (is_closed(account(), today), is_hidden(account(), today)) == (False, False)


@given(st.lists(st.sampled_from("abcdef"), unique=True, min_size=1), st.data())
def test_the_primary_account_is_one_of_those_left_and_stays_while_it_can(
    bound: list[str], data: st.DataObject
) -> None:
    primary = data.draw(st.none() | st.sampled_from(bound))
    unbound = data.draw(st.sampled_from(bound))
    left = [each for each in bound if each != unbound]
    chosen = next_primary(primary, unbound, bound)
    if primary in left:
        assert chosen == primary
    else:
        assert chosen == (left[0] if left else None)


@pytest.mark.parametrize(
    ("features", "binding", "state"),
    [
        ([], {"paperless": {"enabled": True}}, "unavailable"),
        (["paperless"], {}, "off"),
        (["paperless"], {"paperless": None}, "off"),
        (["paperless"], {"paperless": {"enabled": False}}, "off"),
        (["paperless"], {"paperless": {"enabled": True}}, "on"),
    ],
)
def test_paperless_is_on_only_where_it_is_offered_and_was_chosen(
    features: list[Any], binding: dict[str, Any], state: str
) -> None:
    supplier = Supplier(supplier_id="uk", name="УК", inn=PAYEE.inn, payees=[PAYEE], features=features)
    assert paperless_state(supplier, binding) == state


@pytest.mark.parametrize(
    ("binding", "reminders", "optout"),
    [
        (None, False, False),
        ({}, False, False),
        ({"mailings": None, "paperless": None}, False, False),
        ({"mailings": {"receipts": True}}, False, False),
        ({"mailings": {"reminders": False}, "paperless": {"enabled": False}}, False, False),
        ({"mailings": {"reminders": True}, "paperless": {"enabled": True}}, True, True),
    ],
)
def test_nobody_is_written_to_who_has_not_chosen_it(
    binding: dict[str, Any] | None, reminders: bool, optout: bool
) -> None:
    assert is_subscribed(binding, "reminders") is reminders
    assert is_paperless(binding) is optout
