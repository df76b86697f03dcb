"""Believing an id_token: signature, algorithm, issuer, addressee, time, nonce — every one, or nothing."""

import hmac
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Protocol

import jwt

from cabinet.identity.esia import http_client
from cabinet.identity.esia.provider import ProviderError

LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256"]
"""Asymmetric ones alone. GOST R 34.10 needs a provider that a plain Lambda lacks (docs/adr)."""


_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)


class Keys(Protocol):
    """Where the provider's public keys come from; while it rotates them, several are good at once."""

    def keys_for(self, token: str) -> Iterable[Any]:
        """Return the keys of which one must have signed the token, the likeliest first."""
        ...


class PinnedKeys:
    """Public keys and certificates from our settings, one after another, as ESIA hands them out."""

    def __init__(self, pem: str) -> None:
        self.pems = [found.group() for found in _PEM.finditer(pem)]

    def keys_for(self, token: str) -> Iterator[Any]:
        """Return the pinned keys, whatever the token says of itself; what is no key is passed over."""
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
        from cryptography.x509 import load_pem_x509_certificate

        for pem in self.pems:
            try:
                if "BEGIN CERTIFICATE" in pem:
                    yield load_pem_x509_certificate(pem.encode()).public_key()
                else:
                    yield load_pem_public_key(pem.encode())
            except (ValueError, UnsupportedAlgorithm):
                continue


class JwksKeys:
    """A JWKS address; read again when none of the keys known so far has signed a token."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._known: list[jwt.PyJWK] = []

    def keys_for(self, token: str) -> Iterator[Any]:
        """Return the keys that the token's header names; all of them when it names none."""
        name = jwt.get_unverified_header(token).get("kid")
        yield from self._named(name)
        self._known = self._read()
        yield from self._named(name)

    def _named(self, name: str | None) -> list[Any]:
        return [key.key for key in self._known if name is None or key.key_id == name]

    def _read(self) -> list[jwt.PyJWK]:
        try:
            return jwt.PyJWKSet.from_dict(http_client.get_json(self.url)).keys
        except (jwt.PyJWKSetError, jwt.PyJWKError):
            raise ProviderError("no keys") from None


class CombinedKeys:
    """Keys of several sources, the first source first."""

    def __init__(self, *sources: Keys) -> None:
        self.sources = sources

    def keys_for(self, token: str) -> Iterator[Any]:
        """Return each source's keys; a later source is not asked when an earlier one's key fits."""
        for source in self.sources:
            yield from source.keys_for(token)


def verify_id_token(
    token: str, keys: Keys, *, client_id: str, issuer: str, nonce: str, moment: datetime
) -> dict[str, Any]:
    """Return the claims of an id_token that deserves belief; raises ProviderError."""
    claims = _signed_claims(token, keys, client_id, issuer)
    now = moment.timestamp()
    if not _is_timestamp(claims["exp"]) or now >= claims["exp"] + LEEWAY_SECONDS:
        raise ProviderError("expired")
    if not _is_timestamp(claims["iat"]) or claims["iat"] > now + LEEWAY_SECONDS:
        raise ProviderError("from the future")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise ProviderError("nonce")
    # Several addressees are believed only when we are the one it was made for (OpenID Connect Core, 3.1.3.7).
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != client_id:
        raise ProviderError("azp")
    return claims


def _signed_claims(token: str, keys: Keys, client_id: str, issuer: str) -> dict[str, Any]:
    """Return what the token claims, if one of the keys has signed it; time and nonce are not checked."""
    try:
        for key in keys.keys_for(token):
            try:
                claims: dict[str, Any] = jwt.decode(
                    token,
                    key,
                    algorithms=ALGORITHMS,
                    audience=client_id,
                    issuer=issuer,
                    # Time is compared by the caller, with the one clock that tests can move.
                    options={
                        "require": ["exp", "iat", "aud", "iss"], "verify_exp": False, "verify_iat": False,
                    },
                )  # fmt: skip
            except (jwt.InvalidSignatureError, jwt.InvalidKeyError, TypeError):
                continue  # another key's, or a key of another kind than RS256's
            return claims
    except (jwt.PyJWTError, ValueError) as error:
        raise ProviderError(type(error).__name__) from None
    raise ProviderError("signed by none of the known keys")


def _is_timestamp(claim: object) -> bool:
    return isinstance(claim, int | float) and not isinstance(claim, bool)
