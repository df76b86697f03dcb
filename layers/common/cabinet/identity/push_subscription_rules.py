"""Subscriptions of browsers to pushes: what is taken, which make room, to which a push goes. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cabinet.core.errors import FieldError
from cabinet.core.model import FrozenModel
from cabinet.outbound.address_rules import is_within, parse_target
from cabinet.web_push.encryption import KeysInvalid, from_base64url, require_keys

MAX_SUBSCRIPTIONS = 12
"""Devices of one user, as sessions (`session_start.MAX_SESSIONS`); the one renewed longest ago makes room."""
LIFETIME = timedelta(days=400)
"""Since it was renewed last: the site renews it at each sign-in, so nobody has come for a year."""


class PushSubscription(FrozenModel):
    """One browser's subscription as it is stored."""

    subscription_id: str
    session_id: str
    endpoint: str
    p256dh: str
    auth: str
    key_id: str
    """Which of our keys the browser subscribed to."""
    user_agent: str
    renewed_at: str


@dataclass(frozen=True, slots=True)
class SubscriptionInput:
    """What a browser gives: `PushSubscription.toJSON` without what we do not use; keys are base64url."""

    endpoint: str
    p256dh: str
    auth: str

    @property
    def subscription_id(self) -> str:
        """Return the id: it follows from the endpoint, so a repeated request names the same one."""
        return hashlib.sha256(self.endpoint.encode()).hexdigest()[:32]


def field_errors(given: SubscriptionInput, local_origin: str = "") -> list[FieldError]:
    """Return what is wrong with a subscription; the address itself is checked again at each sending.

    `local_origin` is the local stack's own push service (`outbound.local_origin`).
    """
    found = []
    if parse_target(given.endpoint) is None and not is_within(given.endpoint, local_origin):
        message = "Этот браузер не может получать уведомления: адрес его службы не принят."
        found.append(FieldError("endpoint", "invalid", message))
    try:
        require_keys(from_base64url(given.p256dh), from_base64url(given.auth))
    except (KeysInvalid, ValueError):
        found.append(FieldError("keys", "invalid", "Браузер передал неверные ключи. Попробуйте ещё раз."))
    return found


def subscriptions_to_drop(
    new: PushSubscription, stored: Sequence[PushSubscription]
) -> list[PushSubscription]:
    """Return which subscriptions of the same user go when `new` is written.

    The same browser's under an earlier session, and beyond the limit those renewed longest ago.
    """
    others = [each for each in stored if each.session_id != new.session_id]
    same = [each for each in others if each.subscription_id == new.subscription_id]
    rest = [each for each in others if each.subscription_id != new.subscription_id]
    return same + newest_first(rest)[MAX_SUBSCRIPTIONS - 1 :]


def newest_first(stored: Iterable[PushSubscription]) -> list[PushSubscription]:
    """Return them by when they were renewed last."""
    return sorted(stored, key=lambda each: (each.renewed_at, each.session_id), reverse=True)


def receiving(
    stored: Iterable[PushSubscription], owners: Mapping[str, Any], profile: Mapping[str, Any]
) -> list[PushSubscription]:
    """Return to which of a user's subscriptions a push goes: each browser once, and only while it is theirs.

    The person who subscribed last in a browser owns what it shows; `owners` is by subscription. Subscriptions
    from before all pushes were ended, by a new password or by the end of the other sessions, get none.
    """
    ended = profile.get("push_ended") or {"at": "", "but": ""}
    found: dict[str, PushSubscription] = {}
    for each in newest_first(stored):
        is_alive = each.session_id == ended["but"] or each.renewed_at > ended["at"]
        if is_alive and owners.get(each.subscription_id) == profile["user_id"]:
            found.setdefault(each.subscription_id, each)
    return list(found.values())[:MAX_SUBSCRIPTIONS]
