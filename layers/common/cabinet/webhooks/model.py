"""Models of webhooks: kinds of events, the endpoint of a supplier, an event that waits, one that went."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from cabinet.core.model import FrozenModel


class EventKind(StrEnum):
    """What a supplier is notified of; `type` of the payload."""

    READING_ACCEPTED = "reading.accepted"
    PAYMENT_CREDITED = "payment.credited"
    PAYMENT_REFUNDED = "payment.refunded"
    REQUEST_CREATED = "request.created"
    PAPERLESS_CHANGED = "paperless.changed"


class EndpointStatus(StrEnum):
    """Whether events are sent; whatever it is, they are written and wait."""

    ACTIVE = "active"
    PAUSED = "paused"
    """Paused by a person."""
    ENDED = "ended"
    """Ended by the receiver's 410, or after every try of an event has failed."""


class Endpoint(FrozenModel):
    """Where a supplier's events go, and how that goes; one row a supplier."""

    supplier_id: str
    url: str
    secret: str
    """Name of the secret that holds the signing keys."""
    status: EndpointStatus = EndpointStatus.ACTIVE
    activated_at: Annotated[str, Field(alias="opened_at")]
    """Since when it is sent to: what was tried before counts as untried."""
    changed_at: str
    """When it became what `status` says."""
    reason: str = ""
    """Why it was ended: ``gone`` or ``exhausted``; why a person has paused it."""
    failing_since: str = ""
    """Since when nothing was delivered though tried; empty while all is well."""
    failure: str = ""
    """Failure of the last try: ``http_500``, ``unreachable``, ``address_refused``, ``secret_unreadable``."""
    unavailable_until: int = Field(0, alias="rests_until")
    """Epoch seconds: before that no further event is tried for the first time, as nobody answers."""


class WaitingEvent(FrozenModel):
    """One event in its account's queue."""

    pk: str
    sk: str
    event_id: str
    kind: EventKind
    account_id: str
    body: str
    """The payload, octet for octet as it is signed and sent at every try."""
    created_at: str
    status: str = "waiting"
    """``waiting``, or ``sending`` while a claim holds."""
    attempts: int = 0
    due_at: int = 0
    """Epoch seconds: when it may be tried again, or when the claim ends."""
    tried_at: str = ""
    failure: str = ""
    correlation_id: str = ""


class Delivery(FrozenModel):
    """An event that was delivered."""

    pk: str
    sk: str
    event_id: str
    kind: EventKind
    account_id: str
    body: str
    created_at: str
    delivered_at: str
    attempts: int
    http_status: int

    @property
    def delivery_id(self) -> str:
        """Return by what the desk names it."""
        return self.sk


type Data = dict[str, Any]
"""The payload's `data`: identifiers and sums, never a name, an address or a text."""
