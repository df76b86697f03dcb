"""A token names whose it is, and nothing that was mistyped or made up passes for one."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.identity.access_token_rules import (
    MAX_DAYS,
    AccessTokenClaims,
    Scope,
    access_token_hash,
    build_access_token,
    field_errors,
    parse_access_token,
)

TODAY = date(2026, 11, 27)
USER_IDS = st.text("0123456789abcdef", min_size=32, max_size=32)
RANDOM = st.binary(min_size=30, max_size=30)


@given(USER_IDS, st.integers(0, 19), RANDOM)
def test_a_token_is_read_as_it_was_built(user_id: str, slot: int, random: bytes) -> None:
    token = build_access_token(user_id, slot, random)
    assert re.fullmatch("cab_[0-9A-Za-z]{70}", token)
    assert parse_access_token(token) == AccessTokenClaims(user_id, slot, access_token_hash(token))


@given(USER_IDS, RANDOM, st.integers(4, 73), st.sampled_from("0aZ"))
def test_one_letter_changed_is_no_token(user_id: str, random: bytes, place: int, letter: str) -> None:
    token = build_access_token(user_id, 7, random)
    changed = token[:place] + letter + token[place + 1 :]
    assert changed == token or parse_access_token(changed) is None


@given(st.text(max_size=90))
def test_other_text_is_no_token(text: str) -> None:
    assert parse_access_token(text) is None
    assert parse_access_token(f"cab_{text}") is None


def test_the_form_is_fixed_so_that_scanners_know_it() -> None:
    token = build_access_token("0" * 32, 3, bytes(range(30)))
    assert token == f"cab_0123456789ABCDEFGHIJKLMNOPQRST03{'0' * 32}15SWnH"


@pytest.mark.parametrize(
    ("name", "scopes", "days", "fields"),
    [
        ("Дом", ["read:debts"], 1, []),
        ("Дом", ["read:debts"], MAX_DAYS, []),
        (" ", [], 0, ["name", "scopes", "expires_on"]),
        ("Дом", ["read:debts"], MAX_DAYS + 1, ["expires_on"]),
    ],
)
def test_what_is_wrong_with_a_token_is_named(
    name: str, scopes: list[Scope], days: int, fields: list[str]
) -> None:
    found = field_errors(name, scopes, TODAY + timedelta(days=days), TODAY)
    assert [mistake.field for mistake in found] == fields
