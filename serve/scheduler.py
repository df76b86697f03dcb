"""Starts functions by the clock: each due moment once, though several processes run (docs/adr/0052)."""

from __future__ import annotations

import json
import os
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from botocore.exceptions import BotoCoreError, ClientError

from cabinet.aws.event_handler import InvocationFailed
from cabinet.aws.failures import error_location, service_code
from cabinet.core import clock
from cabinet.core.errors import ServiceUnavailable
from cabinet.core.logging import Event, log_error, log_event
from serve import leases
from serve.leases import LEASE_SECONDS, Lease, LeaseLost, NotClaimed
from serve.queue_gauges import EVENT_DEAD_LETTERS
from serve.schedule_rules import last_due

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_sqs import SQSClient

    from serve.invocation import Invoker
    from serve.manifest import Schedule
    from serve.stopping import Stop

type _LogFields = dict[str, str | int]

_POLL_SECONDS = 1.0
_BUSY_SECONDS = 5.0
_RETRY_SECONDS = 60


class Scheduler:
    """One schedule in this process."""

    def __init__(
        self, schedule: Schedule, zone: str, invoker: Invoker, client: SQSClient, stop: Stop
    ) -> None:
        self._schedule = schedule
        self._last_due = last_due(schedule.expression, ZoneInfo(zone))
        self._invoker = invoker
        self._client = client
        self._stop = stop
        self._known_done = ""

    @property
    def _name(self) -> str:
        return f"SCHEDULE#{self._schedule.name}"

    def run(self) -> None:
        """Work until a stop is asked for."""
        pause = 0.0
        is_known = False
        while not self._stop.wait(pause):
            try:
                if not is_known:
                    leases.skip_past_due_if_new(self._name, self._due())
                    is_known = True
                pause = self.step()
            except ServiceUnavailable:
                pause = _BUSY_SECONDS  # storage has logged why
            except (BotoCoreError, ClientError) as error:
                log_error(
                    Event.LOOP_POSTPONED, loop=self._schedule.name, code=service_code(error),
                    place=error_location(error.__traceback__),
                )  # fmt: skip
                pause = _BUSY_SECONDS

    def step(self) -> float:
        """Do what is due, if it is ours to do; return after how many seconds to look again."""
        due = self._due()
        if due <= self._known_done:
            return _POLL_SECONDS
        found = leases.claim(self._name, due)
        if found is NotClaimed.BUSY:
            return _BUSY_SECONDS
        if isinstance(found, Lease):
            self._run_due(found)
            return _POLL_SECONDS
        self._known_done = due
        return _POLL_SECONDS

    def _due(self) -> str:
        due = self._last_due(clock.now())
        return (due or datetime.fromtimestamp(0, UTC)).isoformat()

    def _run_due(self, lease: Lease) -> None:
        event = json.loads(self._schedule.input)
        fields: _LogFields = {"schedule": self._schedule.name, "due": lease.version, "attempt": lease.attempt}
        try:
            with _renewed(lease):  # no longer: a renewal after the end would undo it
                self._invoker.invoke(event, lease.seconds_left)
            lease.finish()
            log_event(Event.SCHEDULE_DONE, **fields)
        except InvocationFailed:
            self._retry(lease, event, fields)
        except LeaseLost:
            log_event(Event.SCHEDULE_LEASE_LOST, **fields)

    def _retry(self, lease: Lease, event: object, fields: _LogFields) -> None:
        """Schedule a retry or give up; if the lease is lost, its new owner decides."""
        with suppress(LeaseLost):
            if lease.attempt <= self._schedule.retries:
                lease.reschedule(_RETRY_SECONDS)
                return
            self._send_to_dead_letters(event)
            lease.finish()
            log_error(Event.SCHEDULE_GIVEN_UP, **fields)

    def _send_to_dead_letters(self, event: object) -> None:
        if url := os.environ.get(EVENT_DEAD_LETTERS):
            self._client.send_message(QueueUrl=url, MessageBody=json.dumps(event))


@contextmanager
def _renewed(lease: Lease) -> Iterator[None]:
    """Keep a lease while the context lasts; one that is lost has no time left."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(LEASE_SECONDS / 3):
            try:
                lease.renew()
            except LeaseLost:
                return
            except (ServiceUnavailable, BotoCoreError, ClientError):
                continue  # until its time is over; storage has logged why

    keeping = threading.Thread(target=keep, name=f"lease {lease.name}", daemon=True)
    keeping.start()
    try:
        yield
    finally:
        done.set()
        keeping.join()
