"""Delivers events: an account's one after another, each until the receiver has taken it.

An event that fails keeps the rest of its account waiting and nobody else. An endpoint that does not answer
gets no further event of this run, and for some minutes none that was not tried yet.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from cabinet.aws.secrets import SecretUnreadable
from cabinet.core import clock
from cabinet.core.correlation import set_correlation_id
from cabinet.core.identifiers import supplier_part
from cabinet.core.logging import Event, log_error, log_event
from cabinet.core.remaining_time import SecondsLeft
from cabinet.outbound.connection import TargetRejected, TargetUnreachable, post
from cabinet.webhooks import endpoints, event_store
from cabinet.webhooks.delivery_rules import (
    MAX_ATTEMPTS,
    UNAVAILABLE_PAUSE_SECONDS,
    DeliveryResult,
    attempts_so_far,
    delivery_result,
    is_unavailable_status,
    may_try,
    retry_after,
)
from cabinet.webhooks.event_store import ClaimLost
from cabinet.webhooks.events import wake_deliverer_for
from cabinet.webhooks.model import Endpoint, EndpointStatus, WaitingEvent
from cabinet.webhooks.signing_keys import signing_keys
from cabinet.webhooks.signing_rules import headers

_MAX_PER_ACCOUNT = 50
_AGENT = "cabinet-webhooks/1"
_SECONDS_FOR_A_CALL = 30


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The result of one call; `http_status` is 0 where nothing answered."""

    result: DeliveryResult
    http_status: int = 0
    failure: str = ""
    retry_after: int | None = None
    is_unavailable: bool = False
    """Another event would fare no better now."""


@dataclass(slots=True)
class Deliverer:
    """One invocation's work; `seconds_left` tells how long it may still take."""

    seconds_left: SecondsLeft
    _unavailable: set[str] = field(default_factory=set, init=False)
    """Suppliers whose endpoint has not answered in this run."""

    def deliver_for_account(self, account_id: str) -> None:
        """Deliver what waits for one account, oldest first."""
        endpoint = endpoints.find(supplier_part(account_id))
        if endpoint is not None:
            self._deliver_due(endpoint, account_id)

    def sweep(self, supplier_id: str) -> bool:
        """Deliver what is due of a supplier: lost messages, ended claims, retries; False if time ran out."""
        endpoint = endpoints.find(supplier_id)
        if endpoint is None or endpoint.status is not EndpointStatus.ACTIVE:
            return True
        handled = ""
        for event in event_store.waiting(supplier_id):
            if supplier_id in self._unavailable:
                return True
            if self._is_out_of_time():
                return False
            if event.account_id != handled and may_try(event, endpoint, clock.epoch(clock.now())):
                handled = event.account_id
                endpoint = self._deliver_due(endpoint, event.account_id)
                if endpoint.status is not EndpointStatus.ACTIVE:
                    return True
            handled = event.account_id
        return True

    def _deliver_due(self, endpoint: Endpoint, account_id: str) -> Endpoint:
        """Deliver one account's events; return the endpoint as it is known afterwards."""
        for _ in range(_MAX_PER_ACCOUNT):
            event = event_store.next_event(account_id)
            if event is None or not may_try(event, endpoint, clock.epoch(clock.now())):
                return endpoint
            if endpoint.supplier_id in self._unavailable:
                return endpoint
            if self._is_out_of_time():
                break
            claim_id = uuid.uuid4().hex
            try:
                event = event_store.claim(event, claim_id, attempts_so_far(event, endpoint) + 1)
                endpoint, is_delivered = self._deliver(endpoint, event, claim_id)
            except ClaimLost:
                # Its owner looks again after it; so nothing that came meanwhile is forgotten.
                return endpoint
            if not is_delivered:
                return endpoint
        wake_deliverer_for([account_id])
        return endpoint

    def _deliver(self, endpoint: Endpoint, event: WaitingEvent, claim_id: str) -> tuple[Endpoint, bool]:
        set_correlation_id(event.correlation_id)
        if event.attempts > MAX_ATTEMPTS:
            # It killed every worker that took it.
            return self._end(endpoint, event, claim_id, "exhausted", event.failure), False
        outcome = _call(endpoint, event)
        if outcome.result is DeliveryResult.DELIVERED:
            event_store.mark_delivered(event, claim_id, outcome.http_status)
            log_event(
                Event.WEBHOOK_DELIVERED, supplier_id=endpoint.supplier_id, event_id=event.event_id,
                kind=event.kind.value, attempts=event.attempts,
            )  # fmt: skip
            return endpoints.record_success(endpoint), True
        if outcome.result is DeliveryResult.GONE:
            return self._end(endpoint, event, claim_id, "gone", outcome.failure), False
        pause = retry_after(event.attempts, outcome.retry_after)
        if pause is None:
            return self._end(endpoint, event, claim_id, "exhausted", outcome.failure), False
        return self._postpone(endpoint, event, claim_id, outcome, pause), False

    def _postpone(
        self, endpoint: Endpoint, event: WaitingEvent, claim_id: str, outcome: _Outcome, pause: int
    ) -> Endpoint:
        if outcome.is_unavailable:
            self._unavailable.add(endpoint.supplier_id)
        event_store.reschedule(event, claim_id, pause_seconds=pause, failure=outcome.failure)
        until = clock.epoch(clock.now()) + UNAVAILABLE_PAUSE_SECONDS if outcome.is_unavailable else 0
        endpoint = endpoints.record_failure(endpoint, outcome.failure, until)
        log_event(
            Event.WEBHOOK_POSTPONED, supplier_id=endpoint.supplier_id, event_id=event.event_id,
            failure=outcome.failure, attempts=event.attempts, pause_seconds=pause,
        )  # fmt: skip
        wake_deliverer_for([event.account_id], delay_seconds=pause)
        return endpoint

    def _end(
        self, endpoint: Endpoint, event: WaitingEvent, claim_id: str, reason: str, failure: str
    ) -> Endpoint:
        # First the endpoint: a crash in between leaves a claim that expires by itself.
        endpoints.end(endpoint, reason)
        event_store.reschedule(event, claim_id, pause_seconds=0, failure=failure)
        return endpoint.model_copy(update={"status": EndpointStatus.ENDED})

    def _is_out_of_time(self) -> bool:
        return self.seconds_left() < _SECONDS_FOR_A_CALL


def _call(endpoint: Endpoint, event: WaitingEvent) -> _Outcome:
    """Make the call, signed at this moment by every key that counts now."""
    body, now = event.body.encode(), clock.now()
    try:
        keys = signing_keys(endpoint.secret, now)
    except SecretUnreadable:
        return _Outcome(DeliveryResult.FAILED, failure="secret_unreadable", is_unavailable=True)
    proof = headers(event.event_id, clock.epoch(now), body, keys)
    try:
        answer = post(endpoint.url, body, _with_content(proof))
    except TargetRejected:
        log_error(Event.WEBHOOK_REFUSED, supplier_id=endpoint.supplier_id, code="address_refused")
        return _Outcome(DeliveryResult.FAILED, failure="address_refused", is_unavailable=True)
    except TargetUnreachable:
        return _Outcome(DeliveryResult.FAILED, failure="unreachable", is_unavailable=True)
    result = delivery_result(answer.status)
    failure = "" if result is DeliveryResult.DELIVERED else f"http_{answer.status}"
    return _Outcome(result, answer.status, failure, answer.retry_after, is_unavailable_status(answer.status))


def _with_content(proof: Mapping[str, str]) -> dict[str, str]:
    return {"Content-Type": "application/json", "User-Agent": _AGENT} | dict(proof)
