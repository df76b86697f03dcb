"""Entry of `reminders`: the schedule starts each supplier's day, the queue carries the shards of fan-outs."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from cabinet import clock
from cabinet.accounts.store import all_suppliers
from cabinet.batch import QueueProcessor
from cabinet.edge import event_entry
from cabinet.messaging import fanout
from cabinet.messaging.fanout import SecondsLeft, Visit
from cabinet.messaging.notices import mailing
from cabinet.messaging.reminders import visits
from cabinet.settings import Settings

_SECONDS_FOR_A_SHARD = 60

VISITS: dict[str, Visit] = {visits.KIND: visits.remind, mailing.KIND: mailing.mail_notice}


class ReminderSettings(Settings):
    """What the schedule needs to know."""

    local_stack: bool = False
    """On a laptop the schedule is run by hand, at any hour."""


@cache
def reminder_settings() -> ReminderSettings:
    """Return the settings, read once."""
    return ReminderSettings.load()


_processor = QueueProcessor()


@event_entry
def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - Lambda's own
    """Tell the schedule from the queue."""

    def seconds_left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    if event.get("schedule") == "reminders":
        is_by_hand = bool(event.get("by_hand")) or reminder_settings().local_stack
        return _visit_by_hand(seconds_left) if is_by_hand else _start_the_day()

    def work(record: SQSRecord) -> None:
        task = json.loads(record.body)
        fanout.work(task["job_id"], int(task["shard"]), VISITS, seconds_left)

    return process_partial_response(event, work, _processor, context)


def _start_the_day() -> dict[str, int]:
    """Start the day of every supplier whose morning has come, and help jobs whose messages were lost."""
    moment = clock.now()
    for supplier in all_suppliers():
        if visits.is_daytime(supplier, moment):
            fanout.start(visits.reminder_job(supplier, moment))
    return _dispatch_open()


def _visit_by_hand(seconds_left: SecondsLeft) -> dict[str, int]:
    """Visit everyone now, whatever the hour and even if today's visit is done: nobody is told twice.

    What the time allows is done here; the queue carries the rest.
    """
    moment = clock.now()
    suppliers = all_suppliers()
    for supplier in suppliers:
        day = visits.reminder_job(supplier, moment)
        job = replace(day, job_id=f"{day.job_id}-{clock.epoch(moment)}")
        fanout.start(job)
        for shard in range(job.shards):
            if seconds_left() > _SECONDS_FOR_A_SHARD:
                fanout.work(job.job_id, shard, VISITS, seconds_left)
    return {"visited": len(suppliers)} | _dispatch_open()


def _dispatch_open() -> dict[str, int]:
    jobs = list(fanout.open_jobs())
    for job in jobs:
        fanout.dispatch(job)
    return {"open": len(jobs)}
