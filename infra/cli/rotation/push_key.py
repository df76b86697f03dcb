"""How the set of push keys changes: pure, the set and the time in, another set out.

It is the set of signing keys in another secret (docs/adr/0065). A browser subscribes to one key, and the site
subscribes it anew to the newest at the next visit; a former key goes on sending for a year.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from cabinet.api_secrets import SIGNS_AFTER, ApiSecrets, SigningKey
from infra.cli.rotation import signing_key
from infra.cli.rotation.signing_key import Change, new_key

if TYPE_CHECKING:
    from datetime import datetime

RETIRED_AFTER = timedelta(days=400)
"""As long as a subscription lives that nobody renews (`push_subscription_rules.LIFETIME`)."""
_SAME_ROTATION = timedelta(hours=1)


def rotate(current: ApiSecrets, now: datetime) -> Change:
    """Add a key; the others go on sending to whoever subscribed to them, until all of those have ended."""
    newest = current.keys[-1]
    if now - newest.made_at < _SAME_ROTATION:
        return Change(None, [f"key {newest.id} is new: nothing to add", *_outlook(current)])
    kept = [key for key in current.keys if not _has_retired(current, key, now)]
    dropped = [key.id for key in current.keys if key not in kept]
    changed = current.with_keys([*kept, new_key(now)])
    said = [f"key {changed.keys[-1].id} was added"]
    said += [f"dropped: {', '.join(dropped)}"] if dropped else []
    return Change(changed, [*said, *_outlook(changed)])


def revoke(current: ApiSecrets, now: datetime) -> Change:
    """Leave one new key alone: every subscription ends, and browsers come back as people open the site."""
    change = signing_key.revoke(current, now)
    if change.secrets is None:
        return change
    ended = now + SIGNS_AFTER
    return replace(
        change,
        sentences=[
            f"key {change.secrets.keys[-1].id} was added",
            f"dropped: {', '.join(key.id for key in current.keys)}",
            f"every subscription to pushes is over by {ended:%H:%M:%S} UTC at the latest",
            "next: nothing; a browser gets pushes again when its owner opens the cabinet",
        ],
    )


def _has_retired(current: ApiSecrets, key: SigningKey, now: datetime) -> bool:
    until = current.signed_until(key)
    return until is not None and now >= until + RETIRED_AFTER


def _outlook(changed: ApiSecrets) -> list[str]:
    newest = changed.keys[-1]
    return [
        f"browsers subscribe to it from {newest.made_at + SIGNS_AFTER:%Y-%m-%d %H:%M:%S} UTC",
        "earlier keys go on sending to whoever subscribed to them; the site renews those as they come",
        "next: nothing; if a key has leaked, the same command with --revoke-old",
    ]
