"""A contract's credentials: JSON in Secrets Manager, read once in a while, never logged."""

import hashlib
from typing import Annotated, Literal

from aws_lambda_powertools.utilities import parameters
from pydantic import AfterValidator, ConfigDict, SecretStr, ValidationError

from cabinet.core.model import DeferredModel
from cabinet.payments.providers.base import ProviderConnectionError

_MAX_AGE_SECONDS = 300


def _known_to_hashlib(name: str) -> str:
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
    statuses: dict[str, Literal["waiting", "declined", "refunded"]] = {}
    """gorodUnified: further numbers of `status` → waiting, declined, refunded; only 0 (paid) is published."""
    sign_algorithm: Annotated[str, AfterValidator(_known_to_hashlib)] = "sha1"
    """«Город»: the algorithm of `sign`, by hashlib's name."""


class CredentialsMissing(ProviderConnectionError):
    """The secret is not there or not readable: nothing can be asked of the bank."""


def get_credentials(secret: str) -> Credentials:
    """Return the credentials in the secret of that name (`Merchant.secret`); raises CredentialsMissing."""
    try:
        text = parameters.get_secret(secret, max_age=_MAX_AGE_SECONDS)
        return Credentials.model_validate_json(str(text))
    except (parameters.GetParameterError, ValidationError):
        raise CredentialsMissing(secret) from None
