"""Decisions about webhooks: when an event is tried, again or at all, and what an answer means. Pure."""

from enum import StrEnum

from cabinet.webhooks.model import Endpoint, EndpointStatus, WaitingEvent

LEASE_SECONDS = 120
"""How long a claim holds: longer than resolving a name and one call take."""

_MINUTE, _HOUR = 60, 3600
RETRY_AFTER_SECONDS = (
    5, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR,
)  # fmt: skip
"""Pauses between tries (Standard Webhooks): more than three days in all; then the endpoint is ended."""
MAX_ATTEMPTS = len(RETRY_AFTER_SECONDS) + 1
MAX_PAUSE_SECONDS = 24 * _HOUR

UNAVAILABLE_PAUSE_SECONDS = 300
"""How long an endpoint that does not answer gets no event that was not tried yet."""

_UNAVAILABLE_STATUSES = {429, 502, 503, 504}
"""Statuses of a receiver, or of its proxy, that is temporarily unavailable."""


class DeliveryResult(StrEnum):
    """What an answer means."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GONE = "gone"
    """The receiver wants no more events."""


def delivery_result(status: int) -> DeliveryResult:
    """Return what an HTTP status means: 2xx is delivered, 410 ends the endpoint, a redirect is a failure."""
    if 200 <= status < 300:
        return DeliveryResult.DELIVERED
    return DeliveryResult.GONE if status == 410 else DeliveryResult.FAILED


def is_unavailable_status(status: int) -> bool:
    """Tell whether a status says that no other event would fare better now."""
    return status in _UNAVAILABLE_STATUSES


def attempts_so_far(event: WaitingEvent, endpoint: Endpoint) -> int:
    """Return how often the event was tried since the endpoint was last activated."""
    return 0 if event.tried_at < endpoint.activated_at else event.attempts


def retry_after(attempts: int, asked_for: int | None = None) -> int | None:
    """Return the pause in seconds after `attempts` failed tries; None when there is no further one.

    `asked_for` is the receiver's `Retry-After`, which counts if it is the longer one.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    return max(RETRY_AFTER_SECONDS[attempts - 1], min(asked_for or 0, MAX_PAUSE_SECONDS))


def may_try(event: WaitingEvent, endpoint: Endpoint, now: int) -> bool:
    """Tell whether the first event of an account's line may go at `now`, epoch seconds."""
    if endpoint.status is not EndpointStatus.ACTIVE:
        return False
    if event.status == "sending":
        return event.due_at <= now
    if attempts_so_far(event, endpoint) == 0:
        return endpoint.unavailable_until <= now
    return event.due_at <= now
