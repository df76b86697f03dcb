"""Message encryption for Web Push (RFC 8291): one record of aes128gcm (RFC 8188)."""

import base64
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_SIZE = 4096
MAX_PLAINTEXT = 3993
"""RFC 8291, 4: push services take 4096 octets, of which the header, the padding mark and the tag are 103."""
_CURVE = ec.SECP256R1()
_POINT = 65
_LAST_RECORD = b"\x02"


class KeysInvalid(ValueError):
    """A browser's keys are no point of P-256 or no secret of 16 octets."""


def encrypt(
    plaintext: bytes, p256dh: bytes, auth: bytes, *,
    ephemeral: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None,
) -> bytes:  # fmt: skip
    """Return the body of a push message for a browser's subscription.

    Parameters
    ----------
    p256dh, auth
        The subscription's public key (65 octets, uncompressed) and authentication secret (16 octets).
    ephemeral, salt
        A key pair and 16 random octets for this message alone; made here unless a test vector gives them.
    """
    if len(plaintext) > MAX_PLAINTEXT:
        raise ValueError(f"{len(plaintext)} octets; a push message takes {MAX_PLAINTEXT}")
    ephemeral = ephemeral or ec.generate_private_key(_CURVE)
    salt = salt or os.urandom(16)
    own = point_of(ephemeral.public_key())
    shared = ephemeral.exchange(ec.ECDH(), _public_key(p256dh, auth))
    key, nonce = _content_keys(shared, auth, salt, receiver=p256dh, sender=own)
    header = salt + struct.pack("!LB", RECORD_SIZE, len(own)) + own
    return header + AESGCM(key).encrypt(nonce, plaintext + _LAST_RECORD, None)


def decrypt(body: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """Return what `encrypt` was given, as a browser does; raises ValueError for anything else."""
    if len(body) < 21 + _POINT or body[20] != _POINT:
        raise ValueError("no message for this key")
    salt, sender, sealed = body[:16], body[21 : 21 + _POINT], body[21 + _POINT :]
    shared = private.exchange(ec.ECDH(), _public_key(sender, auth))
    key, nonce = _content_keys(shared, auth, salt, receiver=point_of(private.public_key()), sender=sender)
    try:
        padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x00")
    except InvalidTag:
        raise ValueError("not encrypted for this key") from None
    if padded[-1:] != _LAST_RECORD:
        raise ValueError("not the last record")
    return padded[:-1]


def point_of(public: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as 65 octets, uncompressed."""
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def to_base64url(octets: bytes) -> str:
    """Return base64url without padding, as browsers and JWTs have it."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Return the octets of base64url, padded or not; raises ValueError."""
    if not text.isascii():
        raise ValueError("not base64url")
    return base64.b64decode(
        text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True
    )


def require_keys(p256dh: bytes, auth: bytes) -> None:
    """Raise KeysInvalid unless a message can be encrypted for these keys."""
    _public_key(p256dh, auth)


def _public_key(point: bytes, auth: bytes) -> ec.EllipticCurvePublicKey:
    if len(point) != _POINT or point[:1] != b"\x04" or len(auth) != 16:
        raise KeysInvalid("no uncompressed point and secret")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError:
        raise KeysInvalid("not on the curve") from None


def _content_keys(
    shared: bytes, auth: bytes, salt: bytes, *, receiver: bytes, sender: bytes
) -> tuple[bytes, bytes]:
    """Return the content encryption key and the nonce (RFC 8291, 3.4)."""
    secret = _derived(auth, shared, b"WebPush: info\x00" + receiver + sender, 32)
    key = _derived(salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
    return key, _derived(salt, secret, b"Content-Encoding: nonce\x00", 12)


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)
