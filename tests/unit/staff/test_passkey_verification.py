"""What comes from a stranger as an authenticator's answer is verified, or is none: never another failure."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cabinet.staff.passkey_rules import AnswerMalformed, Passkey, decode_base64url, encode_base64url
from cabinet.staff.passkey_verification import (
    Assertion,
    NewCredential,
    verify_assertion,
    verify_new_credential,
)
from tests.support.aws import LOCAL_ENVIRONMENT
from tests.support.soft_authenticator import SoftAuthenticator

CHALLENGE = encode_base64url(b"c" * 32)


@pytest.fixture(autouse=True)
def site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_ORIGIN", LOCAL_ENVIRONMENT["SITE_ORIGIN"])


DEVICE = SoftAuthenticator()
MADE = DEVICE.create({"challenge": CHALLENGE, "user_handle": "AAAA"})
USED = DEVICE.get({"challenge": CHALLENGE})


def new(attestation: str) -> NewCredential:
    return NewCredential(MADE["credential_id"], MADE["client_data"], attestation)


def used(authenticator_data: str, signature: str) -> Assertion:
    return Assertion(MADE["credential_id"], USED["client_data"], authenticator_data, signature)


def passkey(public_key: str) -> Passkey:
    return Passkey(
        passkey_id="p", credential_id=MADE["credential_id"], public_key=public_key, sign_count=0, name="",
        created_at="",
    )  # fmt: skip


def test_what_a_device_makes_and_signs_is_verified() -> None:
    made = verify_new_credential(new(MADE["attestation"]), CHALLENGE)
    assert made.sign_count == 0
    answer = used(USED["authenticator_data"], USED["signature"])
    assert verify_assertion(answer, passkey(made.public_key), CHALLENGE) == 1


def altered(position: int, value: int, text: str) -> str:
    whole = bytearray(decode_base64url(text))
    whole[position % len(whole)] ^= value
    return encode_base64url(bytes(whole))


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_byte_that_is_changed_in_a_signed_answer_spoils_it(position: int, value: int) -> None:
    made = verify_new_credential(new(MADE["attestation"]), CHALLENGE)
    spoilt = [
        used(altered(position, value, USED["authenticator_data"]), USED["signature"]),
        used(USED["authenticator_data"], altered(position, value, USED["signature"])),
    ]
    for answer in spoilt:
        with pytest.raises(AnswerMalformed):
            verify_assertion(answer, passkey(made.public_key), CHALLENGE)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_byte_that_is_changed_in_a_new_passkey_fails_no_other_way(position: int, value: int) -> None:
    try:
        made = verify_new_credential(new(altered(position, value, MADE["attestation"])), CHALLENGE)
    except AnswerMalformed:
        return
    # What nothing signs (attestation "none") may be changed; then it is another key, or the same.
    assert made.public_key


@given(st.binary(max_size=200))
@example(b"")
@example(b"\x9f" * 200)
@example(b"\x81" * 200)
@example(bytes.fromhex("a3 63 666d74 66 7061636b6564 67 61747453746d74 a0 68 6175746844617461 40"))
@example(bytes.fromhex("a1 63 666d74 64 6e6f6e65"))
def test_any_bytes_at_all_are_refused_as_an_answer(noise: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        verify_new_credential(new(encode_base64url(noise)), CHALLENGE)
    with pytest.raises(AnswerMalformed):
        verify_assertion(used(encode_base64url(noise), USED["signature"]), passkey("AAAA"), CHALLENGE)
    answer = used(USED["authenticator_data"], USED["signature"])
    with pytest.raises(AnswerMalformed):
        verify_assertion(answer, passkey(encode_base64url(noise)), CHALLENGE)
