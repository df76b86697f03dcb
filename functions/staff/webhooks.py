"""Routes of a supplier's webhook: its state, what waits, what was delivered; pause, resume, replay."""

from datetime import datetime
from itertools import islice
from typing import Literal, Self

from fastapi import Response

from cabinet.audit.model import Action
from cabinet.audit.store import Subject
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.core.text import Reason
from cabinet.signed_tokens import TokenInvalid
from cabinet.web.app import Identifier, create_router
from cabinet.web.pagination import LongCursor, decode_cursor, encode_cursor
from cabinet.web.staff_auth import CurrentStaff
from cabinet.webhooks import endpoints, event_store
from cabinet.webhooks.events import wake_deliverer_for
from cabinet.webhooks.model import Delivery, Endpoint, EndpointStatus, EventKind, WaitingEvent
from cabinet.webhooks.sweep import start_sweeps

router = create_router(prefix="/api/staff/webhooks", tags=["desk"])

_WAITING_SHOWN = 50


class WaitingLine(DeferredModel):
    """An event that waits for its turn, or for its next try."""

    event_id: str
    kind: EventKind
    account_id: str
    created_at: str
    attempts: int
    failure: str
    """The result of the last try: ``http_500``, ``unreachable``…; empty before the first one."""
    next_try_at: str | None
    """None: it was not tried yet."""

    @classmethod
    def of(cls, event: WaitingEvent) -> Self:
        """Return it as the API shows it."""
        due_at = datetime.fromtimestamp(event.due_at, clock.now().tzinfo) if event.tried_at else None
        return cls(
            **event.model_dump(
                include={"event_id", "kind", "account_id", "created_at", "attempts", "failure"}
            ),
            next_try_at=due_at.isoformat() if due_at else None,
        )


class WebhookState(DeferredModel):
    """The state of a supplier's endpoint, and the first events that wait; `none` without one."""

    supplier_id: str
    status: Literal["none", "active", "paused", "ended"]
    url: str
    changed_at: str | None
    reason: str
    """Of an ended one ``gone`` or ``exhausted``; of a paused one the text that a person gave."""
    failing_since: str | None
    failure: str
    waiting: list[WaitingLine]
    more_waiting: bool


class DeliveryLine(DeferredModel):
    """An event that was delivered; `body` is the payload as it was sent."""

    delivery_id: str
    event_id: str
    kind: EventKind
    account_id: str
    created_at: str
    delivered_at: str
    attempts: int
    http_status: int
    body: str

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """Return it as the API shows it."""
        return cls(**delivery.model_dump(exclude={"pk", "sk"}), delivery_id=delivery.delivery_id)


class DeliveryPage(DeferredModel):
    """A page of them, the newest first."""

    items: list[DeliveryLine]
    next: str | None


class PauseForm(DeferredModel):
    """Why nothing is to be sent for a while."""

    reason: Reason


@router.get("/{supplier_id}")
@raises(NotFound)
def get_webhook(supplier_id: Identifier, staff: CurrentStaff) -> WebhookState:
    """Show the endpoint's state, and what waits."""
    staff.require_supplier(supplier_id)
    staff.record_access(Action.WEBHOOK_SHOWN, _audit_subject(supplier_id))
    return _webhook_state(supplier_id, endpoints.find(supplier_id))


@router.get("/{supplier_id}/deliveries")
@raises(NotFound, TokenInvalid)
def list_deliveries(supplier_id: Identifier, staff: CurrentStaff, cursor: LongCursor = None) -> DeliveryPage:
    """List what was delivered within thirty days."""
    staff.require_supplier(supplier_id)
    name = f"desk-deliveries/{supplier_id}"
    after = decode_cursor(name, cursor)
    staff.record_access(Action.WEBHOOK_SHOWN, _audit_subject(supplier_id))
    page = event_store.list_log(supplier_id, after)
    return DeliveryPage(
        items=[DeliveryLine.of(each) for each in page.items], next=encode_cursor(name, page.following)
    )


@router.post("/{supplier_id}/deliveries/{delivery_id}/replay", status_code=202, response_class=Response)
@raises(NotFound, Conflict)
def post_replay(supplier_id: Identifier, delivery_id: Identifier, staff: CurrentStaff) -> None:
    """Send a delivered event once more, by its own identifier; a conflict while it waits already."""
    staff.require_supplier(supplier_id)
    delivery = event_store.find_delivery(supplier_id, delivery_id)
    shown = {"event_id": delivery.event_id, "kind": delivery.kind.value}
    subject = Subject(f"account:{delivery.account_id}", (supplier_id,))
    event_store.replay(delivery, staff.audit_writer(Action.WEBHOOK_REPLAYED, subject, after=shown))
    wake_deliverer_for([delivery.account_id])


@router.post("/{supplier_id}/pause")
@raises(NotFound, Conflict)
def post_pause(supplier_id: Identifier, form: PauseForm, staff: CurrentStaff) -> WebhookState:
    """Send nothing until somebody resumes it; events wait."""
    staff.require_supplier(supplier_id)
    endpoint = _require_endpoint(supplier_id)
    if endpoint.status is not EndpointStatus.ACTIVE:
        raise Conflict
    audit = staff.audit_writer(
        Action.WEBHOOK_PAUSED, _audit_subject(supplier_id), before=_audit_state(endpoint), reason=form.reason
    )
    endpoints.pause(endpoint, form.reason, audit)
    return _webhook_state(supplier_id, endpoints.find(supplier_id))


@router.post("/{supplier_id}/resume")
@raises(NotFound, Conflict)
def post_resume(supplier_id: Identifier, staff: CurrentStaff) -> WebhookState:
    """Send again what waits, as if it were untried, also to an endpoint that has ended."""
    staff.require_supplier(supplier_id)
    endpoint = _require_endpoint(supplier_id)
    audit = staff.audit_writer(
        Action.WEBHOOK_RESUMED, _audit_subject(supplier_id), before=_audit_state(endpoint)
    )
    endpoints.reactivate(endpoint, audit)
    start_sweeps([supplier_id])
    return _webhook_state(supplier_id, endpoints.find(supplier_id))


def _require_endpoint(supplier_id: str) -> Endpoint:
    endpoint = endpoints.find(supplier_id)
    if endpoint is None:
        raise NotFound
    return endpoint


def _audit_subject(supplier_id: str) -> Subject:
    return Subject(f"supplier:{supplier_id}", (supplier_id,))


def _audit_state(endpoint: Endpoint) -> dict[str, str]:
    return {"status": endpoint.status.value, "reason": endpoint.reason}


def _webhook_state(supplier_id: str, endpoint: Endpoint | None) -> WebhookState:
    if endpoint is None:
        return WebhookState(
            supplier_id=supplier_id, status="none", url="", changed_at=None, reason="", failing_since=None,
            failure="", waiting=[], more_waiting=False,
        )  # fmt: skip
    found = list(islice(event_store.waiting(supplier_id), _WAITING_SHOWN + 1))
    return WebhookState(
        supplier_id=supplier_id,
        status=endpoint.status.value,
        url=endpoint.url,
        changed_at=endpoint.changed_at,
        reason=endpoint.reason,
        failing_since=endpoint.failing_since or None,
        failure=endpoint.failure,
        waiting=[WaitingLine.of(each) for each in found[:_WAITING_SHOWN]],
        more_waiting=len(found) > _WAITING_SHOWN,
    )
