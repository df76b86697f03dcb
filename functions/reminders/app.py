"""Entry of `reminders`: the schedule starts each supplier's day, the queue carries the shards of fan-outs."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cabinet import fanout
from cabinet.accounts.store import all_suppliers
from cabinet.aws.event_handler import event_handler
from cabinet.aws.sqs_batch import SafeBatchProcessor
from cabinet.core import clock
from cabinet.core.remaining_time import SecondsLeft
from cabinet.core.settings import Settings
from cabinet.fanout import PageHandler
from cabinet.notices import fanout as notice_fanout
from cabinet.notices import publications
from cabinet.reminders import runner

_SECONDS_FOR_A_SHARD = 60

JOB_HANDLERS: dict[str, PageHandler] = {
    runner.KIND: runner.run_page,
    notice_fanout.KIND: notice_fanout.mail_notice,
    notice_fanout.END_KIND: notice_fanout.mail_end,
}


class ReminderSettings(Settings):
    """What the schedule needs to know."""

    local_stack: bool = False
    """On a laptop the schedule is run by hand, at any hour."""


@cache
def reminder_settings() -> ReminderSettings:
    """Return the settings, read once."""
    return ReminderSettings.load()


_processor = SafeBatchProcessor()


@event_handler
def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - Lambda's own
    """Tell the schedule from the queue."""

    def seconds_left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    if event.get("schedule") == "reminders":
        is_by_hand = bool(event.get("by_hand")) or reminder_settings().local_stack
        return _run_now(seconds_left) if is_by_hand else _start_daily_jobs()

    def work(record: SQSRecord) -> None:
        task = json.loads(record.body)
        fanout.process_shard(task["job_id"], int(task["shard"]), JOB_HANDLERS, seconds_left)

    return process_partial_response(event, work, _processor, context)


def _start_daily_jobs() -> dict[str, int]:
    """Start the day of every supplier whose morning has come, and help what somebody has left unfinished."""
    publications.finish_interrupted()
    moment = clock.now()
    for supplier in all_suppliers():
        if runner.is_daytime(supplier, moment):
            fanout.start(runner.reminder_job(supplier, moment))
    return _dispatch_open_jobs()


def _run_now(seconds_left: SecondsLeft) -> dict[str, int]:
    """Remind everyone now, whatever the hour and even if today's run is done: nobody is mailed twice.

    What the time allows is done here; the queue carries the rest.
    """
    publications.finish_interrupted()
    moment = clock.now()
    suppliers = all_suppliers()
    for supplier in suppliers:
        day = runner.reminder_job(supplier, moment)
        job = replace(day, job_id=f"{day.job_id}-{clock.epoch(moment)}")
        fanout.start(job)
        for shard in range(job.shards):
            if seconds_left() > _SECONDS_FOR_A_SHARD:
                fanout.process_shard(job.job_id, shard, JOB_HANDLERS, seconds_left)
    return {"visited": len(suppliers)} | _dispatch_open_jobs()


def _dispatch_open_jobs() -> dict[str, int]:
    jobs = list(fanout.open_jobs())
    for job in jobs:
        fanout.dispatch(job)
    return {"open": len(jobs)}
