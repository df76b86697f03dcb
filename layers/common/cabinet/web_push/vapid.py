"""Voluntary application server identification (RFC 8292): which server a push comes from. Pure."""

import json
from datetime import datetime
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from cabinet.web_push.encryption import from_base64url, point_of, to_base64url

_HEADER = {"typ": "JWT", "alg": "ES256"}


def authorization(endpoint: str, subject: str, key: ec.EllipticCurvePrivateKey, expires_at: datetime) -> str:
    """Return the value of `Authorization` for a push; `subject` is ``mailto:…`` or ``https:…``."""
    audience = origin_of(endpoint)
    claims = {"aud": audience, "exp": int(expires_at.timestamp()), "sub": subject}
    signed = f"{_part(_HEADER)}.{_part(claims)}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    signature = to_base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={signed}.{signature}, k={to_base64url(point_of(key.public_key()))}"


def claims_of(header: str) -> dict[str, object]:
    """Return what a push service reads of the header when its signature is right; raises ValueError."""
    scheme, _, rest = header.partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if scheme.lower() != "vapid" or not {"t", "k"} <= set(fields):
        raise ValueError("no vapid header")
    signed, _, signature = fields["t"].rpartition(".")
    raw = from_base64url(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(fields["k"]))
    pair = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        public.verify(pair, signed.encode(), ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise ValueError("signed by another key") from None
    head, _, body = signed.partition(".")
    if json.loads(from_base64url(head)).get("alg") != "ES256":
        raise ValueError("another algorithm")
    claims: dict[str, object] = json.loads(from_base64url(body))
    return claims


def origin_of(endpoint: str) -> str:
    """Return the origin of a push service: scheme, host and a port that is not the usual one."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


def _part(value: dict[str, object] | dict[str, str]) -> str:
    return to_base64url(json.dumps(value, separators=(",", ":")).encode())
