"""The signing keys of an endpoint: JSON in the secret that the supplier's settings name, never logged."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from cabinet.aws.secrets import CachedSecret
from cabinet.webhooks.signing_rules import parse_key


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The key that signs, and the one before it, which signs beside it until a moment."""

    key: str
    former: str | None = None
    former_until: datetime | None = None

    @classmethod
    def parse(cls, text: str) -> "SigningKeys":
        """Return the keys of a secret's text; raises ValueError."""
        try:
            found: Any = json.loads(text)
            key, former, until = found["key"], found.get("former"), found.get("former_until")
            parsed = cls(key, former, datetime.fromisoformat(until) if until else None)
            for each in (key, former) if former is not None else (key,):
                parse_key(each)
        except (AttributeError, KeyError, TypeError):
            raise ValueError("not the JSON of signing keys") from None
        if (parsed.former is None) != (parsed.former_until is None) or (
            parsed.former_until is not None and parsed.former_until.tzinfo is None
        ):
            raise ValueError("former and former_until belong together, the moment with its offset")
        return parsed

    def dump(self) -> str:
        """Return the secret's text."""
        tree: dict[str, str] = {"key": self.key}
        if self.former is not None and self.former_until is not None:
            tree |= {"former": self.former, "former_until": self.former_until.isoformat()}
        return json.dumps(tree)

    def signing_at(self, now: datetime) -> Sequence[bytes]:
        """Return what signs at a moment, the present key first."""
        keys = [parse_key(self.key)]
        if self.former is not None and self.former_until is not None and now < self.former_until:
            keys.append(parse_key(self.former))
        return keys


@cache
def _cached(secret: str) -> CachedSecret[SigningKeys]:
    return CachedSecret(secret, SigningKeys.parse)


def signing_keys(secret: str, now: datetime) -> Sequence[bytes]:
    """Return what signs at a moment; raises SecretUnreadable."""
    return _cached(secret).get().signing_at(now)
