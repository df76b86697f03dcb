"""How a set of keys changes, signing keys or push keys: pure, the set and the time in, another set out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cabinet import signed_tokens
from cabinet.api_secrets import SIGNS_AFTER, ApiSecrets, SigningKey
from cabinet.core import clock

if TYPE_CHECKING:
    from datetime import datetime

_SAME_ROTATION = timedelta(hours=1)
"""A newest key that young was made by an earlier run of the same rotation."""
_SAME_REVOCATION = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Change:
    """What a run puts, None when nothing is left to do, and what it says."""

    secrets: ApiSecrets | None
    sentences: list[str]


@dataclass(frozen=True, slots=True)
class KeyRotationPolicy:
    """How long a former key of a set is kept, and the sentences that a rotation prints."""

    retired_after: timedelta
    """Counted from when another key took over."""
    starts_text: str
    """What happens at ``moment``, when every process has read a new key."""
    former_keys_text: str
    """What the earlier keys still do."""
    revoked_texts: tuple[str, ...]
    """What a revocation ends by ``moment``, and what is to be done next."""

    def rotate(self, current: ApiSecrets, now: datetime) -> Change:
        """Add a key; the others keep their roles, and expired ones are removed."""
        newest = current.keys[-1]
        if now - newest.made_at < _SAME_ROTATION:
            return Change(None, [f"key {newest.id} is new: nothing to add", *self._next_steps(current)])
        kept = [key for key in current.keys if not self._has_retired(current, key, now)]
        dropped = [key.id for key in current.keys if key not in kept]
        changed = current.with_keys([*kept, _new_key(now)])
        return Change(changed, [*_replaced(changed, dropped), *self._next_steps(changed)])

    def revoke(self, current: ApiSecrets, now: datetime) -> Change:
        """Leave one new key alone: nothing that any other has signed counts any more."""
        if len(current.keys) == 1 and now - current.keys[0].made_at < _SAME_REVOCATION:
            return Change(None, [f"key {current.keys[0].id} is new and alone: nothing to revoke"])
        changed = current.with_keys([_new_key(now)])
        ended = f"{now + SIGNS_AFTER:%H:%M:%S} UTC"
        said = [sentence.format(moment=ended) for sentence in self.revoked_texts]
        return Change(changed, [*_replaced(changed, [key.id for key in current.keys]), *said])

    def _has_retired(self, current: ApiSecrets, key: SigningKey, now: datetime) -> bool:
        until = current.signed_until(key)
        return until is not None and now >= until + self.retired_after

    def _next_steps(self, changed: ApiSecrets) -> list[str]:
        begins_at = changed.keys[-1].made_at + SIGNS_AFTER
        return [
            self.starts_text.format(moment=f"{begins_at:%Y-%m-%d %H:%M:%S} UTC"),
            self.former_keys_text,
            "next: nothing; if a key has leaked, the same command with --revoke-old",
        ]


def _new_key(now: datetime) -> SigningKey:
    """Return a new key, with the second of its making in its id."""
    return SigningKey(f"{clock.epoch(now)}-{secrets.token_hex(3)}", secrets.token_urlsafe(48))


def _replaced(changed: ApiSecrets, dropped: list[str]) -> list[str]:
    added = f"key {changed.keys[-1].id} was added"
    return [added, f"dropped: {', '.join(dropped)}"] if dropped else [added]


SIGNING_KEY_POLICY = KeyRotationPolicy(
    retired_after=signed_tokens.RETIRED_AFTER,
    starts_text="it signs from {moment}, when every process has read it",
    former_keys_text=(
        "earlier keys still prove what they signed: sessions for a day, devices and mails' links for a year"
    ),
    revoked_texts=(
        "it signs at once; what was dropped is dead everywhere at {moment} at the latest",
        "every session, known device, captcha, candidate and link for unsubscribing ends by that",
        "next: sign in again and look whether it works; whoever was signed in must do the same",
    ),
)
PUSH_KEY_POLICY = KeyRotationPolicy(
    # As long as a subscription lives that nobody renews (`push_subscription_rules.LIFETIME`).
    retired_after=timedelta(days=400),
    starts_text="browsers subscribe to it from {moment}",
    former_keys_text=(
        "earlier keys go on sending to whoever subscribed to them; the site renews those as they come"
    ),
    revoked_texts=(
        "every subscription to pushes is over by {moment} at the latest",
        "next: nothing; a browser gets pushes again when its owner opens the cabinet",
    ),
)
"""The push keys, in a separate secret (docs/adr/0065). A browser subscribes to one key, and the site
subscribes it anew to the newest at the next visit; a former key continues sending for a year.
"""
