"""The clock's jobs: each due moment once, again after a failure, given up after the last try."""

import json
from datetime import UTC, datetime

import boto3
import pytest
import time_machine

from infra.build.template import Template
from serve.consumer import queue_client
from serve.invocation import Invoker
from serve.manifest import Schedule, schedules
from serve.queue_gauges import EVENT_DEAD_LETTERS
from serve.scheduler import Scheduler
from serve.stopping import Stop
from tests.support.aws import Aws
from tests.support.recorded_jobs import MINUTELY, Recorded, failing

NOW = datetime(2026, 11, 27, 8, 15, 30, tzinfo=UTC)


def scheduler(invoker: Invoker) -> Scheduler:
    return Scheduler(MINUTELY, "UTC", invoker, queue_client(), Stop(30))


def test_several_processes_run_each_due_moment_once(aws: Aws) -> None:
    invoker = Recorded()
    processes = [scheduler(invoker) for _ in range(3)]
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(10):
            for process in processes:
                process.step()
            clock.shift(20)
    # 8:15:30 to 8:18:30, the minutes 15, 16, 17 and 18.
    assert invoker.events == [{"schedule": "job"}] * 4


def test_a_job_that_still_runs_is_not_started_beside_itself(aws: Aws) -> None:
    beside = Recorded()

    def long_run(_: object) -> None:
        scheduler(beside).step()
        clock.shift(20)  # the next minute has begun, and the lease is not over
        scheduler(beside).step()
        assert beside.events == []

    with time_machine.travel(NOW.replace(second=45), tick=False) as clock:
        invoker = Recorded(long_run)
        scheduler(invoker).step()
        scheduler(beside).step()
    assert (len(invoker.events), len(beside.events)) == (1, 1)


def test_a_failed_job_is_tried_again_and_then_given_up(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="event-dead-letters")["QueueUrl"]
    monkeypatch.setenv(EVENT_DEAD_LETTERS, url)
    invoker = Recorded(failing)
    daily = Schedule(MINUTELY.function, "job", "rate(1 day)", MINUTELY.input, 2, "Dead")
    process = Scheduler(daily, "UTC", invoker, queue_client(), Stop(30))
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(10):
            process.step()
            clock.shift(61)
    assert len(invoker.events) == 3
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"]) == {"schedule": "job"}


def test_what_was_due_before_the_first_start_is_left_out(aws: Aws) -> None:
    invoker = Recorded()
    stop = Stop(30)
    process = Scheduler(MINUTELY, "UTC", invoker, queue_client(), stop)
    steps = []

    def step() -> float:
        steps.append(Scheduler.step(process))
        stop.request()
        return 0

    process.step = step  # type: ignore[method-assign]
    with time_machine.travel(NOW, tick=False):
        process.run()
    assert len(steps) == 1
    assert invoker.events == []


def test_every_schedule_of_the_template_can_be_run(aws: Aws, template: Template) -> None:
    for schedule in schedules(template):
        stop = Stop(30)
        invoker = Invoker(schedule.function, stop, lambda: None)
        process = Scheduler(schedule, "Asia/Yekaterinburg", invoker, queue_client(), stop)
        assert process.step() > 0
        assert aws.table("MESSAGES_TABLE").get_item(
            Key={"pk": f"SERVE#LEASE#SCHEDULE#{schedule.name}", "sk": "-"}
        )["Item"]["done"]
