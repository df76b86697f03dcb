"""An authenticator in software: makes a passkey (ES256, attestation "none") and signs by it, right or wrong.

Written after WebAuthn level 2 (6.1, 6.5.4, 8.7), and by nothing of the library that judges its answers.
"""

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

JSON = dict[str, Any]
PRESENT, VERIFIED, HAS_CREDENTIAL = 0x01, 0x04, 0x40
LOCAL = "http://localhost:8000"


def encode(value: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@dataclass
class SoftAuthenticator:
    """One device with one passkey; what a test changes in it makes its answers wrong."""

    origin: str = LOCAL
    rp_id: str = "localhost"
    flags: int = PRESENT | VERIFIED
    counts: bool = True
    """Whether it counts its uses; one that does not shows 0 always."""
    count: int = 0
    user_handle: str = ""
    more_client_data: JSON = field(default_factory=dict)
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def credential_id(self) -> str:
        """The id of its passkey."""
        return encode(self.credential)

    def create(self, asked: JSON, name: str = "") -> JSON:
        """Make the passkey: the body for the desk."""
        self.user_handle = asked["user_handle"]
        data = self._authenticator_data(HAS_CREDENTIAL)
        data += bytes(16) + struct.pack(">H", len(self.credential)) + self.credential + self._cose_key()
        attestation = _map(
            (_text("fmt"), _text("none")), (_text("attStmt"), _map()), (_text("authData"), _bytes(data))
        )
        return {
            "credential_id": self.credential_id, "attestation": encode(attestation), "name": name,
            "client_data": encode(self._client_data("webauthn.create", asked["challenge"])),
            "transports": ["internal"],
        }  # fmt: skip

    def get(self, asked: JSON) -> JSON:
        """Use the passkey: the body for the desk."""
        client_data = self._client_data("webauthn.get", asked["challenge"])
        self.count += self.counts
        data = self._authenticator_data()
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "credential_id": self.credential_id, "client_data": encode(client_data),
            "authenticator_data": encode(data), "signature": encode(signature),
            "user_handle": self.user_handle,
        }  # fmt: skip

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | self.more_client_data).encode()

    def _authenticator_data(self, more: int = 0) -> bytes:
        rp_hash = hashlib.sha256(self.rp_id.encode()).digest()
        return rp_hash + bytes([self.flags | more]) + struct.pack(">I", self.count)

    def _cose_key(self) -> bytes:
        """kty EC2, alg ES256, crv P-256, x, y (RFC 9053, 7.1.1)."""
        point = self.key.public_key().public_numbers()
        x, y = (_bytes(value.to_bytes(32)) for value in (point.x, point.y))
        return _map((b"\x01", b"\x02"), (b"\x03", b"\x26"), (b"\x20", b"\x01"), (b"\x21", x), (b"\x22", y))


def _head(major: int, count: int) -> bytes:
    """The head of a CBOR item (RFC 8949, 3)."""
    if count < 24:
        return bytes([major << 5 | count])
    return bytes([major << 5 | 24, count]) if count < 256 else struct.pack(">BH", major << 5 | 25, count)


def _text(value: str) -> bytes:
    return _head(3, len(value)) + value.encode()


def _bytes(value: bytes) -> bytes:
    return _head(2, len(value)) + value


def _map(*pairs: tuple[bytes, bytes]) -> bytes:
    return _head(5, len(pairs)) + b"".join(key + value for key, value in pairs)
