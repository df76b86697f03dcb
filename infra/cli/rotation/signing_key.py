"""How the set of signing keys changes: pure, the set and the time in, another set out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cabinet.api_secrets import SIGNS_AFTER, ApiSecrets, SigningKey
from cabinet.core import clock
from cabinet.signed_tokens import RETIRED_AFTER

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


def rotate(current: ApiSecrets, now: datetime) -> Change:
    """Add a key; the others go on proving what they signed, and those that have nothing left to prove go."""
    newest = current.keys[-1]
    if now - newest.made_at < _SAME_ROTATION:
        return Change(None, [f"key {newest.id} is new: nothing to add", *_outlook(current)])
    kept = [key for key in current.keys if not _has_retired(current, key, now)]
    dropped = [key.id for key in current.keys if key not in kept]
    changed = current.with_keys([*kept, new_key(now)])
    return Change(changed, [*_added(changed), *_dropped(dropped), *_outlook(changed)])


def revoke(current: ApiSecrets, now: datetime) -> Change:
    """Leave one new key alone: nothing that any other has signed counts any more."""
    if len(current.keys) == 1 and now - current.keys[0].made_at < _SAME_REVOCATION:
        return Change(None, [f"key {current.keys[0].id} is new and alone: nothing to revoke"])
    changed = current.with_keys([new_key(now)])
    ended = now + SIGNS_AFTER
    return Change(
        changed,
        [
            *_added(changed),
            *_dropped([key.id for key in current.keys]),
            f"it signs at once; what was dropped is dead everywhere at {ended:%H:%M:%S} UTC at the latest",
            "every session, known device, captcha, candidate and link for unsubscribing ends by that",
            "next: sign in again and look whether it works; whoever was signed in must do the same",
        ],
    )  # fmt: skip


def new_key(now: datetime) -> SigningKey:
    """Return a new key, with the second of its making in its id."""
    return SigningKey(f"{clock.epoch(now)}-{secrets.token_hex(3)}", secrets.token_urlsafe(48))


def _has_retired(current: ApiSecrets, key: SigningKey, now: datetime) -> bool:
    until = current.signed_until(key)
    return until is not None and now >= until + RETIRED_AFTER


def _added(changed: ApiSecrets) -> list[str]:
    return [f"key {changed.keys[-1].id} was added"]


def _dropped(ids: list[str]) -> list[str]:
    return [f"dropped: {', '.join(ids)}"] if ids else []


def _outlook(changed: ApiSecrets) -> list[str]:
    newest = changed.keys[-1]
    return [
        f"it signs from {newest.made_at + SIGNS_AFTER:%Y-%m-%d %H:%M:%S} UTC, when every process has read it",
        "earlier keys still prove what they signed: sessions for a day, devices and mails' links for a year",
        "next: nothing; if a key has leaked, the same command with --revoke-old",
    ]
