"""Fan-out: one job covers everyone who has bound an account of a supplier, a house, or one account.

A job is cut into shards; each goes page by page and notes after each how far it has come, so a killed
worker's successor continues from there, and a second worker in the same shard yields. A page's work must be
idempotent: it is done at least once.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from cabinet.accounts.keys import GSI_BY_ACCOUNT, GSI_BY_HOUSE, GSI_BY_SHARD
from cabinet.accounts.store import SHARDS
from cabinet.aws import dynamo, queues
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Item, Key, Page, Table, Transaction, key_attributes
from cabinet.aws.queues import Queue
from cabinet.core import clock
from cabinet.core.errors import Conflict
from cabinet.core.logging import Event, log_event
from cabinet.core.remaining_time import SecondsLeft

RETENTION = timedelta(days=14)
_OPEN = "FANOUTS"
_PAGE_SIZE = 99
_HOUSE_PAGE = 20
_STALLED_AFTER_SECONDS = 600
_SECONDS_FOR_A_PAGE = 30

_POSITION_UNCHANGED = "#after = :was"


class ShardTaken(Conflict):
    """Another worker has gone further in this shard."""


class AlreadyStarted(Conflict):
    """The job exists."""


@dataclass(frozen=True, slots=True)
class FanoutJob:
    """What is done for everyone: `kind` names its handler, `params` are its own (JSON-able).

    The audience is the whole supplier unless `house` or `account_id` narrows it.
    """

    job_id: str
    kind: str
    supplier_id: str
    params: dict[str, Any] = field(default_factory=dict)
    house: str | None = None
    account_id: str | None = None
    not_before: int = 0
    """Epoch second before which it is not dispatched."""

    @property
    def shards(self) -> int:
        """Return into how many parts the audience falls."""
        return SHARDS if self.house is None and self.account_id is None else 1


type PageHandler = Callable[[FanoutJob, Sequence[Item]], None]
"""What a job does with a page of binding items."""


# ------------------------------------------------------------------ starting


def add_job(transaction: Transaction, job: FanoutJob) -> None:
    """Add the job to the transaction of the change that it is about; then `dispatch` it after the commit."""
    expires_at = clock.epoch(clock.now() + RETENTION)
    described = json.dumps(asdict(job), ensure_ascii=False)
    job_row = {**key_attributes(_job_key(job.job_id)), "job": described, "expires_at": expires_at}
    transaction.put(Table.MESSAGES, job_row, condition=IS_ABSENT, on_conflict=AlreadyStarted)
    open_row = {"pk": _OPEN, "sk": job.job_id, "job": described}
    transaction.put(Table.MESSAGES, open_row, condition=IS_ABSENT, on_conflict=AlreadyStarted)


def start(job: FanoutJob) -> bool:
    """Write the job unless it exists; return whether it is this call's."""
    if dynamo.get(Table.MESSAGES, _job_key(job.job_id)) is not None:
        return False
    transaction = Transaction()
    add_job(transaction, job)
    try:
        transaction.commit()
    except AlreadyStarted:
        return False
    log_event(Event.FANOUT_STARTED, job_id=job.job_id)
    return True


def dispatch(job: FanoutJob) -> None:
    """Send a message for each shard that is neither done nor on its way; close the job when all are done."""
    now = clock.epoch(clock.now())
    if now < job.not_before:
        return
    for shard, row in enumerate(_progress(job)):
        is_moving = row is not None and (row["done"] or row["moved_at"] > now - _STALLED_AFTER_SECONDS)
        if not is_moving:
            _send(job.job_id, shard)
    # The last shard's worker may have been killed after its last page and before it closed the job.
    _close_if_done(job)


def open_jobs() -> Iterator[FanoutJob]:
    """Yield the jobs that are not done: started ones, and those whose messages were lost."""
    for row in dynamo.query_all(Table.MESSAGES, _OPEN):
        yield FanoutJob(**json.loads(row["job"]))


