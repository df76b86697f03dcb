"""Which passwords are refused, in either keyboard layout."""

import unicodedata
from typing import Any

import pytest
import zxcvbn
from hypothesis import given
from hypothesis import strategies as st

from cabinet.core.errors import InvalidFields
from cabinet.identity.password_policy import MAX_LENGTH, TOO_LONG, TOO_SHORT, check_password, rejection_reason


@pytest.mark.parametrize(
    "password",
    [
        "password1", "Password1!", "qwertyui", "12345678", "iloveyou1",
        "пароль12", "Пароль2024", "йцукенгш", "фывапролджэ", "наташа1990", "привет123",
        # «пароль12», «привет123», «наташа1990» typed in the Latin layout, and qwerty in the Russian one
        "gfhjkm12", "ghbdtn123", "yfnfif1990", "йцукен12", "aaaaaaaaaaaa",
    ],
)  # fmt: skip
def test_what_is_tried_first_is_refused(password: str) -> None:
    assert rejection_reason(password) is not None


@pytest.mark.parametrize(
    "password", ["tractor-lilac-73", "кот учил синус", "Зима-2026-снег-и-лёд", "nine lamps hum", "x9$Lq2vv"]
)
def test_what_nobody_would_try_is_accepted_without_rules_of_composition(password: str) -> None:
    assert rejection_reason(password) is None


def test_what_is_known_of_the_person_is_refused() -> None:
    assert rejection_reason("kuznetsovahelga") is None
    assert rejection_reason("kuznetsovahelga", "kuznetsovahelga@example.ru") is not None
    assert rejection_reason("+79001234567", "+79001234567") is not None


def test_length_is_counted_in_characters_from_8_to_128() -> None:
    assert rejection_reason("лам7-пы") == TOO_SHORT
    assert rejection_reason("tractor-lilac-73 " * 7 + "123456789") is None
    assert len("tractor-lilac-73 " * 7 + "123456789") == MAX_LENGTH
    assert rejection_reason("tractor-lilac-73 " * 8) == TOO_LONG


def test_a_letter_of_two_characters_counts_as_one() -> None:
    assert rejection_reason(unicodedata.normalize("NFD", "ёй7-йёй")) == TOO_SHORT
    assert rejection_reason(unicodedata.normalize("NFD", "кот учил синус ёй" * 7)) is None


def test_the_error_names_the_field() -> None:
    with pytest.raises(InvalidFields) as refused:
        check_password("12345678", field="new")
    assert [(error.field, error.code) for error in refused.value.errors] == [("new", "password_weak")]


@given(st.text(min_size=0, max_size=300))
def test_any_text_is_judged(text: str) -> None:
    reason = rejection_reason(text)
    assert reason is None or reason.endswith(".")


def test_the_work_does_not_grow_beyond_64_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    scored: list[int] = []
    genuine = zxcvbn.zxcvbn

    def noted(password: str, *arguments: Any, **more: Any) -> Any:
        scored.append(len(password))
        return genuine(password, *arguments, **more)

    monkeypatch.setattr(zxcvbn, "zxcvbn", noted)
    assert rejection_reason("tractor-lilac-73 " * 7) is None
    assert set(scored) == {64}
