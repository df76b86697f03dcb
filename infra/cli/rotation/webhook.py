"""How the signing key of a webhook changes: the first one, another one beside it, or another one alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from cabinet.webhooks.signing_keys import SigningKeys
from cabinet.webhooks.signing_rules import new_key

BOTH_SIGN_FOR = timedelta(days=3)
"""How long the former key signs beside the new one: the billing's programmers have a working day for it."""


def rotated(current: SigningKeys | None, now: datetime) -> SigningKeys:
    """Return a new key; the present one signs beside it for some days.

    While another one does so yet, there is no third: raises ValueError.
    """
    if current is None:
        return SigningKeys(new_key())
    if current.former_until is not None and now < current.former_until:
        raise ValueError(f"{current.former_until:%d.%m.%Y %H:%M} UTC")
    return SigningKeys(new_key(), current.key, now + BOTH_SIGN_FOR)
