"""Runs a schedule of the template now, and waits until the work that it started is done."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from infra.local.deployment import client

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.build.template import Template

_DRAIN_SECONDS = 120
MESSAGE_QUEUES = ("MailQueue", "PushQueue")
"""Jobs that send something to people, whatever has caused it."""
_MORE_INPUT = {"reconciliation": {"ahead_s": 2 * 3600}, "autopay": {"ahead_s": 2 * 86400}}
"""A schedule run by hand means now: an order need not first become due, a minute after checkout."""


class ScheduleFailedError(Exception):
    """The function that the schedule starts failed; the text is its error."""


def declared(template: Template) -> dict[str, tuple[str, str]]:
    """Return for each schedule's name the function's logical id and the input that it gets."""
    found = {}
    for logical_id, properties in template.resources("AWS::Serverless::Function"):
        for name, event in properties.get("Events", {}).items():
            if event["Type"] == "ScheduleV2":
                found[name.lower()] = (logical_id, event["Properties"]["Input"])
    return found


def run(endpoint: str, template: Template, names: Mapping[str, str], name: str) -> dict[str, Any]:
    """Invoke the schedule's function and wait for its queues to drain; return what the function said.

    Raises
    ------
    KeyError
        When the template has no schedule of that name.
    ScheduleFailedError
        When the function failed.
    """
    function, payload = declared(template)[name]
    answer = client(endpoint, "lambda").invoke(
        FunctionName=names[f"{function}Aliaslive"], Payload=json.dumps(schedule_input(name, payload)).encode()
    )
    said = json.loads(answer["Payload"].read() or "null")
    if "FunctionError" in answer:
        raise ScheduleFailedError(json.dumps(said, ensure_ascii=False))
    drained = drain(endpoint, names, queues_of(template, function))
    return {"schedule": name, "answer": said, "drained": drained}


def schedule_input(name: str, declared_input: str) -> dict[str, Any]:
    """Return the event of a schedule that is run by hand."""
    return {**json.loads(declared_input), **_MORE_INPUT.get(name, {})}


def queues_of(template: Template, function: str) -> list[str]:
    """Return the logical ids of the queues that carry a function's work on: its own, mail and pushes.

    A message that failed stays out of sight for half an hour; those of others must not be waited for.
    """
    own = dict(template.resources("AWS::Serverless::Function"))[function]["Events"].values()
    queues = [each["Properties"]["Queue"]["Fn::GetAtt"][0] for each in own if each["Type"] == "SQS"]
    return list(dict.fromkeys([*queues, *MESSAGE_QUEUES]))


def drain(endpoint: str, names: Mapping[str, str], logical_ids: Sequence[str]) -> bool:
    """Wait until none of the queues holds a message, twice in a row; return whether that happened."""
    sqs = client(endpoint, "sqs")
    queues = [names[logical_id] for logical_id in logical_ids]
    deadline = time.monotonic() + _DRAIN_SECONDS
    empty = 0
    while time.monotonic() < deadline:
        empty = empty + 1 if not any(_waiting(sqs, queue) for queue in queues) else 0
        if empty == 2:
            return True
        time.sleep(0.2)
    return False


def _waiting(sqs: Any, queue: str) -> int:  # noqa: ANN401 - boto3's client
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)
