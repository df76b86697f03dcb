"""Endpoints in storage: set with a supplier's settings, paused or activated by a person, ended by a worker.

A change of the address or the secret activates the endpoint anew. Ending or pausing one is conditional on
the `activated_at` that was read, so that the answer to an old call never ends what somebody has just
activated.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from cabinet.audit.store import AddAuditRow
from cabinet.aws import dynamo
from cabinet.aws.dynamo import ALWAYS, Table, Transaction, key_attributes
from cabinet.core import clock
from cabinet.core.errors import Conflict
from cabinet.core.logging import Event, log_error
from cabinet.webhooks.keys import ENDPOINTS, endpoint_key
from cabinet.webhooks.model import Endpoint, EndpointStatus

_ENDPOINT_UNCHANGED = "#opened_at = :seen AND #status = :status"


class StaleEndpoint(Conflict):
    """Somebody has paused, activated or removed the endpoint meanwhile."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where a supplier wants its events, as its settings say it."""

    url: str
    secret: str


def find(supplier_id: str) -> Endpoint | None:
    """Return a supplier's endpoint by a consistent read."""
    row = dynamo.get(Table.MESSAGES, endpoint_key(supplier_id), consistent=True)
    return Endpoint.model_validate(row) if row is not None else None


def list_all() -> Iterator[Endpoint]:
    """Yield the endpoints of all suppliers."""
    for row in dynamo.query_all(Table.MESSAGES, ENDPOINTS):
        yield Endpoint.model_validate(row)


def apply_settings(
    transaction: Transaction, supplier_id: str, before: Receiver | None, after: Receiver | None
) -> None:
    """Add the endpoint's change to the transaction that changes the supplier's settings."""
    if before == after:
        return
    if after is None:
        transaction.delete(
            Table.MESSAGES, endpoint_key(supplier_id), condition=ALWAYS, on_conflict=StaleEndpoint
        )
        return
    at = clock.timestamp(clock.now())
    endpoint = Endpoint(
        supplier_id=supplier_id, url=after.url, secret=after.secret, activated_at=at, changed_at=at
    )
    row = key_attributes(endpoint_key(supplier_id)) | endpoint.model_dump(mode="json")
    transaction.put(Table.MESSAGES, row, condition=ALWAYS, on_conflict=StaleEndpoint)


def pause(endpoint: Endpoint, reason: str, record: AddAuditRow) -> None:
    """Send nothing until somebody activates it again; raises StaleEndpoint."""
    transaction = Transaction()
    _set_status(transaction, endpoint, EndpointStatus.PAUSED, reason)
    record(transaction)
    transaction.commit()


def reactivate(endpoint: Endpoint, record: AddAuditRow) -> None:
    """Send again what waits, as if it were untried; raises StaleEndpoint."""
    at = clock.timestamp(clock.now())
    transaction = Transaction()
    transaction.update(
        Table.MESSAGES,
        endpoint_key(endpoint.supplier_id),
        "SET #status = :active, #opened_at = :at, #changed_at = :at, #reason = :empty,"
        " #failing_since = :empty, #failure = :empty, #rests_until = :zero",
        condition=_ENDPOINT_UNCHANGED,
        on_conflict=StaleEndpoint,
        seen=endpoint.activated_at, status=endpoint.status.value,
        active=EndpointStatus.ACTIVE.value, at=at, empty="", zero=0,
    )  # fmt: skip
    record(transaction)
    transaction.commit()


def end(endpoint: Endpoint, reason: str) -> None:
    """End it, unless it was changed meanwhile; «Сегодня» shows it to the staff, an alarm to engineers."""
    transaction = Transaction()
    _set_status(transaction, endpoint, EndpointStatus.ENDED, reason)
    with suppress(StaleEndpoint):
        transaction.commit()
        log_error(Event.WEBHOOK_DISABLED, supplier_id=endpoint.supplier_id, reason=reason)


def record_failure(endpoint: Endpoint, failure: str, unavailable_until: int) -> Endpoint:
    """Keep on the endpoint that a try has failed; return it so."""
    now = clock.timestamp(clock.now())
    since, until = endpoint.failing_since or now, max(unavailable_until, endpoint.unavailable_until)
    return _record_result(endpoint, since, failure, until)


def record_success(endpoint: Endpoint) -> Endpoint:
    """Keep on the endpoint that it takes events again; nothing is written while all is well."""
    return _record_result(endpoint, "", "", 0) if endpoint.failing_since else endpoint


def _record_result(endpoint: Endpoint, failing_since: str, failure: str, unavailable_until: int) -> Endpoint:
    with suppress(StaleEndpoint):
        dynamo.update(
            Table.MESSAGES,
            endpoint_key(endpoint.supplier_id),
            "SET #failing_since = :failing_since, #failure = :failure, #rests_until = :rests_until",
            condition=_ENDPOINT_UNCHANGED,
            on_conflict=StaleEndpoint,
            seen=endpoint.activated_at,
            status=endpoint.status.value,
            failing_since=failing_since,
            failure=failure,
            rests_until=unavailable_until,
        )
    changes = {"failing_since": failing_since, "failure": failure, "unavailable_until": unavailable_until}
    return endpoint.model_copy(update=changes)


def _set_status(transaction: Transaction, endpoint: Endpoint, status: EndpointStatus, reason: str) -> None:
    transaction.update(
        Table.MESSAGES,
        endpoint_key(endpoint.supplier_id),
        "SET #status = :new, #changed_at = :at, #reason = :reason",
        condition=_ENDPOINT_UNCHANGED,
        on_conflict=StaleEndpoint,
        seen=endpoint.activated_at, status=endpoint.status.value,
        new=status.value, at=clock.timestamp(clock.now()), reason=reason,
    )  # fmt: skip
