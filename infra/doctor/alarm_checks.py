"""Alarms: as many as the template has, none ringing, and somebody subscribed to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.doctor.check import Check, Issue, Skipped
from infra.doctor.trigger_checks import subscriptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.doctor.installation import Installation

_UNHEARD = ("PendingConfirmation", "Deleted")


def checks(installation: Installation) -> Iterator[Check]:
    """Return the checks of alarms."""
    # Those of new versions tell a rollout alone. The local AWS makes no alarm over several metrics.
    declared = [
        name
        for name, properties in installation.template.resources("AWS::CloudWatch::Alarm")
        if "AlarmActions" in properties and not (installation.is_local and "Metrics" in properties)
    ]
    wanted = {installation.names[name]: name for name in declared if installation.exists(name)}
    yield Check(
        "alarms", "alarms", f"{len(wanted)}, all on, none rings",
        lambda: examine_alarms(
            _alarms(installation), wanted, installation.names["Alarms"], installation.redeploy()
        ),
    )  # fmt: skip
    yield Check("alarms", "subscriber", "somebody hears them", lambda: examine_subscriber(installation))


def examine_alarms(
    found: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, str], topic: str, redeploy: str
) -> Iterator[Issue]:
    """Yield alarms that are missing, off, silent or ringing; `wanted` maps names to logical ids."""
    for name, logical_id in wanted.items():
        alarm = found.get(name)
        if alarm is None:
            yield Issue(f"there is no {logical_id}", redeploy)
        elif not alarm["ActionsEnabled"]:
            yield Issue(f"{logical_id} is off", f"aws cloudwatch enable-alarm-actions --alarm-names {name}")
        elif topic not in alarm["AlarmActions"]:
            yield Issue(f"{logical_id} tells nobody", redeploy)
        elif alarm["StateValue"] == "ALARM":
            yield Issue(f"{logical_id} rings", f"docs/alarms.md: {logical_id}")


def examine_subscriber(installation: Installation) -> Iterator[Issue]:
    """Yield an issue if nobody is subscribed to the topic of alarms."""
    topic = installation.names["Alarms"]
    there = list(subscriptions(installation, topic))
    if installation.is_local and not there:
        raise Skipped("the local stack tells nobody of its alarms")
    if not there:
        yield Issue(
            "nobody hears the alarms",
            f"./cabinet deploy --stack {installation.stack} --parameter AlarmEmail=…, then confirm by mail",
        )
    elif all(each["SubscriptionArn"] in _UNHEARD for each in there):
        who = ", ".join(each["Protocol"] for each in there)
        yield Issue(f"no subscription ({who}) is confirmed", "open the link in AWS's mail, or subscribe anew")


def _alarms(installation: Installation) -> dict[str, Mapping[str, Any]]:
    pages = (
        installation.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmNamePrefix=f"{installation.stack}-")
    )
    return {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}
