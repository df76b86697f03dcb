"""The interface of an identity provider: two operations, and the person in the answer."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """One way to the provider and back: what only this browser's return can match."""

    state: str
    nonce: str
    verifier: str
    """PKCE: kept by us, its hash is sent beforehand."""
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Person:
    """The person who has signed in there. Contacts that the provider has not verified are absent."""

    oid: str
    is_trusted: bool
    """«Подтверждённая учётная запись»: the identity was checked in person or by a bank."""
    email: str | None
    has_unverified_email: bool
    phone: str | None


class ProviderError(Exception):
    """The answer is not to be believed: signature, addressee, issuer, time, nonce; `reason` is logged."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProviderUnavailable(Exception):
    """The provider cannot be reached or is not well."""


class IdentityProvider(Protocol):
    """What the cabinet requires of an identity provider."""

    def authorization_url(self, authorization: AuthorizationRequest) -> str:
        """Return where to send the browser."""
        ...

    def fetch_person(self, code: str, authorization: AuthorizationRequest) -> Person:
        """Exchange the code and return the person; raises ProviderError, ProviderUnavailable."""
        ...
