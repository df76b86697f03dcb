"""Any provider of plain OpenID Connect, by its discovery document: a regional service, say."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from cabinet.core import clock
from cabinet.identity.esia import http_client
from cabinet.identity.esia.esia_v2 import pkce_challenge
from cabinet.identity.esia.id_token import JwksKeys, verify_id_token
from cabinet.identity.esia.provider import AuthorizationRequest, Person, ProviderError


@dataclass(frozen=True, slots=True)
class OidcProvider:
    """A provider that is described at ``<issuer>/.well-known/openid-configuration``."""

    issuer: str
    client_id: str
    client_secret: str
    scope: str = "openid email phone"

    def authorization_url(self, authorization: AuthorizationRequest) -> str:
        """Return the address of the provider's sign-in page."""
        return f"{self._discovery_endpoint('authorization_endpoint')}?" + urlencode(
            {
                "response_type": "code",
                "client_id": self.client_id,
                "redirect_uri": authorization.redirect_uri,
                "scope": self.scope,
                "state": authorization.state,
                "nonce": authorization.nonce,
                "code_challenge": pkce_challenge(authorization.verifier),
                "code_challenge_method": "S256",
            }
        )

    def fetch_person(self, code: str, authorization: AuthorizationRequest) -> Person:
        """Exchange the code and believe the id_token; a missing contact is asked for at userinfo."""
        answer = http_client.post_form(
            self._discovery_endpoint("token_endpoint"),
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": authorization.redirect_uri,
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "code_verifier": authorization.verifier,
            },
        )
        claims = verify_id_token(
            str(answer.get("id_token", "")), JwksKeys(self._discovery_endpoint("jwks_uri")),
            client_id=self.client_id, issuer=self.issuer, nonce=authorization.nonce, moment=clock.now(),
        )  # fmt: skip
        about = http_client.get_json(
            self._discovery_endpoint("userinfo_endpoint"), str(answer.get("access_token", ""))
        )
        if about.get("sub") != claims.get("sub") or not claims.get("sub"):
            raise ProviderError("userinfo of another person")
        return _person(str(claims["sub"]), about)

    def _discovery_endpoint(self, name: str) -> str:
        described = http_client.get_json(f"{self.issuer}/.well-known/openid-configuration")
        if described.get("issuer") != self.issuer or not isinstance(described.get(name), str):
            raise ProviderError("discovery")
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
