"""The simulator's keys and ours towards it, made at first use and kept in `.local/`; nobody's real ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.build.template import ROOT
from infra.local.deployment import client

KEY_FOLDER = ROOT / ".local" / "esia"
CLIENT_ID = "CABINET"
ISSUER = "http://esia.gosuslugi.ru/"


@dataclass(frozen=True, slots=True)
class Keys:
    """Private keys as PEM: the simulator's, with which it signs id_tokens, and the cabinet's own."""

    esia: str
    cabinet: str


def new_pem() -> str:
    """Make an RSA key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@cache
def private_key(private_pem: str) -> rsa.RSAPrivateKey:
    """Return the parsed key; parsing checks its numbers, which takes longer than a signature."""
    key = serialization.load_pem_private_key(private_pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - made by `new_pem`
    return key


def public_pem(private_pem: str) -> str:
    """Return the public half."""
    return (
        private_key(private_pem)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def kept_keys() -> Keys:
    """Return the keys of this machine, making them at the first use."""
    path = KEY_FOLDER / "keys.json"
    if not path.exists():
        KEY_FOLDER.mkdir(parents=True, exist_ok=True)
        made = {"esia": new_pem(), "cabinet": new_pem()}
        path.touch(mode=0o600)
        path.write_text(json.dumps(made), "utf-8")
    return Keys(**json.loads(path.read_text("utf-8")))


def secret(keys: Keys) -> str:
    """Return what the functions read: how to sign, and whose signature to believe."""
    return json.dumps(
        {
            "private_key": keys.cabinet,
            "certificate_hash": "0" * 64,
            "id_token_key": public_pem(keys.esia),
            "issuer": ISSUER,
        }
    )


def put_secret(endpoint: str, stack: str, keys: Keys | None = None) -> None:
    """Give the secret to the functions of a local stack."""
    manager = client(endpoint, "secretsmanager")
    value = secret(keys or kept_keys())
    try:
        manager.create_secret(Name=f"{stack}/esia", SecretString=value)
    except manager.exceptions.ResourceExistsException:
        manager.put_secret_value(SecretId=f"{stack}/esia", SecretString=value)
