"""Which identity provider is used, by the environment and the secret that it names."""

from functools import cache, partial
from typing import Literal

from pydantic import ConfigDict

from cabinet.aws.secrets import CachedSecret, SecretUnreadable
from cabinet.core.model import DeferredModel
from cabinet.core.settings import Settings
from cabinet.identity.esia.esia_v2 import EsiaV2
from cabinet.identity.esia.id_token import CombinedKeys, JwksKeys, Keys, PinnedKeys
from cabinet.identity.esia.oidc import OidcProvider
from cabinet.identity.esia.provider import IdentityProvider
from cabinet.identity.esia.signers import RemoteSigner, RsaSigner


class EsiaSettings(Settings):
    """What is not secret."""

    esia_url: str = "https://esia.gosuslugi.ru"
    esia_client_id: str = ""
    """Mnemonics of the system in ESIA; empty — the way in is off."""
    esia_secrets: str = ""


class EsiaSecret(DeferredModel):
    """The secret, as JSON. One way to sign and at least one source of keys must be given for ESIA."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dialect: Literal["esia", "oidc"] = "esia"
    scope: str = "openid email mobile"
    """No more than the consent names: neither the full name nor documents are asked for."""
    issuer: str = "http://esia.gosuslugi.ru/"
    certificate_hash: str = ""
    private_key: str = ""
    """PEM of our RSA key; or a signing service:"""
    signing_url: str = ""
    signing_token: str = ""
    id_token_key: str = ""
    """PEM of ESIA's public keys or certificates, one after another: the old and the new one; or its JWKS:"""
    jwks_url: str = ""
    client_secret: str = ""
    """Only for plain OpenID Connect."""


def provider() -> IdentityProvider | None:
    """Return the provider; None when signing in through Госуслуги is off, or its secret cannot be read."""
    settings = EsiaSettings.load()
    if not settings.esia_client_id or not settings.esia_secrets:
        return None
    try:
        return _cached(settings).get()
    except SecretUnreadable:
        return None


@cache
def _cached(settings: EsiaSettings) -> CachedSecret[IdentityProvider]:
    return CachedSecret(settings.esia_secrets, partial(_build_provider, settings))


@cache
def _build_provider(settings: EsiaSettings, text: str) -> IdentityProvider:
    """Return the provider, made once for a text: what it has learnt (the published keys) stays with it."""
    return get_provider(settings, EsiaSecret.model_validate_json(text))


def get_provider(settings: EsiaSettings, secret: EsiaSecret) -> IdentityProvider:
    """Return the provider that the settings describe."""
    if secret.dialect == "oidc":
        return OidcProvider(secret.issuer, settings.esia_client_id, secret.client_secret, secret.scope)
    return EsiaV2(
        url=settings.esia_url.rstrip("/"),
        client_id=settings.esia_client_id,
        scope=secret.scope,
        certificate_hash=secret.certificate_hash,
        issuer=secret.issuer,
        signer=RsaSigner(secret.private_key)
        if secret.private_key
        else RemoteSigner(secret.signing_url, secret.signing_token),
        keys=_keys_of(secret),
    )


def _keys_of(secret: EsiaSecret) -> Keys:
    sources: list[Keys] = [PinnedKeys(secret.id_token_key)] if secret.id_token_key else []
    sources += [JwksKeys(secret.jwks_url)] if secret.jwks_url else []
    return CombinedKeys(*sources)
