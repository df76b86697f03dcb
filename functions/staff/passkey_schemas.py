"""What the desk's routes of passkeys take and give; what devices make is base64url without padding."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints

from cabinet.core.model import DeferredModel
from cabinet.core.settings import http_settings
from cabinet.staff.passkey_rules import MAX_NAME, TIMEOUT_MS, Passkey, relying_party
from cabinet.staff.passkey_verification import Assertion, NewCredential
from cabinet.staff.passkeys import PasskeyChallenge

_BASE64URL = r"^[A-Za-z0-9_-]*$"
type CredentialId = Annotated[str, StringConstraints(min_length=1, max_length=1400, pattern=_BASE64URL)]
"""1023 bytes at most (WebAuthn, 4: credential id)."""
type ClientData = Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=_BASE64URL)]
type Part = Annotated[str, StringConstraints(min_length=1, max_length=16384, pattern=_BASE64URL)]
type UserHandle = Annotated[str, StringConstraints(max_length=88, pattern=_BASE64URL)]
"""64 bytes at most."""
type PasskeyName = Annotated[str, StringConstraints(max_length=MAX_NAME)]


class AssertionForm(DeferredModel):
    """What the browser gives of a passkey that was used."""

    credential_id: CredentialId
    client_data: ClientData
    authenticator_data: Part
    signature: Part
    user_handle: UserHandle | None = None

    def answer(self) -> Assertion:
        """Return it for the domain."""
        return Assertion(
            self.credential_id, self.client_data, self.authenticator_data, self.signature, self.user_handle
        )


class NewPasskeyForm(DeferredModel):
    """What the browser gives of a passkey that was just made, and how the person calls it."""

    credential_id: CredentialId
    client_data: ClientData
    attestation: Part
    transports: Annotated[list[Annotated[str, StringConstraints(max_length=32)]], Field(max_length=16)] = []
    name: PasskeyName = ""

    def answer(self) -> NewCredential:
        """Return it for the domain."""
        return NewCredential(self.credential_id, self.client_data, self.attestation)


class PasskeyNameForm(DeferredModel):
    """Another name of a passkey."""

    name: PasskeyName


class KnownCredential(DeferredModel):
    """One of the person's own passkeys, as a browser looks for it."""

    credential_id: str
    transports: list[str]


class ChallengeResponse(DeferredModel):
    """What a passkey is to sign within five minutes, and the domain that passkeys are made for."""

    challenge: str
    rp_id: str
    timeout_ms: int

    @classmethod
    def of(cls, challenge: str) -> Self:
        """Return the challenge for anybody's passkey."""
        return cls(**_challenge_fields(challenge))


class OwnChallengeResponse(ChallengeResponse):
    """The same for a person who is known: `known` are their passkeys."""

    known: list[KnownCredential]

    @classmethod
    def to(cls, asked: PasskeyChallenge) -> Self:
        """Return the challenge for one person."""
        return cls.model_validate(
            _challenge_fields(asked.challenge) | {"known": asked.known}, from_attributes=True
        )


class NewPasskeyChallengeResponse(OwnChallengeResponse):
    """And whose passkey is made; `algorithms` are COSE's numbers, the one that we like best first."""

    user_handle: str
    user_name: str
    display_name: str
    algorithms: list[int]


class PasskeyResponse(DeferredModel):
    """A passkey of one's own; moments in ISO, UTC."""

    passkey_id: str
    name: str
    created_at: str
    used_at: str | None

    @classmethod
    def of(cls, passkey: Passkey) -> Self:
        """Return a passkey as its owner sees it."""
        return cls.model_validate(passkey, from_attributes=True)


class Passkeys(DeferredModel):
    """One's own passkeys, the oldest first."""

    items: list[PasskeyResponse]


def _challenge_fields(challenge: str) -> dict[str, object]:
    return {
        "challenge": challenge,
        "rp_id": relying_party(http_settings().site_origin),
        "timeout_ms": TIMEOUT_MS,
    }
