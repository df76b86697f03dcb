"""Mail and push services of a large fan-out: who was queued and sent to, by workers that are killed.

The counts of each recipient are in arrays made before the run, so that counting takes no memory.
"""

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table
from cabinet.core import clock
from cabinet.core.contacts import recipient_hash
from cabinet.core.sharding import shard_for
from cabinet.notifications.channels.email import ses
from cabinet.outbound import connection
from cabinet.outbound.connection import Answer
from cabinet.outbox.emails import SHARDS
from tests.support.aws_calls import Call, Listener, heard_by
from tests.support.fanout_scenario import Killed, killable

LEASE_IS_OVER = timedelta(minutes=10)

type Serve = Callable[[str, str], None]
"""What a worker does for one person: the partition of the outbox, and who it is."""


class Tally(Listener):
    """How often each recipient's letter and push was written, and sent; `sent_first` in seconds by channel.

    A worker that is killed between the provider's answer and the note of it leaves a row that is sent once
    more; `unnoted` counts those kills. Nothing else may make a second copy.
    """

    def __init__(self, recipients: int) -> None:
        self.written = {"mail": bytearray(recipients), "push": bytearray(recipients)}
        self.sent = {"mail": bytearray(recipients), "push": bytearray(recipients)}
        self.sent_first: dict[str, float] = {}
        self.unnoted = 0
        self._begun = 0.0
        self._stopwatch: Callable[[], float] = float
        self._answered = threading.local()
        self._lock = threading.Lock()

    def seconds(self) -> float:
        """Return how long it runs."""
        return self._stopwatch() - self._begun

    def copies(self, shards: int, pushed: Iterable[int]) -> list[int]:
        """Return how often each letter and push of the outboxes' first shards was sent."""
        counted, pushes = self.sent["mail"], self.sent["push"]
        emails = (number for number in range(len(counted)) if _shard(_person(number)) < shards)
        browsers = (number for number in pushed if _shard(_user(number)) < shards)
        return [counted[number] for number in emails] + [pushes[number] for number in browsers]

    @contextmanager
    def running(self, monkeypatch: pytest.MonkeyPatch, stopwatch: Callable[[], float]) -> Iterator[None]:
        """Replace the providers and count, from now on by a clock of seconds."""
        self._begun, self._stopwatch = stopwatch(), stopwatch
        with heard_by(self), monkeypatch.context() as replaced:
            replaced.setattr(ses, "send", self._take_mail)
            replaced.setattr(connection, "post", self._take_push)
            yield

    def after(self, call: Call) -> None:
        """Count the rows that a transaction has written, and note that a worker has noted what it sent."""
        if call.is_refused:
            return
        if call.operation in ("TransactWriteItems", "DeleteItem"):
            self._answered.now = False
        if call.operation != "TransactWriteItems":
            return
        for action in call.parameters["TransactItems"]:
            item = action.get("Put", {}).get("Item")
            if item is not None:
                self._count_written(item)

    def _count_written(self, item: Item) -> None:
        kind = _text(item["pk"]).partition("#")[0]
        if kind == "OUTBOX":
            self._count(self.written["mail"], _text(item["to"]).partition("@")[0])
        elif kind == "PUSHBOX":
            self._count(self.written["push"], _text(item["user_id"]))

    def _take_mail(self, message: bytes, to: str, tags: Mapping[str, str | None]) -> str:
        self._take("mail", to.partition("@")[0])
        return "provider"

    def _take_push(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self._take("push", urlsplit(url).path.removeprefix("/"))
        return Answer(201)

    def _take(self, channel: str, user_id: str) -> None:
        self.sent_first.setdefault(channel, self.seconds())
        self._count(self.sent[channel], user_id)
        self._answered.now = True

    def _count(self, counted: bytearray, user_id: str) -> None:
        with self._lock:
            counted[int(user_id.removeprefix("u"))] += 1

    def note_kill(self) -> None:
        """Hear that this thread's worker was killed."""
        if getattr(self._answered, "now", False):
            self._answered.now = False
            with self._lock:
                self.unnoted += 1


def _text(value: Any) -> str:
    """Return a text as it is in an item, whether it was serialized or not."""
    return str(value["S"]) if isinstance(value, dict) else str(value)


class FirstWorker:
    """One worker of a channel's queue, from the publication until it has sent its first."""

    def __init__(self, channel: str, serve: Serve, tally: Tally) -> None:
        self._channel, self._serve, self._tally = channel, serve, tally
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def _work(self) -> None:
        sqs: Any = boto3.client("sqs")
        queue_url = os.environ[f"{self._channel.upper()}_QUEUE_URL"]
        while not (self._channel in self._tally.sent_first or self._is_over.is_set()):
            for message in sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=1).get("Messages", []):
                named = json.loads(message["Body"])
                self._serve(named["pk"], named["sk"].partition("#")[0])

    def close(self) -> None:
        """End the worker."""
        self._is_over.set()
        self._thread.join()


def waiting(partition: str, shards: int) -> list[tuple[str, str]]:
    """Return for whom something waits in the first shards of an outbox (``OUTBOX``, ``PUSHBOX``)."""
    return [
        (row["pk"], str(row["sk"]).partition("#")[0])
        for shard in range(shards)
        for row in dynamo.query_all(Table.MESSAGES, f"{partition}#{shard}", limit=1000)
    ]


def send_all(
    serve: Serve, people: Sequence[tuple[str, str]], tally: Tally, monkeypatch: pytest.MonkeyPatch,
    workers: int = 3,
) -> int:  # fmt: skip
    """Serve everyone; a person served by a killed worker is served again when its claim has expired.

    Return how many workers were killed.
    """
    kills, later, now = 0, timedelta(), clock.now
    while people:
        line: SimpleQueue[tuple[str, str]] = SimpleQueue()
        for each in people:
            line.put(each)
        with ThreadPoolExecutor(workers) as pool:
            lines = [pool.submit(_serve_line, serve, line, tally) for _ in range(workers)]
        people = [person for each in lines for person in each.result()]
        kills += len(people)
        later += LEASE_IS_OVER
        monkeypatch.setattr(clock, "now", partial(_later, now, later))
    return kills


def _later(now: Callable[[], datetime], by: timedelta) -> datetime:
    return now() + by


def _serve_line(serve: Serve, line: SimpleQueue[tuple[str, str]], tally: Tally) -> list[tuple[str, str]]:
    """Serve one after another until the queue is empty; return whose worker was killed."""
    unserved = []
    with suppress(Empty):
        while True:
            person = line.get_nowait()
            try:
                with killable():
                    serve(*person)
            except Killed:
                tally.note_kill()
                unserved.append(person)
    return unserved


def _user(number: int) -> str:
    return f"u{number:07d}"


def _person(number: int) -> str:
    return recipient_hash(f"{_user(number)}@example.com")


def _shard(person: str) -> int:
    return shard_for(person, SHARDS)
