"""What a dead letter was before it died: the event, and the function that it was meant for.

Four shapes come to a queue of failed events: Lambda's record of a failed asynchronous invocation, the event
alone (a function's DeadLetterConfig), EventBridge Scheduler's input, and its request of Lambda.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.build.template import Tree
    from infra.doctor.installation import Installation


class Unreadable(Exception):
    """What the message was is not known; the text says why, without the message's words."""


@dataclass(frozen=True, slots=True)
class Original:
    """An event and the logical id of the function that it is for."""

    function: str
    event: Tree


def original_of(message: Mapping[str, Any], installation: Installation) -> Original:
    """Return what a message of a queue of failed events was; raises Unreadable."""
    body = _object(message["Body"])
    if "requestContext" in body and "functionArn" in body["requestContext"]:
        if not isinstance(body.get("requestPayload"), dict):
            raise Unreadable("Lambda kept no event with it (requestPayload)")
        return Original(_by_arn(body["requestContext"]["functionArn"], installation), body["requestPayload"])
    if "Payload" in body and "FunctionName" in body:
        payload = body["Payload"]
        return Original(
            _by_arn(body["FunctionName"], installation),
            _object(payload) if isinstance(payload, str) else payload,
        )
    target = message.get("MessageAttributes", {}).get("TARGET_ARN", {}).get("StringValue")
    if target:
        return Original(_by_arn(target, installation), body)
    return Original(_by_event(body, installation), body)


def message_kind(body: str) -> str:
    """Return in a few words what a message is about, without anything of what it says about people."""
    try:
        event = _object(body)
    except Unreadable:
        return "not JSON"
    if isinstance(event.get("requestPayload"), dict):
        event = event["requestPayload"]
    if isinstance(event.get("Payload"), str):
        event = _object(event["Payload"])
    if "schedule" in event:
        return f"schedule {event['schedule']}"
    record = _first_record(event)
    if record.get("eventSource") == "aws:s3":
        return "new file of a supplier"
    if record.get("EventSource") == "aws:sns":
        return "event of the mail"
    return f"message with {', '.join(sorted(key for key in event if key.isidentifier())[:6])}"


def _by_arn(arn: str, installation: Installation) -> str:
    """Return whose ARN or name it is, with or without the alias."""
    parts = arn.split(":")
    name = parts[6] if len(parts) > 6 else parts[0]
    for logical_id, _ in installation.template.resources("AWS::Serverless::Function"):
        if installation.names.get(logical_id) == name:
            return logical_id
    raise Unreadable("its function is not of this stack")


def _by_event(event: Tree, installation: Installation) -> str:
    """Return which function the template gives such an event to."""
    record = _first_record(event)
    match record.get("eventSource") or record.get("EventSource"):
        case "aws:s3":
            bucket = record["s3"]["bucket"]["name"]
            found = [
                function for function, _, each in installation.events("S3")
                if installation.names[each["Bucket"]["Ref"]] == bucket
            ]  # fmt: skip
        case "aws:sns":
            topic = record["Sns"]["TopicArn"]
            found = [
                function for function, _, each in installation.events("SNS")
                if installation.names[each["Topic"]["Ref"]] == topic
            ]  # fmt: skip
        case _:
            found = [
                function for function, _, each in installation.events("ScheduleV2")
                if json.loads(each["Input"]) == event
            ]  # fmt: skip
    if len(found) != 1:
        raise Unreadable("no one function of the template takes such an event")
    return found[0]


def _first_record(event: Tree) -> Tree:
    records = event.get("Records")
    first = records[0] if isinstance(records, list) and records else {}
    return first if isinstance(first, dict) else {}


def _object(text: str) -> Tree:
    try:
        parsed = json.loads(text)
    except ValueError:
        raise Unreadable("it is not JSON") from None
    if not isinstance(parsed, dict):
        raise Unreadable("it is not a JSON object")
    return parsed
