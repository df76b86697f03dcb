"""Kinds of notifications and their channels: which kind an email is of, what goes by which channel. Pure.

For receipts, reminders and notices the consent to e-mail is kept with each account («Рассылка уведомлений»)
and nowhere else; everything else that a person chooses is in the profile (docs/adr/0065).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from cabinet.accounts.rules import is_subscribed
from cabinet.core.errors import FieldError

type NotificationKind = Literal["receipts", "reminders", "notices", "payments", "requests", "emergencies"]
type Channel = Literal["email", "push"]

KINDS: tuple[NotificationKind, ...] = get_args(NotificationKind.__value__)
CHANNELS: tuple[Channel, ...] = get_args(Channel.__value__)

BY_ACCOUNT: tuple[NotificationKind, ...] = ("receipts", "reminders", "notices")
"""Kinds whose e-mail is agreed to account by account."""
ALWAYS_MAILED: tuple[NotificationKind, ...] = ("payments", "emergencies")
"""What happened to a person's money, and danger, are mailed whatever is chosen: they are no mailings.

Autopay charges what it has mailed a day before (docs/adr/0045).
"""

_KIND_OF_TEMPLATE: dict[str, NotificationKind] = {
    "receipt": "receipts",
    "reminder_receipt": "receipts",
    "reminder_window_opens": "reminders",
    "reminder_window_closes": "reminders",
    "reminder_debt": "reminders",
    "reminder_verification": "reminders",
    "notice": "notices",
    "emergency": "emergencies",
    "emergency_over": "emergencies",
    "payment_received": "payments",
    "payment_refunded": "payments",
    "refund_refused": "payments",
    "autopay_planned": "payments",
    "autopay_left": "payments",
    "card_expires": "payments",
    "request_changed": "requests",
}


def notification_kind(template: str) -> NotificationKind | None:
    """Return the kind of an email; None for emails of the sign-in and to the staff, which are mail alone."""
    return _KIND_OF_TEMPLATE.get(template)


def channels_by_kind(
    profile: Mapping[str, Any], bindings: Sequence[Mapping[str, Any]]
) -> dict[NotificationKind, list[Channel]]:
    """Return what goes by which channel, in the order of `KINDS` and `CHANNELS`.

    E-mail of a kind of `BY_ACCOUNT` counts as chosen when it is for one account at least.
    """
    chosen: dict[NotificationKind, list[Channel]] = {}
    for kind in KINDS:
        is_mailed = (
            any(is_subscribed(binding, kind) for binding in bindings)
            if kind in BY_ACCOUNT
            else is_sent_by(profile, kind, "email")
        )
        is_chosen: dict[Channel, bool] = {"email": is_mailed, "push": is_sent_by(profile, kind, "push")}
        chosen[kind] = [channel for channel in CHANNELS if is_chosen[channel]]
    return chosen


def is_sent_by(profile: Mapping[str, Any], kind: NotificationKind, channel: Channel) -> bool:
    """Return what the profile says; everything is on by default: no push comes without a subscription."""
    if channel == "email" and kind in ALWAYS_MAILED:
        return True
    stored = (profile.get("notifications") or {}).get(kind)
    return stored is None or channel in stored


def pushed_kinds(profile: Mapping[str, Any]) -> frozenset[NotificationKind]:
    """Return the kinds that go to a person's browsers; none for a person who never subscribed with one."""
    if not profile.get("push_turn"):
        return frozenset()
    return frozenset(kind for kind in KINDS if is_sent_by(profile, kind, "push"))


def mailings_to_switch(
    shown: Mapping[NotificationKind, Sequence[Channel]], wanted: Mapping[NotificationKind, Sequence[Channel]]
) -> dict[NotificationKind, bool]:
    """Return the mailings that change for every account: those whose e-mail was switched on this screen.

    One that was left as it was shown changes for no account, so that choices of single accounts stay.
    """
    return {
        kind: "email" in wanted[kind]
        for kind in BY_ACCOUNT
        if ("email" in wanted[kind]) != ("email" in shown[kind])
    }


def field_errors(wanted: Mapping[NotificationKind, Sequence[Channel]]) -> list[FieldError]:
    """Return what cannot be chosen."""
    message = "Об авариях и платежах мы всегда сообщаем по электронной почте."
    return [
        FieldError(kind, "channel_required", message) for kind in ALWAYS_MAILED if "email" not in wanted[kind]
    ]
