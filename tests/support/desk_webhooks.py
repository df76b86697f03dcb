"""A supplier's webhook as the desk finds it, and a call of each of its routes that succeeds."""

import uuid
from collections.abc import Callable
from typing import Any

from cabinet.webhooks import endpoints, event_store
from tests.support.desk import Desk, Person
from tests.support.desk_call import SUPPLIER, DeskCall
from tests.support.webhooks import connect, write

ACCOUNT = f"{SUPPLIER}:1234567899"
PATH = f"/api/staff/webhooks/{SUPPLIER}"


def a_delivery() -> event_store.Delivery:
    """Let an event be delivered."""
    write(ACCOUNT, uuid.uuid4().hex)
    event = event_store.next_event(ACCOUNT)
    assert event is not None
    event_store.mark_delivered(event_store.claim(event, "c", 1), "c", 204)
    return event_store.list_log(SUPPLIER).items[0]


def _call(path: str = "", body: Any = None) -> Callable[[Desk, Person], DeskCall]:
    def made(desk: Desk, person: Person) -> DeskCall:
        if endpoints.find(SUPPLIER) is None:
            connect(SUPPLIER)
        return DeskCall(f"{PATH}{path}", body, names_subject=True)

    return made


def _resume(desk: Desk, person: Person) -> DeskCall:
    connect(SUPPLIER)
    endpoint = endpoints.find(SUPPLIER)
    assert endpoint is not None
    endpoints.pause(endpoint, "Обновляем биллинг", lambda _: None)
    return DeskCall(f"{PATH}/resume", names_subject=True)


def _replay(desk: Desk, person: Person) -> DeskCall:
    return DeskCall(f"{PATH}/deliveries/{a_delivery().delivery_id}/replay", names_subject=True)


WEBHOOK_SCENARIOS: dict[str, Callable[[Desk, Person], DeskCall]] = {
    "GET /api/staff/webhooks/{supplier_id}": _call(),
    "GET /api/staff/webhooks/{supplier_id}/deliveries": _call("/deliveries"),
    "POST /api/staff/webhooks/{supplier_id}/deliveries/{delivery_id}/replay": _replay,
    "POST /api/staff/webhooks/{supplier_id}/pause": _call("/pause", {"reason": "Обновляем биллинг"}),
    "POST /api/staff/webhooks/{supplier_id}/resume": _resume,
}
