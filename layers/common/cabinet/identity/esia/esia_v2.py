"""ESIA by its OAuth 2.0 interface of version 2: signed parameters, the oid, contacts.

Source: «Методические рекомендации по использованию ЕСИА». The addresses are /aas/oauth2/v2/ac,
/aas/oauth2/v3/te and /rs/prns.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from urllib.parse import urlencode

from cabinet.core import clock
from cabinet.identity.esia import http_client
from cabinet.identity.esia.id_token import Keys, verify_id_token
from cabinet.identity.esia.provider import AuthorizationRequest, Person, ProviderError
from cabinet.identity.esia.signers import Signer, client_secret

_OID = re.compile(r"\d{1,20}")
_VERIFIED = "VERIFIED"


@dataclass(frozen=True, slots=True)
class EsiaV2:
    """ESIA, or its test contour, at `url`."""

    url: str
    client_id: str
    scope: str
    certificate_hash: str
    issuer: str
    signer: Signer
    keys: Keys

    def authorization_url(self, authorization: AuthorizationRequest) -> str:
        """Return the address of ESIA's sign-in page."""
        return f"{self.url}/aas/oauth2/v2/ac?" + urlencode(
            self._client_secret_params(authorization)
            | {
                "response_type": "code",
                "access_type": "online",
                "nonce": authorization.nonce,
                "code_challenge": pkce_challenge(authorization.verifier),
                "code_challenge_method": "S256",
            }
        )

    def fetch_person(self, code: str, authorization: AuthorizationRequest) -> Person:
        """Exchange the code, believe the id_token, and ask for the person's status and contacts."""
        answer = http_client.post_form(
            f"{self.url}/aas/oauth2/v3/te",
            self._client_secret_params(authorization, code)
            | {
                "grant_type": "authorization_code",
                "token_type": "Bearer",
                "code": code,
                "code_verifier": authorization.verifier,
            },
        )
        claims = verify_id_token(
            _text(answer, "id_token"), self.keys,
            client_id=self.client_id, issuer=self.issuer, nonce=authorization.nonce, moment=clock.now(),
        )  # fmt: skip
        oid = _oid(claims)
        token = _text(answer, "access_token")
        about = http_client.get_json(f"{self.url}/rs/prns/{oid}", token)
        contacts = http_client.get_json(f"{self.url}/rs/prns/{oid}/ctts?embed=(elements)", token)
        email, is_verified = _contact(contacts, "EML")
        phone, phone_is_verified = _contact(contacts, "MBT")
        return Person(
            oid=oid,
            is_trusted=about.get("trusted") is True,
            email=email if is_verified else None,
            has_unverified_email=email is not None and not is_verified,
            phone=phone if phone_is_verified else None,
        )

    def _client_secret_params(self, authorization: AuthorizationRequest, code: str = "") -> dict[str, str]:
        timestamp = clock.now().astimezone(UTC).strftime("%Y.%m.%d %H:%M:%S +0000")
        secret = client_secret(
            self.signer,
            self.client_id, self.scope, timestamp, authorization.state, authorization.redirect_uri, code,
        )  # fmt: skip
        return {
            "client_id": self.client_id,
            "client_secret": secret,
            "client_certificate_hash": self.certificate_hash,
            "redirect_uri": authorization.redirect_uri,
            "scope": self.scope,
            "state": authorization.state,
            "timestamp": timestamp,
        }


def pkce_challenge(verifier: str) -> str:
    """Return PKCE's S256 challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _oid(claims: dict[str, Any]) -> str:
    """Return the person's number; it goes into an address, so it must be a number."""
    subject = claims.get("urn:esia:sbj")
    oid = str(subject.get("urn:esia:sbj:oid", "")) if isinstance(subject, dict) else ""
    if not _OID.fullmatch(oid):
        raise ProviderError("oid")
    return oid


def _contact(contacts: dict[str, Any], kind: str) -> tuple[str | None, bool]:
    """Return the contact of a kind, a verified one before others, and whether it is verified."""
    elements = contacts.get("elements")
    found = [
        each
        for each in (elements if isinstance(elements, list) else [])
        if isinstance(each, dict) and each.get("type") == kind and isinstance(each.get("value"), str)
    ]
    found.sort(key=lambda each: each.get("vrfStu") != _VERIFIED)
    return (found[0]["value"], found[0].get("vrfStu") == _VERIFIED) if found else (None, False)


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str):
        raise ProviderError(name)
    return value
