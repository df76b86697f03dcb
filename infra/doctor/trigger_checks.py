"""What starts functions: schedules, new files in the exchange bucket, SES's events."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from infra.doctor.check import Check, Issue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.doctor.installation import Installation


def checks(installation: Installation) -> Iterator[Check]:
    """Return a check a trigger."""
    unkept = " (the local AWS keeps no time zone of it)" if installation.is_local else ""
    for function, name, event in installation.events("ScheduleV2"):
        yield Check(
            "schedules",
            f"{function}{name}",
            f"enabled, starts {function}{unkept}",
            partial(examine_schedule, installation, function, name, event),
        )
    for function, _, event in installation.events("S3"):
        bucket = event["Bucket"]["Ref"]
        yield Check(
            "triggers",
            bucket,
            f"a new file starts {function}",
            partial(examine_notification, installation, function, event),
        )
    for function, _, event in installation.events("SNS"):
        yield Check(
            "triggers",
            event["Topic"]["Ref"],
            f"{function} hears it",
            partial(examine_subscription, installation, function, event),
        )


def examine_schedule(
    installation: Installation, function: str, name: str, declared: Mapping[str, Any]
) -> Iterator[Issue]:
    """Yield how a schedule differs from the template's."""
    scheduler = installation.client("scheduler")
    try:
        found = scheduler.get_schedule(Name=installation.names.get(f"{function}{name}", f"{function}{name}"))
    except scheduler.exceptions.ResourceNotFoundException:
        yield Issue("there is no such schedule", installation.redeploy())
        return
    if found["State"] != "ENABLED":
        yield Issue(
            f"it is {found['State']}",
            f"enable {found['Name']} (EventBridge Scheduler), or {installation.redeploy()}",
        )
    if found["ScheduleExpression"] != declared["ScheduleExpression"]:
        yield Issue(f"it runs at {found['ScheduleExpression']}", installation.redeploy())
    zone = installation.resolve(declared.get("ScheduleExpressionTimezone"))
    if zone and found.get("ScheduleExpressionTimezone") != zone and not installation.is_local:
        yield Issue(
            f"its time zone is {found.get('ScheduleExpressionTimezone')}, not {zone}", installation.redeploy()
        )
    target = found["Target"]
    if target["Arn"] != installation.function_arn(function):
        yield Issue(f"it starts {target['Arn']}, not {function}", installation.redeploy())
    if json.loads(target.get("Input") or "null") != json.loads(declared["Input"]):
        yield Issue("it starts the function with another input", installation.redeploy())
    (dead, _) = declared["DeadLetterConfig"]["Arn"]["Fn::GetAtt"]
    if target.get("DeadLetterConfig", {}).get("Arn") != installation.queue_arn(dead):
        yield Issue(f"what it cannot deliver does not go to {dead}", installation.redeploy())


def examine_notification(
    installation: Installation, function: str, declared: Mapping[str, Any]
) -> Iterator[Issue]:
    """Yield whether a new file starts a function."""
    bucket = installation.names[declared["Bucket"]["Ref"]]
    found = installation.client("s3").get_bucket_notification_configuration(Bucket=bucket)
    for each in found.get("LambdaFunctionConfigurations", []):
        rules = each.get("Filter", {}).get("Key", {}).get("FilterRules", [])
        filtered = {rule["Name"].lower(): rule["Value"] for rule in rules}
        wanted = {rule["Name"]: rule["Value"] for rule in declared["Filter"]["S3Key"]["Rules"]}
        is_ours = each["LambdaFunctionArn"] == installation.function_arn(function) and filtered == wanted
        if is_ours and declared["Events"] in each["Events"]:
            return
    yield Issue(f"a new file starts nothing: no notification to {function}", installation.redeploy())


def examine_subscription(
    installation: Installation, function: str, declared: Mapping[str, Any]
) -> Iterator[Issue]:
    """Yield whether a function is subscribed to a topic."""
    topic = installation.names[declared["Topic"]["Ref"]]
    if installation.function_arn(function) not in {
        each["Endpoint"] for each in subscriptions(installation, topic)
    }:
        yield Issue(f"{function} does not hear it", installation.redeploy())


def subscriptions(installation: Installation, topic: str) -> Iterator[Mapping[str, str]]:
    """Yield the subscribers of a topic."""
    for page in (
        installation.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    ):
        yield from page["Subscriptions"]
