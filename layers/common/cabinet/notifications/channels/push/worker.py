"""Sends one person's pushes: claim, ask whether it may be sent now, send to each browser, take it out.

Killed at any moment, a push stays in the outbox until each browser has it, or has unsubscribed.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cabinet.accounts.holders import needs_surname
from cabinet.accounts.keys import account_key, binding_key
from cabinet.accounts.model import Account
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Key, Table
from cabinet.core import clock
from cabinet.core.correlation import set_correlation_id
from cabinet.core.logging import Event, log_error, log_event
from cabinet.core.remaining_time import SecondsLeft
from cabinet.core.settings import http_settings
from cabinet.identity.keys import profile_key
from cabinet.identity.push_subscriptions import end_subscriptions, list_receiving
from cabinet.notifications.channels.push import push_store, sending
from cabinet.notifications.channels.push.model import QueuedPush
from cabinet.notifications.channels.push.push_rules import (
    Outcome,
    earliest_send_time,
    kind_of_push,
    next_push,
    push_skip_reason,
    retry_pause,
)
from cabinet.notifications.channels.push.push_store import PushClaimLost
from cabinet.notifications.channels.push.sending import PushContent
from cabinet.outbox.emails import SHARDS
from cabinet.outbox.pushes import wake_pusher_for

SECONDS_TO_SEND = 15
"""How long one push service may take to resolve its name, to connect and to answer."""
_MAX_PER_PERSON = 20


@dataclass(slots=True)
class Pusher:
    """One invocation's worker; `seconds_left` tells how long it may still work."""

    seconds_left: SecondsLeft
    taken: int = field(default=0, init=False)

    def send_for_user(self, pk: str, user_id: str) -> None:
        """Send what is due for one person, oldest first."""
        for _ in range(_MAX_PER_PERSON):
            push = next_push(push_store.list_for_user(pk, user_id), clock.epoch(clock.now()))
            if push is None:
                return
            if self.is_out_of_time():
                break
            claim_id = uuid.uuid4().hex
            try:
                self._process(push_store.claim(push, claim_id), claim_id)
            except PushClaimLost:
                # Its owner looks again after it; so nothing that came meanwhile is forgotten.
                return
        wake_pusher_for([(pk, f"{user_id}#")])

    def sweep(self, first_shard: int = 0) -> None:
        """Send to everyone whose pushes are due: lost messages, ended claims, retries, mornings."""
        for shard in range(SHARDS):
            served: set[str] = set()
            for push in push_store.waiting(first_shard + shard):
                if self.is_out_of_time():
                    return
                if push.user_id not in served and push.due_at <= clock.epoch(clock.now()):
                    served.add(push.user_id)
                    self._send_safely(push)

    def _send_safely(self, push: QueuedPush) -> None:
        # The outermost edge of one person's pushes, as the batch processor is for queued ones.
        try:
            self.send_for_user(push.pk, push.user_id)
        except Exception as error:  # noqa: BLE001
            log_error(Event.PUSH_POSTPONED, push_id=push.push_id, failure=type(error).__name__)

    def is_out_of_time(self) -> bool:
        """Tell whether too little is left to send one more push."""
        return self.seconds_left() < SECONDS_TO_SEND

    def _process(self, push: QueuedPush, claim_id: str) -> None:
        self.taken += 1
        set_correlation_id(push.correlation_id)
        profile, reason = _reason(push)
        if reason is not None or profile is None:
            push_store.close(push, claim_id)
            log_event(Event.PUSH_SKIPPED, push_id=push.push_id, template=push.template, reason=reason)
            return
        moment = clock.now()
        send_at = earliest_send_time(kind_of_push(push.template), moment, push.time_zone)
        # On a laptop it may be tried at night.
        if send_at > moment and not http_settings().local_stack:
            push_store.reschedule(
                push, claim_id, due_at=clock.epoch(send_at), attempts=push.attempts - 1,
                delivered=push.delivered,
            )  # fmt: skip
            return
        self._send(push, claim_id, profile)

    def _send(self, push: QueuedPush, claim_id: str, profile: Mapping[str, Any]) -> None:
        delivered, pause, is_cut = list(push.delivered), 0, False
        content = PushContent(kind_of_push(push.template), push.template, push.account_id)
        for each in list_receiving(profile):
            if each.subscription_id in delivered:
                continue
            if self.is_out_of_time():
                is_cut = True
                break
            result = sending.send(content, each, http_settings().site_origin, clock.now())
            if result.outcome is Outcome.RETRY:
                pause = max(pause, result.retry_after or 0, 1)
                _log_failure(push, result.failure)
                continue
            if result.outcome is Outcome.ENDED:
                end_subscriptions(push.user_id, [each])
            if result.outcome is Outcome.REFUSED:
                # Ours is the mistake, or the service is no push service: an engineer must look.
                log_error(
                    Event.PUSH_REFUSED,
                    push_id=push.push_id,
                    template=push.template,
                    failure=result.failure,
                    push_service=urlsplit(each.endpoint).hostname,
                )
            delivered.append(each.subscription_id)
        wait = retry_pause(push.attempts, pause) if pause else None
        if is_cut or wait is not None:
            attempts = push.attempts - 1 if is_cut and wait is None else push.attempts
            due_at = clock.epoch(clock.now()) + (wait or 0)
            push_store.reschedule(push, claim_id, due_at=due_at, attempts=attempts, delivered=delivered)
            wake_pusher_for([(push.pk, push.sk)], delay_seconds=wait or 0)
            return
        push_store.close(push, claim_id)
        event = Event.PUSH_GIVEN_UP if pause else Event.PUSH_SENT
        log_event(event, push_id=push.push_id, template=push.template, browsers=len(delivered))


def _reason(push: QueuedPush) -> tuple[Mapping[str, Any] | None, str | None]:
    """Read what the decision needs, in one batch; return the person's profile and why not to send, if so."""
    reads: list[tuple[Table, Key]] = [(Table.USERS, profile_key(push.user_id))]
    if push.account_id:
        reads.append((Table.USERS, binding_key(push.user_id, push.account_id)))
        reads.append((Table.ACCOUNTS, account_key(push.account_id)))
    profile, binding, account = (*dynamo.batch_get(reads, consistent=True), None, None)[:3]
    is_former = bool(binding and account and needs_surname(binding, Account.model_validate(account)))
    reason = push_skip_reason(push, clock.now(), profile=profile, binding=binding, is_former_holder=is_former)
    return profile, reason


def _log_failure(push: QueuedPush, failure: str) -> None:
    log_event(Event.PUSH_POSTPONED, push_id=push.push_id, template=push.template, failure=failure)
