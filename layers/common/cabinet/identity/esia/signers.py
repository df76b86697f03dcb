"""Signing what we send to ESIA: by a key of ours, or by a service that has the GOST key and its provider."""

import base64
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from cabinet.identity.esia import http_client

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


class Signer(Protocol):
    """Something that can sign in our name."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature."""
        ...


class RsaSigner:
    """RSA PKCS #1 v1.5 with SHA-256, by a key from our secrets."""

    def __init__(self, private_key_pem: str) -> None:
        self._pem = private_key_pem

    def sign(self, message: bytes) -> bytes:
        """Return the signature."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

        return self._key.sign(message, PKCS1v15(), hashes.SHA256())

    @cached_property
    def _key(self) -> "RSAPrivateKey":
        """The parsed key; parsing checks its numbers, which takes longer than a signature."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

        key = serialization.load_pem_private_key(self._pem.encode(), None)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError("the secret of ESIA holds no RSA key")
        return key


class RemoteSigner:
    """A signing service of ours: POST of the bytes to sign, answer — the bytes of the signature."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token

    def sign(self, message: bytes) -> bytes:
        """Return the signature; raises ProviderUnavailable when the service does not answer."""
        return http_client.post_bytes(self._url, message, self._token)


def client_secret(signer: Signer, *parts: str) -> str:
    """Return ESIA's «client_secret»: the signature over the parts, one after another, in base64url."""
    return base64.urlsafe_b64encode(signer.sign("".join(parts).encode())).decode()
