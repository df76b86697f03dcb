"""RFC 8292: its own example is accepted, what we sign is too, what another signs is not."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from cabinet.web_push.encryption import from_base64url, point_of, to_base64url
from cabinet.web_push.vapid import authorization, claims_of

EXAMPLE = (
    "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleH"
    "AiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMl"
    "MuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA, k=BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3"
    "MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
)
NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)


def test_the_example_of_the_standard_is_accepted() -> None:
    assert claims_of(EXAMPLE) == {
        "aud": "https://push.example.net", "exp": 1453523768, "sub": "mailto:push@example.com",
    }  # fmt: skip


def test_header_and_claims_are_spelled_as_in_the_example() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    expires = datetime.fromtimestamp(1453523768, UTC)
    made = authorization("https://push.example.net/push/1", "mailto:push@example.com", key, expires)
    assert made.rpartition(".")[0] == EXAMPLE.rpartition(".")[0]


def test_a_push_service_accepts_what_we_sign_and_no_other_key() -> None:
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    made = authorization(
        "https://push.example.net:8443/a?b", "https://lk.example.ru", key, NOW + timedelta(hours=1)
    )
    assert claims_of(made)["aud"] == "https://push.example.net:8443"
    ours, theirs = (to_base64url(point_of(each.public_key())) for each in (key, other))
    with pytest.raises(ValueError, match="another key"):
        claims_of(made.replace(ours, theirs))
    with pytest.raises(ValueError, match="another key"):
        claims_of(made.replace("vapid t=ey", "vapid t=eX"))


@pytest.mark.parametrize("header", ["", "Bearer x", "vapid t=a.b.c", f"basic {EXAMPLE[6:]}"])
def test_what_is_no_vapid_header_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match="no vapid header"):
        claims_of(header)


def test_the_key_is_an_uncompressed_point() -> None:
    assert len(from_base64url(EXAMPLE.rpartition("k=")[2])) == 65
