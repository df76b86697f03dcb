"""The key pairs that pushes are signed with (VAPID): one secret, a set that changes as the signing keys do.

A browser subscribes to one public key, so a subscription names the key that it was made for, and keys that
have been followed by another go on sending until they retire (docs/adr/0065).
"""

import os
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cabinet.api_secrets import ApiSecrets, SigningKey
from cabinet.aws.secrets import CachedSecret
from cabinet.core import clock
from cabinet.web_push.encryption import point_of, to_base64url

_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256 (FIPS 186-5); private keys are from 1 to this minus 1."""


@dataclass(frozen=True, slots=True)
class PushKey:
    """One key pair and the id by which subscriptions name it."""

    id: str
    private: ec.EllipticCurvePrivateKey

    @property
    def public(self) -> str:
        """What a browser subscribes with (`applicationServerKey`): the point in base64url."""
        return to_base64url(point_of(self.private.public_key()))


def derive_push_key(key: SigningKey) -> PushKey:
    """Return the key pair of a secret of the set; the same secret always gives the same pair.

    So the text that CloudFormation makes with the stack is a key already, and no private key has a format.
    """
    # 128 bits more than the order, so that the remainder is as good as uniform (FIPS 186-5, A.2.1).
    octets = HKDF(SHA256(), 48, None, b"cabinet web push").derive(key.secret.encode())
    return PushKey(key.id, ec.derive_private_key(int.from_bytes(octets) % (_ORDER - 1) + 1, _CURVE))


@cache
def cached_push_secret() -> CachedSecret[ApiSecrets]:
    """Return the secret as this process keeps it."""
    return CachedSecret(os.environ["PUSH_KEY_SECRET"], ApiSecrets.parse)


def current_push_key() -> PushKey:
    """Return the key that browsers subscribe to now; raises SecretUnreadable."""
    return derive_push_key(cached_push_secret().get().signing(clock.now()))


def find_push_key(key_id: str) -> PushKey | None:
    """Return the key that a subscription was made for, None when it has retired; raises SecretUnreadable."""
    found = cached_push_secret().get().find(key_id)
    return derive_push_key(found) if found else None
