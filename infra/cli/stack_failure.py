"""What a stack that could not be deployed says: which state it is in, what failed, which alarms ring."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONSEQUENCES = "cancelled"
"""CloudFormation's word for what stops because something else has failed."""


def last_event(cloudformation: Any, stack: str) -> str:  # noqa: ANN401 - boto3's client
    """Return the identifier of the stack's newest event; empty when there is no stack yet."""
    return next((each["EventId"] for each in _events(cloudformation, stack)), "")


def describe(cloudformation: Any, cloudwatch: Any, stack: str, last: str) -> str:  # noqa: ANN401
    """Tell what happened to the stack since the event `last`, why, and what to do."""
    events = itertools.takewhile(lambda each: each["EventId"] != last, _events(cloudformation, stack))
    failed = [each for each in events if each["ResourceStatus"].endswith("_FAILED")]
    if not failed:
        return "the stack could not be deployed, and nothing of it has changed; the reason is above"
    (described,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    lines = [_outcome(described["StackStatus"])]
    lines += [
        f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '')}"
        for each in reversed(failed)
        if _CONSEQUENCES not in each.get("ResourceStatusReason", "")
    ]
    lines += _ringing(cloudformation, cloudwatch, stack)
    return "\n".join(lines)


def _outcome(status: str) -> str:
    match status:
        case "UPDATE_ROLLBACK_COMPLETE":
            return (
                "the deployment was rolled back: every function answers by its previous version, and the "
                "site is the previous one. Mend what is named here and deploy again; an alarm that rang "
                "already, and that this deployment mends, is passed over by --at-once"
            )
        case "ROLLBACK_COMPLETE":
            return "the first deployment failed and left nothing: delete the stack, mend this, deploy again"
        case _:
            return f"the stack is in the state {status}: see its events, continue the rollback"


def _ringing(cloudformation: Any, cloudwatch: Any, stack: str) -> Iterator[str]:  # noqa: ANN401
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    names = {
        each["PhysicalResourceId"]: each["LogicalResourceId"]
        for page in pages
        for each in page["StackResourceSummaries"]
        if each["ResourceType"] == "AWS::CloudWatch::Alarm"
    }
    for batch in itertools.batched(names, 100, strict=False):
        found = cloudwatch.describe_alarms(AlarmNames=list(batch), StateValue="ALARM")
        for alarm in found["MetricAlarms"]:
            yield f"{names[alarm['AlarmName']]} rings: {alarm.get('AlarmDescription', '')}"


def _events(cloudformation: Any, stack: str) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """Yield the stack's events, the newest first; none when there is no stack."""
    from botocore.exceptions import ClientError

    try:
        for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack):
            yield from page["StackEvents"]
    except ClientError as error:
        if "does not exist" not in error.response["Error"]["Message"]:
            raise
