"""Queues: there, read by a function, with somewhere for what fails; dead letters counted."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from infra.doctor.check import Check, Issue
from infra.replay.dead_letters import dead_letter_queues

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.doctor.installation import Installation

_COMPARED = ("VisibilityTimeout", "MessageRetentionPeriod")


def checks(installation: Installation) -> Iterator[Check]:
    """Return one check a queue."""
    dead = dead_letter_queues(installation.template)
    for logical_id, declared in installation.template.resources("AWS::SQS::Queue"):
        if logical_id in dead:
            yield Check(
                "queues",
                logical_id,
                "no dead letters",
                partial(examine_dead_letters, installation, logical_id, declared),
            )
        else:
            yield Check(
                "queues",
                logical_id,
                "read by its function; what fails goes to its dead letters",
                partial(examine_queue, installation, logical_id, declared),
            )


def examine_queue(
    installation: Installation, logical_id: str, declared: Mapping[str, Any]
) -> Iterator[Issue]:
    """Yield what is wrong with a queue of a worker."""
    attributes = _attributes(installation, logical_id)
    if attributes is None:
        yield Issue("there is no such queue", installation.redeploy())
        return
    yield from _setting_issues(attributes, declared, installation.redeploy())
    yield from redrive_issues(installation, attributes, declared)
    consumers = [
        function for function, _, event in installation.events("SQS")
        if event["Queue"] == {"Fn::GetAtt": [logical_id, "Arn"]}
    ]  # fmt: skip
    if not consumers:
        yield Issue("the template has no function that reads it", "name it in a function's Events")
    for function in consumers:
        yield from consumer_issues(installation, logical_id, function)


def consumer_issues(installation: Installation, logical_id: str, function: str) -> Iterator[Issue]:
    """Yield whether a function really reads a queue."""
    found = installation.client("lambda").list_event_source_mappings(
        EventSourceArn=installation.queue_arn(logical_id)
    )["EventSourceMappings"]
    mappings = [each for each in found if each["FunctionArn"] == installation.function_arn(function)]
    if not mappings:
        yield Issue(f"nobody reads it: it has no event source mapping to {function}", installation.redeploy())
    for mapping in mappings:
        if mapping["State"] not in ("Enabled", "Enabling", "Updating"):
            command = f"aws lambda update-event-source-mapping --uuid {mapping['UUID']} --enabled"
            yield Issue(f"nobody reads it: the mapping to {function} is {mapping['State']}", command)


def redrive_issues(
    installation: Installation, attributes: Mapping[str, str], declared: Mapping[str, Any]
) -> Iterator[Issue]:
    """Yield a redrive policy that is not the template's."""
    wanted = declared.get("RedrivePolicy")
    if wanted is None:
        yield Issue(
            "the template gives it no redrive policy", "declare one: a message that fails is tried for days"
        )
        return
    policy = json.loads(attributes.get("RedrivePolicy") or "{}")
    (dead, _) = wanted["deadLetterTargetArn"]["Fn::GetAtt"]
    if policy.get("deadLetterTargetArn") != installation.queue_arn(dead):
        yield Issue(f"what fails does not go to {dead}: no redrive policy", installation.redeploy())
    elif int(policy["maxReceiveCount"]) != wanted["maxReceiveCount"]:
        yield Issue(f"it gives up after {policy['maxReceiveCount']} tries", installation.redeploy())


def examine_dead_letters(
    installation: Installation, logical_id: str, declared: Mapping[str, Any]
) -> Iterator[Issue]:
    """Yield how many messages failed every try and wait for a person."""
    attributes = _attributes(installation, logical_id)
    if attributes is None:
        yield Issue("there is no such queue", installation.redeploy())
        return
    yield from _setting_issues(attributes, declared, installation.redeploy())
    count = int(attributes["ApproximateNumberOfMessages"])
    if count:
        option = "" if installation.is_local else f" --stack {installation.stack}"
        yield Issue(
            f"{count} messages were given up after every try",
            f"mend what the log says of them, then ./cabinet replay --queue {logical_id}{option}",
        )


def _attributes(installation: Installation, logical_id: str) -> Mapping[str, str] | None:
    sqs = installation.client("sqs")
    try:
        found = sqs.get_queue_attributes(QueueUrl=installation.names[logical_id], AttributeNames=["All"])
    except sqs.exceptions.QueueDoesNotExist:
        return None
    attributes: Mapping[str, str] = found["Attributes"]
    return attributes


def _setting_issues(
    attributes: Mapping[str, str], declared: Mapping[str, Any], redeploy: str
) -> Iterator[Issue]:
    for name in _COMPARED:
        if name in declared and int(attributes[name]) != declared[name]:
            yield Issue(f"its {name} is {attributes[name]}, not {declared[name]}", redeploy)
