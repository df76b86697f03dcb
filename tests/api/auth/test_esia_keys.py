"""Which keys an id_token of Госуслуги is believed by, while the provider changes them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID
from jwt.algorithms import RSAAlgorithm

from cabinet.identity.esia import http_client
from cabinet.identity.esia.id_token import CombinedKeys, JwksKeys, PinnedKeys, verify_id_token
from cabinet.identity.esia.provider import ProviderError
from infra.simulators.esia.keys import CLIENT_ID, ISSUER, new_pem, public_pem

OLD, NEW, FOREIGN = new_pem(), new_pem(), new_pem()
MOMENT = datetime(2026, 6, 1, tzinfo=UTC)
ADDRESSED: dict[str, Any] = {"client_id": CLIENT_ID, "issuer": ISSUER, "nonce": "n", "moment": MOMENT}


def id_token(signer: str, name: str | None = None) -> str:
    now = int(MOMENT.timestamp())
    claims = {"iss": ISSUER, "aud": CLIENT_ID, "iat": now, "exp": now + 60, "nonce": "n", "sub": "1"}
    return jwt.encode(claims, signer, algorithm="RS256", headers={"kid": name} if name else None)


def claimed(**changes: Any) -> str:
    """A token that is right but for the changes; None takes a claim away."""
    now = int(MOMENT.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 60,
        "nonce": "n",
        "sub": "1",
    } | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, OLD, algorithm="RS256")


def jwk(private_pem: str, name: str | None) -> dict[str, Any]:
    key: Any = load_pem_private_key(private_pem.encode(), None)
    shown: dict[str, Any] = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return shown | ({"kid": name} if name else {})


def certificate(private_pem: str) -> str:
    """A certificate of the key, as ESIA hands them out."""
    key: Any = load_pem_private_key(private_pem.encode(), None)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "esia.example")])
    day = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day.replace(year=2027))
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def foreign_kinds() -> str:
    """Blocks that can sign no id_token: a key of another kind, and one that is torn."""
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return pem + "-----BEGIN PUBLIC KEY-----\nTm8ga2V5\n-----END PUBLIC KEY-----\n"


@pytest.mark.parametrize("spelling", [public_pem, certificate])
@pytest.mark.parametrize("order", ["old first", "new first", "alone"])
def test_tokens_of_the_old_and_the_new_key_are_believed_while_they_change(
    spelling: Callable[[str], str], order: str
) -> None:
    pems = {"old first": [OLD, NEW], "new first": [NEW, OLD], "alone": [OLD]}[order]
    pinned = PinnedKeys("Bag Attributes\n" + foreign_kinds() + "\n".join(spelling(pem) for pem in pems))
    for signer in pems:
        assert verify_id_token(id_token(signer), pinned, **ADDRESSED)["sub"] == "1"
    with pytest.raises(ProviderError):
        verify_id_token(id_token(FOREIGN), pinned, **ADDRESSED)


@pytest.mark.parametrize("named", [True, False])
def test_published_keys_are_read_again_when_they_change(monkeypatch: pytest.MonkeyPatch, named: bool) -> None:
    """Also under the same name; and beside pinned ones, which are tried first."""
    published: list[dict[str, Any]] = []
    reads: list[str] = []

    def get_json(url: str) -> dict[str, Any]:
        reads.append(url)
        return {"keys": published}

    monkeypatch.setattr(http_client, "get_json", get_json)
    source = CombinedKeys(PinnedKeys(public_pem(NEW)), JwksKeys("https://provider.example/jwks"))
    name = "one" if named else None
    assert verify_id_token(id_token(NEW, name), source, **ADDRESSED)
    assert reads == [], "the pinned key was enough"
    for signer in (OLD, FOREIGN):
        published[:] = [jwk(signer, name)]
        assert verify_id_token(id_token(signer, name), source, **ADDRESSED)
        assert verify_id_token(id_token(signer, name), source, **ADDRESSED)
    assert len(reads) == 2, "each once"
    # Once it is gone from what is published, the old key is nobody's.
    with pytest.raises(ProviderError):
        verify_id_token(id_token(OLD, name), source, **ADDRESSED)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"exp": 1_780_271_940}, "expired"),  # a minute ago: beyond what clocks may differ by
        ({"exp": "tomorrow"}, None),
        ({"exp": True}, None),
        ({"exp": None}, None),
        ({"iat": 1_780_272_061}, "from the future"),
        ({"iat": True}, "from the future"),
        ({"iat": None}, None),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"iss": "https://elsewhere"}, None),
        ({"iss": None}, None),
        ({"aud": "another"}, None),
        ({"aud": None}, None),
        ({"aud": [CLIENT_ID, "another"]}, "azp"),
        ({"aud": [CLIENT_ID, "another"], "azp": "another"}, "azp"),
    ],
)
def test_one_wrong_claim_and_nothing_is_believed(changes: dict[str, Any], why: str | None) -> None:
    with pytest.raises(ProviderError, match=why):
        verify_id_token(claimed(**changes), PinnedKeys(public_pem(OLD)), **ADDRESSED)


@pytest.mark.parametrize(
    "changes",
    [{}, {"exp": 1_780_271_941}, {"iat": 1_780_272_060}, {"aud": [CLIENT_ID]},
     {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID}],
)  # fmt: skip
def test_clocks_may_differ_by_a_minute_and_several_be_addressed(changes: dict[str, Any]) -> None:
    assert verify_id_token(claimed(**changes), PinnedKeys(public_pem(OLD)), **ADDRESSED)["sub"] == "1"


@pytest.mark.parametrize("algorithm", ["HS256", "none", "RS512"])
def test_no_other_algorithm_is_believed(algorithm: str) -> None:
    key = {"HS256": "s" * 64, "none": None, "RS512": OLD}[algorithm]
    now = int(MOMENT.timestamp())
    claims = {"iss": ISSUER, "aud": CLIENT_ID, "iat": now, "exp": now + 60, "nonce": "n", "sub": "1"}
    token = jwt.encode(claims, key, algorithm=algorithm)  # type: ignore[arg-type]
    with pytest.raises(ProviderError):
        verify_id_token(token, PinnedKeys(public_pem(OLD)), **ADDRESSED)
