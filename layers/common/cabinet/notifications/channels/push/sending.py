"""Sends one push to one browser: encrypted for it, signed by the key it knows, its address checked again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cabinet.accounts.notification_kind_rules import NotificationKind
from cabinet.identity.push_subscription_rules import PushSubscription
from cabinet.notifications.channels.push.push_rules import Outcome, outcome, payload, push_headers
from cabinet.outbound import connection
from cabinet.web_push.encryption import encrypt, from_base64url
from cabinet.web_push.push_keys import find_push_key
from cabinet.web_push.vapid import authorization

_TOKEN_LIFETIME = timedelta(hours=12)
"""Half of what RFC 8292 allows: clocks differ."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The result of a try: the outcome, the push service's pause in seconds, and a code for the log."""

    outcome: Outcome
    retry_after: int | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class PushContent:
    """What is sent to each browser of a person."""

    kind: NotificationKind
    template: str
    account_id: str | None


def send(content: PushContent, to: PushSubscription, contact: str, now: datetime) -> Delivery:
    """Send a push to one browser; `contact` is the ``https:`` or ``mailto:`` of the site's operator.

    A subscription ends when its key has retired, or when its address may not be called any more. Raises
    SecretUnreadable, when no key can be read at all.
    """
    key = find_push_key(to.key_id)
    if key is None:
        return Delivery(Outcome.ENDED, failure="key_retired")
    secret = from_base64url(to.auth)
    headers = push_headers(content.kind, content.template, content.account_id, secret) | {
        "Authorization": authorization(to.endpoint, contact, key.private, now + _TOKEN_LIFETIME),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
    }
    plaintext = payload(content.kind, content.template)
    body = encrypt(plaintext, from_base64url(to.p256dh), secret)
    try:
        answer = connection.post(to.endpoint, body, headers)
    except connection.TargetRejected:
        return Delivery(Outcome.ENDED, failure="address_refused")
    except connection.TargetUnreachable:
        return Delivery(Outcome.RETRY, failure="unreachable")
    meaning = outcome(answer.status)
    return Delivery(meaning, answer.retry_after, "" if meaning is Outcome.SENT else f"status_{answer.status}")
