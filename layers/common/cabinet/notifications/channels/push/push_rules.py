"""Decisions about pushes: what one says, when it may be sent, what a push service's answer means. Pure."""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from cabinet.accounts.notification_kind_rules import NotificationKind, is_sent_by, notification_kind
from cabinet.notifications.channels.push.model import QueuedPush
from cabinet.web_push.encryption import to_base64url

QUIET_UNTIL, QUIET_FROM = time(8), time(22)
"""Quiet hours in the account's time zone; emergencies are sent at any hour."""

RETRY_AFTER_SECONDS = (30, 120, 600, 3600, 14400)
"""Pauses between tries, where the push service names none; after the last one the push is dropped."""
MAX_PAUSE_SECONDS = 14400
"""Maximum pause that a push service may ask for."""
_HOUR, _DAY = 3600, 86400
OUTDATED_AFTER = timedelta(hours=36)
"""A push is news of today, or of this morning; an older one that was held up is none."""
_YIELD_AFTER_ATTEMPTS = 2


class Outcome(StrEnum):
    """What an answer means for one device."""

    SENT = "sent"
    ENDED = "ended"
    """The subscription is over and is deleted."""
    RETRY = "retry"
    REFUSED = "refused"
    """Ours is the mistake: sending the same again is no help, and the subscription stays."""


@dataclass(frozen=True, slots=True)
class PushText:
    """All that a push says: no sum, no address, no number, no word that a person has written."""

    title: str
    path: str
    """The site's path that a tap opens."""


TEXTS: dict[str, PushText] = {
    "receipt": PushText("Новая квитанция", "/summary"),
    "reminder_receipt": PushText("Новая квитанция", "/summary"),
    "reminder_window_opens": PushText("Пора передать показания счётчиков", "/readings"),
    "reminder_window_closes": PushText("Показания ещё не переданы", "/readings"),
    "reminder_debt": PushText("Напоминание об оплате", "/summary"),
    "reminder_verification": PushText("Подходит срок поверки счётчика", "/meters"),
    "notice": PushText("Новое уведомление организации", "/notices"),
    "emergency": PushText("Авария или отключение в вашем доме", "/notices"),
    "emergency_over": PushText("Устранено: авария или отключение", "/notices"),
    "payment_received": PushText("Платёж получен", "/orders"),
    "payment_refunded": PushText("Возврат платежа", "/orders"),
    "refund_refused": PushText("Возврат не состоялся", "/orders"),
    "autopay_planned": PushText("Завтра спишется автоплатёж", "/settings/cards"),
    "autopay_left": PushText("Автоплатёж не прошёл", "/settings/cards"),
    "card_expires": PushText("Срок сохранённой карты истекает", "/settings/cards"),
    "request_changed": PushText("Новое в Вашей заявке", "/requests"),
}
"""Keyed by the e-mail's template: each that has a kind has a text."""


def payload(kind: NotificationKind, template: str) -> bytes:
    """Return the plaintext of a push, JSON: ``kind``, ``title`` and ``path``."""
    text = TEXTS[template]
    fields = {"kind": kind, "title": text.title, "path": text.path}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def earliest_send_time(kind: NotificationKind, now: datetime, time_zone: str) -> datetime:
    """Return when a push may be sent: `now`, or 8 o'clock by the account's zone when it is night there."""
    if kind == "emergencies":
        return now
    local = now.astimezone(ZoneInfo(time_zone))
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return now
    day = local.date() + timedelta(days=1) if local.time() >= QUIET_FROM else local.date()
    return datetime.combine(day, QUIET_UNTIL, local.tzinfo).astimezone(now.tzinfo)


def push_headers(
    kind: NotificationKind, template: str, account_id: str | None, secret: bytes
) -> dict[str, str]:
    """Return TTL, Urgency and Topic (RFC 8030, 5.2-5.4) of a push.

    A topic lets a later push replace an earlier one that was not shown yet. The push service reads it, and
    could try all numbers of accounts against a plain hash, so it is keyed by `secret`: the subscription's
    own (RFC 8291, 3.2), which only the browser and we know. What happened to money and requests is never
    replaced.
    """
    headers = {"TTL": str(_HOUR * 12 if kind == "emergencies" else _DAY), "Urgency": _urgency(kind)}
    if kind in ("receipts", "reminders"):
        hashed = hmac.digest(secret, f"{template}#{account_id}".encode(), "sha256")
        headers["Topic"] = to_base64url(hashed[:24])
    return headers


def _urgency(kind: NotificationKind) -> str:
    return "high" if kind == "emergencies" else "normal"


def outcome(status: int) -> Outcome:
    """Return what a push service's status means (RFC 8030, 5 and 8)."""
    if 200 <= status < 300:
        return Outcome.SENT
    if status in (404, 410):
        return Outcome.ENDED
    if status == 429 or status >= 500:
        return Outcome.RETRY
    return Outcome.REFUSED


def retry_pause(attempts: int, retry_after: int | None) -> int | None:
    """Return the pause in seconds after `attempts` failed tries; None if the push is dropped.

    `retry_after` is the push service's own, which may lengthen the pause, never shorten it.
    """
    if attempts > len(RETRY_AFTER_SECONDS):
        return None
    return min(max(RETRY_AFTER_SECONDS[attempts - 1], retry_after or 0), MAX_PAUSE_SECONDS)


def kind_of_push(template: str) -> NotificationKind:
    """Return the kind of a push; every template of `TEXTS` has one."""
    kind = notification_kind(template)
    if kind is None:
        raise ValueError(f"{template} is no push")
    return kind


def next_push(pushes: Sequence[QueuedPush], now: int) -> QueuedPush | None:
    """Return which of one person's pushes may go now; None when all must wait.

    An emergency goes before the rest, and an earlier one that is being sent or waits for its first retry
    keeps a later one waiting, so that «устранено» is not overtaken. The rest wait for nobody.
    """
    ordered = sorted(pushes, key=lambda each: (each.created_at, each.sk))
    for push in ordered:
        if notification_kind(push.template) == "emergencies":
            if push.due_at <= now:
                return push
            if push.status == "sending" or push.attempts < _YIELD_AFTER_ATTEMPTS:
                break
    others = (push for push in ordered if notification_kind(push.template) != "emergencies")
    return next((push for push in others if push.due_at <= now), None)


def push_skip_reason(
    push: QueuedPush, now: datetime, *, profile: Mapping[str, Any] | None,
    binding: Mapping[str, Any] | None, is_former_holder: bool,
) -> str | None:  # fmt: skip
    """Return why this push must not be sent, or None when it may."""
    kind = notification_kind(push.template)
    if profile is None:
        return "deleted"
    if kind is None or push.template not in TEXTS:
        return "unknown_template"
    if now >= datetime.fromisoformat(push.created_at) + OUTDATED_AFTER:
        return "outdated"
    if not is_sent_by(profile, kind, "push"):
        return "unsubscribed"
    if push.account_id and binding is None:
        return "unbound"
    if is_former_holder:
        return "former_holder"
    return None
