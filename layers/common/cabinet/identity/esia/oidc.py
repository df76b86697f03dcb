"""Any provider of plain OpenID Connect, by its discovery document: a regional service, say."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from cabinet import clock
from cabinet.identity.esia import wire
from cabinet.identity.esia.esia_v2 import challenge_of
from cabinet.identity.esia.id_token import PublishedKeys, believed
from cabinet.identity.esia.port import Passage, Person, ProviderRefused


@dataclass(frozen=True, slots=True)
class PlainOidc:
    """A provider that is described at ``<issuer>/.well-known/openid-configuration``."""

    issuer: str
    client_id: str
    client_secret: str
    scope: str = "openid email phone"

    def address(self, passage: Passage) -> str:
        """Return the address of the provider's sign-in page."""
        return f"{self._described('authorization_endpoint')}?" + urlencode(
            {
                "response_type": "code",
                "client_id": self.client_id,
                "redirect_uri": passage.redirect_uri,
                "scope": self.scope,
                "state": passage.state,
                "nonce": passage.nonce,
                "code_challenge": challenge_of(passage.verifier),
                "code_challenge_method": "S256",
            }
        )

    def person(self, code: str, passage: Passage) -> Person:
        """Exchange the code and believe the id_token; a missing contact is asked for at userinfo."""
        answer = wire.post_form(
            self._described("token_endpoint"),
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": passage.redirect_uri,
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "code_verifier": passage.verifier,
            },
        )
        claims = believed(
            str(answer.get("id_token", "")), PublishedKeys(self._described("jwks_uri")),
            client_id=self.client_id, issuer=self.issuer, nonce=passage.nonce, moment=clock.now(),
        )  # fmt: skip
        about = wire.get_json(self._described("userinfo_endpoint"), str(answer.get("access_token", "")))
        if about.get("sub") != claims.get("sub") or not claims.get("sub"):
            raise ProviderRefused("userinfo of another person")
        return _person(str(claims["sub"]), about)

    def _described(self, name: str) -> str:
        described = wire.get_json(f"{self.issuer}/.well-known/openid-configuration")
        if described.get("issuer") != self.issuer or not isinstance(described.get(name), str):
            raise ProviderRefused("discovery")
        return str(described[name])


def _person(subject: str, about: dict[str, Any]) -> Person:
    email, phone = about.get("email"), about.get("phone_number")
    return Person(
        oid=subject,
        is_trusted=True,
        email=email if about.get("email_verified") is True else None,
        has_unverified_email=email is not None and about.get("email_verified") is not True,
        phone=phone if about.get("phone_number_verified") is True else None,
    )
