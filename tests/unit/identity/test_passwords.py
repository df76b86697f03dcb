"""Passwords are kept as argon2id by the cost and spelling of today; nothing is compared as something is."""

import unicodedata

import argon2
import pytest

from cabinet.identity import passwords
from cabinet.identity.passwords import VerifyResult, hash_password, verify
from tests.support.aws import clear_caches

RIGHT, WRONG = "кот учил йод", "кот учил йот"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGON2_MEMORY_KIB", "64")
    monkeypatch.setenv("ARGON2_PASSES", "1")
    clear_caches()


def test_the_right_password_opens_and_no_other() -> None:
    stored = hash_password(RIGHT)
    assert stored.startswith("$argon2id$")
    assert verify(RIGHT, stored) == VerifyResult(is_right=True, needs_rehash=False)
    assert verify(WRONG, stored) == VerifyResult(is_right=False, needs_rehash=False)
    assert hash_password(RIGHT) != stored, "each hash has a salt of its own"


@pytest.mark.parametrize("stored", [None, "", "plain", "$argon2id$v=19$m=64,t=1,p=1$AAAA"])
def test_where_nothing_can_be_compared_nothing_is_right(stored: str | None) -> None:
    assert verify(RIGHT, stored) == VerifyResult(is_right=False, needs_rehash=False)


def test_a_letter_of_two_characters_is_the_same_letter() -> None:
    stored = hash_password(unicodedata.normalize("NFD", RIGHT))
    assert verify(unicodedata.normalize("NFC", RIGHT), stored) == VerifyResult(
        is_right=True, needs_rehash=False
    )


def test_a_hash_of_the_former_spelling_opens_and_is_made_anew() -> None:
    stored = argon2.PasswordHasher(1, 64, 1).hash(unicodedata.normalize("NFD", RIGHT))
    assert verify(RIGHT, stored) == VerifyResult(is_right=True, needs_rehash=True)


def test_a_hash_of_another_cost_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = hash_password(RIGHT)
    monkeypatch.setenv("ARGON2_PASSES", "2")
    clear_caches()
    assert verify(RIGHT, stored) == VerifyResult(is_right=True, needs_rehash=True)


def test_an_unknown_address_costs_what_a_known_one_does() -> None:
    blank = passwords.dummy_hash()
    assert argon2.extract_parameters(blank) == argon2.extract_parameters(hash_password(RIGHT))
