"""A scenario of fan-outs: a supplier with many subscribers, written into the tables, and its workers."""

import itertools
import json
import os
import random
import resource
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path
from typing import Any

import boto3
import pytest

from cabinet import fanout
from cabinet.accounts.binding_store import binding_item
from cabinet.accounts.keys import SUPPLIERS_SHARD, account_key, supplier_key
from cabinet.accounts.model import Account, Address
from cabinet.accounts.supplier_model import ReadingWindow, Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.aws.dynamo.serialization import serialize_item
from cabinet.core.remaining_time import SecondsLeft
from cabinet.fanout import FanoutJob
from cabinet.identity.keys import profile_key, push_key, push_owner_key
from cabinet.identity.push_subscription_rules import PushSubscription, SubscriptionInput
from cabinet.metering.keys import meter_key
from cabinet.web_push.push_keys import current_push_key
from tests.support.aws_calls import Call, Listener, heard_by
from tests.support.factories.bound_accounts import PAYEE
from tests.support.pushes import KEYS

SUPPLIER_ID = "supplier"
DAY = "2026-11-23"
UNSUBSCRIBED_INTERVAL = 10
"""Every tenth subscriber has switched reminders off."""
PAGES_OF_A_WORKER = 20
MEMORY_CHECK_INTERVAL = 200
"""Calls between two readings of the memory."""


class Killed(BaseException):
    """A worker's process ends here: nothing catches it."""


def write_subscribers(accounts: int, threads: int = 4, *, push_interval: int = 0) -> int:
    """Write the supplier and subscribers with an account and a meter each; return how many want mail.

    Every `push_interval`-th has a browser that gets pushes; with 0 nobody has.
    """
    _write([(Table.ACCOUNTS, _supplier())])
    with ThreadPoolExecutor(threads) as pool:
        parts = batched(range(accounts), 500, strict=False)
        list(pool.map(lambda numbers: _write_batch(numbers, push_interval), parts))
    return sum(1 for number in range(accounts) if _wants(number))


def _wants(number: int) -> bool:
    return number % UNSUBSCRIBED_INTERVAL != 0


def _supplier() -> dict[str, Any]:
    made = Supplier(
        supplier_id=SUPPLIER_ID, name="УК", inn=PAYEE.inn, payees=[PAYEE], features=["notices"],
        reading_window=ReadingWindow(opens_day=15, closes_day=25),
    )  # fmt: skip
    pk, sk = supplier_key(SUPPLIER_ID)
    return {"pk": pk, "sk": sk, "shard": SUPPLIERS_SHARD, "shard_sk": pk} | made.model_dump(mode="json")


def _write_batch(numbers: tuple[int, ...], push_interval: int) -> None:
    items: list[tuple[Table, dict[str, Any]]] = []
    for number in numbers:
        account = Account(
            account_id=f"{SUPPLIER_ID}:{number:07d}", supplier_id=SUPPLIER_ID, number=f"{number:07d}",
            holder="Иванов И. И.", address=Address(house=f"{number // 100}", flat=f"{number}"),
        )  # fmt: skip
        user_id = f"u{number:07d}"
        binding = binding_item(user_id, account, datetime(2026, 1, 1, tzinfo=UTC))
        binding["mailings"] = {"receipts": False, "reminders": _wants(number), "notices": _wants(number)}
        pk, sk = account_key(account.account_id)
        account_row = {"pk": pk, "sk": sk} | account.model_dump(mode="json")
        pk, sk = meter_key(account.account_id, "m")
        meter = {"pk": pk, "sk": sk, "meter_id": "m", "number": "1", "service": "ХВС"}
        pk, sk = profile_key(user_id)
        profile: dict[str, Any] = {
            "pk": pk, "sk": sk, "user_id": user_id, "email": f"{user_id}@example.com",
        }  # fmt: skip
        if push_interval and number % push_interval == 0:
            profile["push_turn"] = 1
            items += _browser(user_id)
        items += [
            (Table.ACCOUNTS, account_row), (Table.ACCOUNTS, meter),
            (Table.USERS, profile), (Table.USERS, binding),
        ]  # fmt: skip
    _write(items)


