"""The template's dead-letter queues, and where each one's messages come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.build.template import Template


@dataclass(frozen=True, slots=True)
class DeadLetterQueue:
    """A dead-letter queue by its logical id, with all that feeds it.

    `queues` are redriven into it by SQS itself; `functions` leave in it their asynchronous invocations that
    failed; `schedules` (function, event) what EventBridge Scheduler could not deliver.
    """

    logical_id: str
    queues: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    schedules: list[tuple[str, str]] = field(default_factory=list)


def dead_letter_queues(template: Template) -> dict[str, DeadLetterQueue]:
    """Return every queue that the template names as a place for what failed."""
    found: dict[str, DeadLetterQueue] = {}

    def of(reference: Any) -> DeadLetterQueue:  # noqa: ANN401 - a JSON tree
        logical_id = reference["Fn::GetAtt"][0]
        return found.setdefault(logical_id, DeadLetterQueue(logical_id))

    for logical_id, queue in template.resources("AWS::SQS::Queue"):
        if "RedrivePolicy" in queue:
            of(queue["RedrivePolicy"]["deadLetterTargetArn"]).queues.append(logical_id)
    for logical_id, function in template.resources("AWS::Serverless::Function"):
        for target in _failure_targets(function):
            of(target).functions.append(logical_id)
        for name, event in function.get("Events", {}).items():
            if "DeadLetterConfig" in event.get("Properties", {}):
                of(event["Properties"]["DeadLetterConfig"]["Arn"]).schedules.append((logical_id, name))
    return found


def _failure_targets(function: dict[str, Any]) -> Iterator[Any]:
    """Yield where the failed asynchronous invocations of a function go."""
    destinations = function.get("EventInvokeConfig", {}).get("DestinationConfig", {})
    if "OnFailure" in destinations:
        yield destinations["OnFailure"]["Destination"]
    if "DeadLetterQueue" in function:
        yield function["DeadLetterQueue"]["TargetArn"]
