"""Entry of reconciliation: the schedule reconciles due orders; the rest continues through SQS."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cabinet.autopay import runner
from cabinet.aws import queues
from cabinet.aws.event_handler import event_handler
from cabinet.aws.queues import Queue
from cabinet.core import clock
from cabinet.core.gauges import Gauges
from cabinet.core.remaining_time import HasTime
from cabinet.payments import bank_outages, contract_check_requests, reconciliation
from cabinet.payments.keys import autopay_shards
from cabinet.payments.reconciliation import Report

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_RESERVE_MS = 40_000
"""Left for the last order (a bank's timeout) and the metrics."""

gauges = Gauges("reconciliation")


@event_handler
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Take a schedule's event or a batch of shards to continue with.

    ``ahead_s`` in a schedule's event asks also about orders that will be due within that many seconds.
    """

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > _RESERVE_MS

    if "Records" in event:
        return {"batchItemFailures": _process_queue(event["Records"], has_time)}
    if event.get("schedule") == "autopay":
        return _run_autopay(has_time, timedelta(seconds=event.get("ahead_s", 0)))
    now = clock.now()
    report = reconciliation.reconcile_all(now, has_time, timedelta(seconds=event.get("ahead_s", 0)))
    _enqueue_shards(report.unfinished)
    _measure(report)
    return _report_dict(report)


def _process_queue(records: list[dict[str, Any]], has_time: HasTime) -> list[dict[str, str]]:
    for record in records:
        task = json.loads(record["body"])
        if "check_bank" in task:
            contract_check_requests.run(task["check_bank"])
            continue
        shard = task["shard"]
        if shard in autopay_shards():
            _enqueue_shards(runner.run([shard], clock.now(), has_time).unfinished)
            continue
        report = reconciliation.run([shard], clock.now(), has_time)
        bank_outages.record(report.responses, clock.now())
        _enqueue_shards(report.unfinished)
    return []


def _run_autopay(has_time: HasTime, ahead: timedelta) -> dict[str, Any]:
    """Do what autopay rules decide now; the first run of a day leaves what it cannot do to the queue."""
    report = runner.run(autopay_shards(), clock.now(), has_time, ahead)
    _enqueue_shards(report.unfinished)
    return asdict(report)


def _enqueue_shards(shards: list[str]) -> None:
    queues.send(Queue.RECONCILIATION, [{"shard": shard} for shard in shards])


def _measure(report: Report) -> None:
    gauges.record(
        OldestDueOrderSeconds=reconciliation.oldest_due_seconds(clock.now()),
        BankOutageSeconds=bank_outages.record(report.responses, clock.now()),
        OrdersInReview=reconciliation.review_count(),
    )


def _report_dict(report: Report) -> dict[str, Any]:
    return {
        "visited": report.visited,
        "changed": report.changed,
        "callbacks_matched": report.callbacks_matched,
        "unfinished": report.unfinished,
    }
