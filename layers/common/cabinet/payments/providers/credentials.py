"""A contract's credentials: JSON in Secrets Manager, read once in a while, never logged."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, ConfigDict, SecretStr

from cabinet.accounts.supplier_model import VatRate
from cabinet.aws.secrets import CachedSecret, SecretUnreadable
from cabinet.core.model import DeferredModel
from cabinet.payments.providers.base import ProviderConnectionError

_MIN_READ_INTERVAL = timedelta(seconds=15)


def _require_hash_name(name: str) -> str:
    if name not in hashlib.algorithms_guaranteed or not hashlib.new(name, usedforsecurity=False).digest_size:
        raise ValueError("no hash of a fixed length has this name")
    return name


class Credentials(DeferredModel):
    """What the bank gave with the contract. The secret's JSON has these names."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    user: str
    password: SecretStr
    callback_key: SecretStr = SecretStr("")
    """RBS: the symmetric key of callbacks. Empty: they are signed asymmetrically."""
    callback_public_keys: dict[str, str] = {}
    """RBS: ``sign_alias`` → public key, PEM."""
    fiscal_field: str = "receiptUrl"
    """Where the status answer carries the link of the fiscal receipt; banks differ."""
    vat_codes: dict[VatRate, int] = {}
    """RBS: rate → `taxType`, where the bank numbers it otherwise than the adapter does."""
    vat_names: dict[VatRate, str] = {}
    """Raiffeisenbank: rate → `vatType`, where the bank spells it otherwise than the adapter does."""
    statuses: dict[str, Literal["waiting", "declined", "refunded"]] = {}
    """gorodUnified: further numbers of `status` → waiting, declined, refunded; only 0 (paid) is published."""
    sign_algorithm: Annotated[str, AfterValidator(_require_hash_name)] = "sha1"
    """«Город»: the algorithm of `sign`, by hashlib's name."""
    upcoming: "Credentials | None" = None
    """What the bank will accept instead, put beside before it does (docs/adr/0032)."""
    former: list["FormerCredentials"] = []
    """What callbacks may still be signed by."""

    def accepted_for_callbacks_at(self, now: datetime) -> Iterator["Credentials"]:
        """Yield all that may prove a callback at the moment."""
        yield self
        if self.upcoming is not None:
            yield self.upcoming
        yield from (each.credentials for each in self.former if now < each.until)


class FormerCredentials(DeferredModel):
    """Credentials that were replaced, and how long what they signed still counts."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    credentials: Credentials
    until: AwareDatetime


class CredentialsMissing(ProviderConnectionError):
    """The secret is not there or not readable: nothing can be asked of the bank."""


@cache
def _cached(secret: str) -> CachedSecret[Credentials]:
    return CachedSecret(secret, Credentials.model_validate_json)


def get_credentials(secret: str) -> Credentials:
    """Return the credentials in the secret of that name (`Merchant.secret`); raises CredentialsMissing."""
    try:
        return _cached(secret).get()
    except SecretUnreadable:
        raise CredentialsMissing(secret) from None


def newer_credentials(secret: str) -> Credentials | None:
    """Return them read anew, after a refusal by the known ones; None when that was tried just before."""
    try:
        return _cached(secret).get_newer(_MIN_READ_INTERVAL)
    except SecretUnreadable:
        return None
