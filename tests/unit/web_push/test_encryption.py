"""RFC 8291 to the octet by its appendix A, and what a browser makes of it."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from cabinet.web_push.encryption import (
    MAX_PLAINTEXT,
    KeysInvalid,
    decrypt,
    encrypt,
    from_base64url,
    point_of,
    to_base64url,
)

PLAINTEXT = b"When I grow up, I want to be a watermelon"
SALT = from_base64url("DGv6ra1nlYgDCS1FRnbzlw")
AUTH = from_base64url("BTBZMqHH6r4Tts7J_aSIgg")
RECEIVER_POINT = from_base64url(
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
    "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def private(scalar: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(from_base64url(scalar), "big"), ec.SECP256R1())


SENDER = private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
RECEIVER = private("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")


def test_appendix_a_is_made_to_the_octet() -> None:
    body = encrypt(PLAINTEXT, RECEIVER_POINT, AUTH, ephemeral=SENDER, salt=SALT)
    assert to_base64url(body) == MESSAGE
    assert point_of(RECEIVER.public_key()) == RECEIVER_POINT


def test_a_browser_reads_appendix_a() -> None:
    assert decrypt(from_base64url(MESSAGE), RECEIVER, AUTH) == PLAINTEXT


@given(st.binary(max_size=MAX_PLAINTEXT))
def test_what_is_encrypted_is_read_by_its_browser_alone(plaintext: bytes) -> None:
    body = encrypt(plaintext, RECEIVER_POINT, AUTH)
    assert len(body) <= 4096
    assert decrypt(body, RECEIVER, AUTH) == plaintext
    with pytest.raises(ValueError, match="for this key"):
        decrypt(body, SENDER, AUTH)


def test_two_messages_share_neither_key_nor_salt() -> None:
    first, second = (encrypt(PLAINTEXT, RECEIVER_POINT, AUTH) for _ in range(2))
    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]


def test_more_than_a_push_service_takes_is_refused() -> None:
    with pytest.raises(ValueError, match="3994"):
        encrypt(b"x" * (MAX_PLAINTEXT + 1), RECEIVER_POINT, AUTH)


@pytest.mark.parametrize(
    ("point", "auth"),
    [
        (b"", AUTH), (RECEIVER_POINT[:-1], AUTH), (b"\x02" + RECEIVER_POINT[1:], AUTH),
        (b"\x04" + b"\x01" * 64, AUTH), (RECEIVER_POINT, b""), (RECEIVER_POINT, AUTH + b"0"),
    ],
)  # fmt: skip
def test_keys_of_no_browser_are_refused(point: bytes, auth: bytes) -> None:
    with pytest.raises(KeysInvalid):
        encrypt(PLAINTEXT, point, auth)


@pytest.mark.parametrize("body", [b"", b"x" * 100, from_base64url(MESSAGE)[:-1]])
def test_a_torn_message_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="for this key"):
        decrypt(body, RECEIVER, AUTH)


@pytest.mark.parametrize("text", ["BTBZ!", "é", "a"])
def test_what_is_no_base64url_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of base64 itself
        from_base64url(text)
