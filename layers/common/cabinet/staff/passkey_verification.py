"""The only module that uses the library `webauthn`: checks an authenticator's answer against the challenge.

The library is imported at the first answer: no other request of the desk waits for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cabinet.core.settings import http_settings
from cabinet.staff.passkey_rules import (
    ALGORITHMS,
    AnswerMalformed,
    Passkey,
    decode_base64url,
    encode_base64url,
    relying_party,
)


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What a browser gives of a passkey that was just made; base64url."""

    credential_id: str
    client_data: str
    attestation: str


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a browser gives of a passkey that was used; base64url."""

    credential_id: str
    client_data: str
    authenticator_data: str
    signature: str
    user_handle: str | None = None


@dataclass(frozen=True, slots=True)
class VerifiedCredential:
    """A passkey whose making was proved: its public key in base64url."""

    public_key: str
    sign_count: int


def verify_new_credential(answer: NewCredential, challenge: str) -> VerifiedCredential:
    """Return the public key of a passkey that answers the challenge; raises AnswerMalformed."""
    from webauthn import verify_registration_response
    from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography
    from webauthn.helpers.cose import COSEAlgorithmIdentifier
    from webauthn.helpers.structs import AuthenticatorAttestationResponse, RegistrationCredential

    credential = RegistrationCredential(
        id=answer.credential_id,
        raw_id=decode_base64url(answer.credential_id),
        response=AuthenticatorAttestationResponse(
            client_data_json=decode_base64url(answer.client_data),
            attestation_object=decode_base64url(answer.attestation),
        ),
    )
    site = http_settings()
    with _malformed():
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=decode_base64url(challenge),
            expected_rp_id=relying_party(site.site_origin),
            expected_origin=list(site.origins),
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(each) for each in ALGORITHMS],
        )
        # The library looks at the key itself only when it is used.
        decoded_public_key_to_cryptography(decode_credential_public_key(verified.credential_public_key))
    if encode_base64url(verified.credential_id) != answer.credential_id:
        raise AnswerMalformed
    return VerifiedCredential(encode_base64url(verified.credential_public_key), verified.sign_count)


def verify_assertion(answer: Assertion, passkey: Passkey, challenge: str) -> int:
    """Return the count of uses that a passkey shows with a right answer; raises AnswerMalformed.

    Whether the count may be so is not decided here: `passkey_rules.has_count_gone_back`.
    """
    from webauthn import verify_authentication_response
    from webauthn.helpers.structs import AuthenticationCredential, AuthenticatorAssertionResponse

    credential = AuthenticationCredential(
        id=answer.credential_id,
        raw_id=decode_base64url(answer.credential_id),
        response=AuthenticatorAssertionResponse(
            client_data_json=decode_base64url(answer.client_data),
            authenticator_data=decode_base64url(answer.authenticator_data),
            signature=decode_base64url(answer.signature),
        ),
    )
    site = http_settings()
    with _malformed():
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=decode_base64url(challenge),
            expected_rp_id=relying_party(site.site_origin),
            expected_origin=list(site.origins),
            credential_public_key=decode_base64url(passkey.public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    return verified.new_sign_count


@contextmanager
def _malformed() -> Iterator[None]:
    """Turn every error in decoding or checking an answer into AnswerMalformed: its CBOR may be anything."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        yield
    except (
        WebAuthnException, InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, LookupError,
        AttributeError, ArithmeticError, RecursionError,
    ) as error:  # fmt: skip
        raise AnswerMalformed from error
