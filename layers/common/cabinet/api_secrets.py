"""What every function of the API must know and nobody else may: the signing keys and CloudFront's token.

One secret, so that a process reads it by one call. Its text is JSON, or a plain string: the one key that
CloudFormation made with the stack.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Self

from cabinet.aws.secrets import CachedSecret, SecretUnreadable
from cabinet.core import clock

SIGNS_AFTER = timedelta(minutes=5)
"""How long a key is in the set before it signs: longer than any process goes without reading the set."""
FIRST_KEY = "0"
"""The key of a plain string, and of tokens that name none."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key; its id begins with the second at which it was made."""

    id: str
    secret: str

    @property
    def made_at(self) -> datetime:
        """When it was put into the set."""
        moment = made_at(self.id)
        if moment is None:
            raise ValueError("the id of a key has no time")
        return moment


@dataclass(frozen=True, slots=True)
class ApiSecrets:
    """The secret's content: keys, the oldest first, and hashes of the origin tokens that are accepted."""

    keys: tuple[SigningKey, ...]
    origin_hashes: tuple[str, ...] | None = None
    """SHA-256; None: the token was never changed, and is that of the environment."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the secret's text; raises ValueError when it cannot serve."""
        if not text.lstrip().startswith("{"):
            return cls((SigningKey(FIRST_KEY, text),))
        tree: dict[str, Any] = json.loads(text)
        try:
            keys = [SigningKey(str(each["id"]), str(each["secret"])) for each in tree["keys"]]
            hashes = tree.get("origin_hashes")
            accepted = None if hashes is None else tuple(str(each) for each in hashes)
        except (KeyError, TypeError) as error:
            raise ValueError("not a set of keys") from error
        if not keys or not all(key.secret for key in keys):
            raise ValueError("no key in the set")
        return cls(tuple(sorted(keys, key=lambda key: key.made_at)), accepted)

    def dump(self) -> str:
        """Return the secret's text."""
        tree: dict[str, Any] = {"keys": [{"id": key.id, "secret": key.secret} for key in self.keys]}
        if self.origin_hashes is not None:
            tree["origin_hashes"] = list(self.origin_hashes)
        return json.dumps(tree)

    def signing(self, now: datetime) -> SigningKey:
        """Return the key that signs: the newest that every process knows, else the first of all."""
        known = [key for key in self.keys if now - key.made_at >= SIGNS_AFTER]
        return known[-1] if known else self.keys[0]

    def find(self, key_id: str) -> SigningKey | None:
        """Return the key of an id."""
        return next((key for key in self.keys if key.id == key_id), None)

    def signed_until(self, key: SigningKey) -> datetime | None:
        """Return when the next key took over from `key`; None for the newest, which signs or is about to."""
        later = self.keys[self.keys.index(key) + 1 :]
        return later[0].made_at + SIGNS_AFTER if later else None

    def with_keys(self, keys: Sequence[SigningKey]) -> Self:
        """Return the same with other keys."""
        return replace(self, keys=tuple(keys))

    def with_origin_hashes(self, hashes: Sequence[str]) -> Self:
        """Return the same with other origin tokens accepted."""
        return replace(self, origin_hashes=tuple(hashes))


def made_at(key_id: str) -> datetime | None:
    """Return the time encoded in an id; None if there is none, as in ids that we never made."""
    seconds = key_id.split("-", 1)[0]
    if not seconds.isascii() or not seconds.isdigit() or len(seconds) > 10:
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


@cache
def cached_secret() -> CachedSecret[ApiSecrets]:
    """Return the secret as this process keeps it."""
    return CachedSecret(os.environ["SIGNING_KEY_SECRET"], ApiSecrets.parse)


def api_secrets() -> ApiSecrets:
    """Return what is known now; raises SecretUnreadable."""
    return cached_secret().get()


_SKEW = timedelta(seconds=30)
_BETWEEN_READS = timedelta(seconds=1)


def find_key(key_id: str) -> SigningKey | None:
    """Return the key that a token names; a set that may lack a new one is read again at once.

    Only an id that was made since the last read is worth that, and one read a second at most: forged ids
    cannot keep us reading. Raises SecretUnreadable.
    """
    found = api_secrets().find(key_id)
    moment, secret = made_at(key_id), cached_secret()
    if found is not None or moment is None or secret.read_at is None:
        return found
    if not secret.read_at - _SKEW <= moment <= clock.now() + _SKEW:
        return None
    newer = secret.get_newer(_BETWEEN_READS)
    return newer.find(key_id) if newer is not None else None


def hash_origin_token(token: str) -> str:
    """Return the form in which an accepted origin token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_origin_token(token: str, initial_token: str) -> bool:
    """Tell whether CloudFront sends `token`: `initial_token` until it is first rotated (docs/adr/0030).

    Raises SecretUnreadable; also for an unknown token while the set is older than it should be.
    """
    accepted = api_secrets().origin_hashes
    if accepted is None:
        return hmac.compare_digest(token.encode(), initial_token.encode())
    hashed = hash_origin_token(token)
    if any(hmac.compare_digest(hashed, each) for each in accepted):
        return True
    if cached_secret().is_old:
        raise SecretUnreadable(cached_secret().name)
    return False