def _browser(user_id: str) -> list[tuple[Table, dict[str, Any]]]:
    """Return the rows of a browser that gets a person's pushes."""
    given = SubscriptionInput(f"https://push.example.net/{user_id}", KEYS["p256dh"], KEYS["auth"])
    subscribed = PushSubscription(
        subscription_id=given.subscription_id, session_id="s", endpoint=given.endpoint, p256dh=given.p256dh,
        auth=given.auth, key_id=current_push_key().id, user_agent="Firefox",
        renewed_at="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    pk, sk = push_key(user_id, "s")
    owner_pk, owner_sk = push_owner_key(given.subscription_id)
    return [
        (Table.USERS, {"pk": pk, "sk": sk} | subscribed.model_dump()),
        (Table.USERS, {"pk": owner_pk, "sk": owner_sk, "user_id": user_id}),
    ]


def _write(items: list[tuple[Table, dict[str, Any]]]) -> None:
    for some in batched(items, 25, strict=False):
        requests: dict[str, Any] = {}
        for table, item in some:
            put = {"PutRequest": {"Item": serialize_item(item)}}
            requests.setdefault(table.physical_name, []).append(put)
        left: Any = requests
        while left:
            left = dynamo.dynamodb_client().batch_write_item(RequestItems=left).get("UnprocessedItems")


class CapacityCost(Listener):
    """Counts what the workers' calls read and write, watches the memory, and kills some of the workers.

    Capacity units are reckoned by AWS's rule from the items' length as JSON, which is a little too much.
    """

    def __init__(self, killed_share: float = 0.0, seed: int = 1) -> None:
        self.calls: Counter[str] = Counter()
        self.read = self.written = self.kills = 0
        self.read_units = self.write_units = 0.0
        self.megabytes: list[int] = []
        """The process's memory in the course of the work."""
        self.shard_megabytes: dict[int, int] = {}
        """The same when a worker has left a shard for the last time."""
        self._share = killed_share
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count (and kill) while the context lasts."""
        with heard_by(self):
            yield

    def note_shard(self, shard: int) -> None:
        """Look at the memory when a worker leaves a shard."""
        self.shard_megabytes[shard] = _memory()

    def before(self, call: Call) -> None:
        """Kill some of the workers before their call."""
        if self._is_fatal():
            raise Killed

    def after(self, call: Call) -> None:
        """Count a call that was done, and kill some of the workers after it."""
        if call.is_refused:
            return
        self._count(call.operation, call.parameters, call.answer)
        if self._is_fatal():
            raise Killed

    def _is_fatal(self) -> bool:
        with self._lock:
            fatal = getattr(_working, "now", False) and self._random.random() < self._share
            self.kills += fatal
            return fatal

    def _count(self, operation: str, parameters: Any, answer: Any) -> None:
        with self._lock:
            self.calls[operation] += 1
            if sum(self.calls.values()) % MEMORY_CHECK_INTERVAL == 0:
                self.megabytes.append(_memory())
            price = 1.0 if parameters.get("ConsistentRead") else 0.5
            match operation:
                case "Query":
                    self.read += len(answer["Items"])
                    self.read_units += price * _blocks(answer["Items"], 4096)
                case "GetItem":
                    self.read += 1
                    self.read_units += price * _blocks(answer.get("Item"), 4096)
                case "BatchGetItem":
                    for name, wanted in parameters["RequestItems"].items():
                        found = answer["Responses"].get(name, [])
                        price = 1.0 if wanted.get("ConsistentRead") else 0.5
                        absent = len(wanted["Keys"]) - len(found)
                        self.read += len(wanted["Keys"])
                        self.read_units += price * (absent + sum(_blocks(item, 4096) for item in found))
                case "PutItem" | "UpdateItem" | "DeleteItem":
                    self.written += 1
                    self.write_units += _blocks(parameters.get("Item"), 1024)
                case "TransactWriteItems":
                    actions = [each for action in parameters["TransactItems"] for each in action.values()]
                    self.written += len(actions)
                    self.write_units += 2 * sum(_blocks(each.get("Item"), 1024) for each in actions)


def _blocks(item: Any, size: int) -> int:
    return max(1, -(-len(json.dumps(item, ensure_ascii=False).encode()) // size))


def _memory() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 2**20


_working = threading.local()
"""Set in a worker's thread while it works, so that only workers are killed."""


@contextmanager
def killable() -> Iterator[None]:
    """Let this thread be a worker, which `CapacityCost` may kill, while the context lasts."""
    _working.now = True
    try:
        yield
    finally:
        _working.now = False


def work_off(workers: int, leave: Callable[[int], None] = lambda shard: None) -> None:
    """Let `workers` take tasks until none is left; a killed one's task comes again, as SQS would bring it.

    `leave` hears of each shard that a worker has left alive.
    """
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda _: _work(leave), range(workers)))


def _work(leave: Callable[[int], None]) -> None:
    from reminders.app import JOB_HANDLERS

    queue = os.environ["REMINDER_QUEUE_URL"]
    sqs: Any = boto3.client("sqs")
    while True:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1).get("Messages")
        if not found:
            return
        (message,) = found
        task = json.loads(message["Body"])
        try:
            with killable():
                fanout.process_shard(
                    task["job_id"], task["shard"], JOB_HANDLERS, _time_for(PAGES_OF_A_WORKER)
                )
        except Killed:
            sqs.change_message_visibility(
                QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
            continue
        leave(task["shard"])
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def _time_for(pages: int) -> SecondsLeft:
    """Return a worker's time, which is short after some pages: then the shard goes on through the queue."""
    asked = itertools.count(1)
    return lambda: 0.0 if next(asked) >= pages else 100.0


def hours_pass(
    workers: int, monkeypatch: pytest.MonkeyPatch, leave: Callable[[int], None] = lambda shard: None
) -> int:
    """Let the hourly schedule help what was given up, until no job is open; return how many hours it took.

    A shard whose workers were killed three times lies among the dead letters; the next hour sends it anew.
    """
    monkeypatch.setattr(fanout, "_STALLED_AFTER_SECONDS", 0)
    for hour in range(24):
        open_jobs = list(fanout.open_jobs())
        if not open_jobs:
            return hour
        for each in open_jobs:
            fanout.dispatch(each)
        work_off(workers, leave)
    raise AssertionError("a day was not enough")


def job(name: str) -> FanoutJob:
    """Return a reminders' job of the day."""
    return FanoutJob(name, "reminders", SUPPLIER_ID, {"day": DAY})


def emails() -> Counter[str]:
    """Return how many letters wait for each address."""
    found: Counter[str] = Counter()
    for shard in range(16):
        found.update(row["to"] for row in dynamo.query_all(Table.MESSAGES, f"OUTBOX#{shard}", limit=1000))
    return found