# ------------------------------------------------------------------ working


def process_shard(
    job_id: str, shard: int, handlers: Mapping[str, PageHandler], seconds_left: SecondsLeft
) -> None:
    """Continue with one shard of a job until it is done or time is short; then it continues itself by SQS."""
    job_row, progress = dynamo.batch_get(
        [(Table.MESSAGES, _job_key(job_id)), (Table.MESSAGES, _shard_key(job_id, shard))], consistent=True
    )
    if job_row is None or (progress and progress["done"]):
        return None
    job = FanoutJob(**json.loads(job_row["job"]))
    after: Item | None = json.loads(progress["after"]) if progress else None
    try:
        while True:
            page = _page(job, shard, after)
            if page.items:
                handlers[job.kind](job, page.items)
            _save_position(job, shard, after, page.next_key, is_first=progress is None and after is None)
            log_event(Event.FANOUT_PAGE, job_id=job_id, shard=shard, size=len(page.items))
            if page.next_key is None:
                break
            after = page.next_key
            if seconds_left() < _SECONDS_FOR_A_PAGE:
                return _send(job_id, shard)
    except ShardTaken:
        return None
    return _close_if_done(job)


def _page(job: FanoutJob, shard: int, after: Item | None) -> Page:
    if job.account_id is not None:
        return dynamo.query(Table.USERS, job.account_id, index=GSI_BY_ACCOUNT, after=after, limit=_PAGE_SIZE)
    if job.house is not None:
        accounts = dynamo.query(Table.ACCOUNTS, job.house, index=GSI_BY_HOUSE, after=after, limit=_HOUSE_PAGE)
        bindings = [
            binding
            for account in accounts.items
            for binding in dynamo.query_all(Table.USERS, account["account_id"], index=GSI_BY_ACCOUNT)
        ]
        return Page(bindings, accounts.next_key)
    partition = f"BINDINGS#{job.supplier_id}#{shard}"
    return dynamo.query(Table.USERS, partition, index=GSI_BY_SHARD, after=after, limit=_PAGE_SIZE)


def _save_position(
    job: FanoutJob, shard: int, was: Item | None, after: Item | None, *, is_first: bool
) -> None:
    """Note how far the shard has come, unless another worker has noted something since; raises ShardTaken."""
    moment = clock.now()
    row = {
        **key_attributes(_shard_key(job.job_id, shard)),
        "after": json.dumps(after),
        "done": after is None,
        "moved_at": clock.epoch(moment),
        "expires_at": clock.epoch(moment + RETENTION),
    }
    if is_first:
        dynamo.put(Table.MESSAGES, row, condition=IS_ABSENT, on_conflict=ShardTaken)
    else:
        dynamo.put(
            Table.MESSAGES, row, condition=_POSITION_UNCHANGED, on_conflict=ShardTaken, was=json.dumps(was)
        )


def _close_if_done(job: FanoutJob) -> None:
    if all(row is not None and row["done"] for row in _progress(job)):
        try:
            dynamo.delete(Table.MESSAGES, (_OPEN, job.job_id), condition=IS_PRESENT, on_conflict=Conflict)
        except Conflict:
            return
        log_event(Event.FANOUT_DONE, job_id=job.job_id)


def _progress(job: FanoutJob) -> list[Item | None]:
    keys = [(Table.MESSAGES, _shard_key(job.job_id, shard)) for shard in range(job.shards)]
    return dynamo.batch_get(keys, consistent=True)


def _job_key(job_id: str) -> Key:
    return f"FANOUT#{job_id}", "JOB"


def _shard_key(job_id: str, shard: int) -> Key:
    return f"FANOUT#{job_id}", f"SHARD#{shard:02d}"


def _send(job_id: str, shard: int) -> None:
    queues.send(Queue.FANOUT, [{"job_id": job_id, "shard": shard}])
