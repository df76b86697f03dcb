"""Passkeys: names, ids, challenges, counts of uses, and the domain that they are made for."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.staff.passkey_rules import (
    DEFAULT_NAME,
    MAX_NAME,
    AnswerMalformed,
    challenge_in,
    decode_base64url,
    encode_base64url,
    has_count_gone_back,
    passkey_id_of,
    passkey_name,
    relying_party,
    staff_id_in,
    user_handle_of,
)


def client_data(**said: object) -> str:
    return encode_base64url(json.dumps(said).encode())


@pytest.mark.parametrize(
    ("origin", "domain"),
    [
        ("https://lk.example.ru", "lk.example.ru"),
        ("https://lk.example.ru:8443", "lk.example.ru"),
        ("https://xn--80aacp4ajh.xn--p1ai", "xn--80aacp4ajh.xn--p1ai"),
        ("http://127.0.0.1:8000", "localhost"),
        ("nonsense", ""),
    ],
)
def test_passkeys_are_made_for_the_sites_domain(origin: str, domain: str) -> None:
    assert relying_party(origin) == domain


@given(st.binary())
def test_base64url_is_read_back_as_it_was_written(value: bytes) -> None:
    written = encode_base64url(value)
    assert "=" not in written
    assert decode_base64url(written) == value


@pytest.mark.parametrize("text", ["A", "AAAAA", "a+b/", "AAA=", "Ж", " AAAA", "AAAA\n"])
def test_what_is_no_base64url_is_refused(text: str) -> None:
    with pytest.raises(AnswerMalformed):
        decode_base64url(text)


def test_the_challenge_is_what_the_browser_says_it_answers() -> None:
    assert challenge_in(client_data(challenge="abc")) == "abc"
    assert challenge_in(client_data(challenge="abc", crossOrigin=False)) == "abc"


@pytest.mark.parametrize(
    "spoilt",
    [
        client_data(),
        client_data(challenge=""),
        client_data(challenge=1),
        client_data(challenge="\ud800"),
        client_data(challenge="вызов"),
        client_data(challenge="abc="),
        client_data(challenge="a" * 129),
        client_data(challenge="abc", crossOrigin=True),
        client_data(challenge="abc", crossOrigin="no"),
        client_data(challenge="abc", topOrigin="https://example.ru"),
        encode_base64url(b"[]"),
        encode_base64url(b"[" * 100_000),
        encode_base64url(b"\xff"),
        encode_base64url(b"no json"),
        "A",
    ],
)
def test_an_answer_without_a_challenge_or_from_a_frame_is_none(spoilt: str) -> None:
    with pytest.raises(AnswerMalformed):
        challenge_in(spoilt)


def test_a_device_hands_the_person_back() -> None:
    assert staff_id_in(user_handle_of("0123456789abcdef")) == "0123456789abcdef"


@pytest.mark.parametrize("handle", ["", "A", encode_base64url(b"0123"), encode_base64url("ж".encode() * 8)])
def test_a_handle_that_names_nobody_is_refused(handle: str) -> None:
    with pytest.raises(AnswerMalformed):
        staff_id_in(handle)


def test_an_id_follows_from_the_credential() -> None:
    assert passkey_id_of("AAAA") == passkey_id_of("AAAA") != passkey_id_of("AAAB")


@pytest.mark.parametrize(
    ("stored", "shown", "gone_back"),
    [(0, 0, False), (0, 1, False), (5, 6, False), (5, 5, True), (5, 4, True), (5, 0, True)],
)
def test_a_count_of_uses_only_grows_where_it_is_kept(stored: int, shown: int, gone_back: bool) -> None:
    assert has_count_gone_back(stored, shown) is gone_back


def test_a_name_is_what_was_typed_or_the_first_that_is_free() -> None:
    assert passkey_name("  Рабочий   ноутбук ", []) == "Рабочий ноутбук"
    assert passkey_name(" ", []) == DEFAULT_NAME
    assert passkey_name("", ["Телефон"]) == DEFAULT_NAME
    assert passkey_name("", [DEFAULT_NAME, f"{DEFAULT_NAME} 2", f"{DEFAULT_NAME} 4"]) == f"{DEFAULT_NAME} 3"
    assert passkey_name("н" * 100, []) == "н" * MAX_NAME
