"""Believing an id_token: signature, algorithm, issuer, addressee, time, nonce — every one, or nothing."""

import hmac
from datetime import datetime
from typing import Any, Protocol

import jwt

from cabinet.identity.esia import wire
from cabinet.identity.esia.port import ProviderRefused

LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256"]
"""Asymmetric ones alone. GOST R 34.10 needs a provider that a plain Lambda lacks (docs/adr)."""


class Keys(Protocol):
    """Where the provider's public keys come from."""

    def of(self, token: str) -> Any:  # noqa: ANN401 - a key of cryptography
        """Return the key that must have signed the token; raises ProviderRefused for an unknown one."""
        ...


class PinnedKey:
    """One public key or certificate from our settings, as ESIA hands it out."""

    def __init__(self, pem: str) -> None:
        self.pem = pem

    def of(self, token: str) -> Any:  # noqa: ANN401
        """Return the pinned key, whatever the token says of itself."""
        if "BEGIN CERTIFICATE" in self.pem:
            from cryptography.x509 import load_pem_x509_certificate

            return load_pem_x509_certificate(self.pem.encode()).public_key()
        return self.pem


class PublishedKeys:
    """A JWKS address; read again when a token names a key that is not known yet."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._known: dict[str | None, jwt.PyJWK] = {}

    def of(self, token: str) -> Any:  # noqa: ANN401
        """Return the key that the token's header names."""
        try:
            name = jwt.get_unverified_header(token).get("kid")
        except jwt.InvalidTokenError:
            raise ProviderRefused("not a token") from None
        if name not in self._known:
            self._known = self._read()
        if name not in self._known:
            raise ProviderRefused("unknown key")
        return self._known[name].key

    def _read(self) -> dict[str | None, jwt.PyJWK]:
        try:
            published = jwt.PyJWKSet.from_dict(wire.get_json(self.url))
        except (jwt.PyJWKSetError, jwt.PyJWKError):
            raise ProviderRefused("no keys") from None
        return {key.key_id: key for key in published.keys}


def believed(
    token: str, keys: Keys, *, client_id: str, issuer: str, nonce: str, moment: datetime
) -> dict[str, Any]:
    """Return the claims of an id_token that deserves belief; raises ProviderRefused."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            keys.of(token),
            algorithms=ALGORITHMS,
            audience=client_id,
            issuer=issuer,
            # Time is compared below, with the one clock that tests can move.
            options={"require": ["exp", "iat", "aud", "iss"], "verify_exp": False, "verify_iat": False},
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:  # also a key of another kind than RS256's
        raise ProviderRefused(type(error).__name__) from None
    now = moment.timestamp()
    if not _is_time(claims["exp"]) or now >= claims["exp"] + LEEWAY_SECONDS:
        raise ProviderRefused("expired")
    if not _is_time(claims["iat"]) or claims["iat"] > now + LEEWAY_SECONDS:
        raise ProviderRefused("from the future")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise ProviderRefused("nonce")
    # Several addressees are believed only when we are the one it was made for (OpenID Connect Core, 3.1.3.7).
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != client_id:
        raise ProviderRefused("azp")
    return claims


def _is_time(claim: object) -> bool:
    return isinstance(claim, int | float) and not isinstance(claim, bool)
