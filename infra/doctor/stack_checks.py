"""The stack itself: its state, its outputs, its functions, the clock by which it goes."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from infra.doctor.check import Check, Issue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.doctor.installation import Installation

CLOCK_SECONDS = 5
_SETTLED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")


def checks(installation: Installation) -> Iterator[Check]:
    """Return the checks of the stack."""
    outputs = installation.template.tree["Outputs"]
    yield Check(
        "stack", installation.stack, f"deployed, {len(outputs)} outputs",
        lambda: examine_stack(_describe(installation), outputs, installation.redeploy()),
    )  # fmt: skip
    for logical_id, _ in installation.template.resources("AWS::Serverless::Function"):
        yield Check(
            "functions", logical_id, "active; its settings name this stack's tables and queues",
            partial(examine_function, installation, logical_id),
        )  # fmt: skip
    yield Check(
        "clock", "this machine", f"within {CLOCK_SECONDS} s of AWS's",
        lambda: examine_clock(*_moments(installation)),
    )  # fmt: skip


def examine_stack(described: Mapping[str, Any], outputs: Mapping[str, Any], redeploy: str) -> Iterator[Issue]:
    """Yield what is wrong with the stack's state and outputs."""
    status = described["StackStatus"]
    if status not in _SETTLED:
        yield Issue(
            f"its state is {status}",
            "see the stack's events in CloudFormation; wait, or continue the rollback",
        )
    elif "ROLLBACK" in status:
        yield Issue("the last deployment was rolled back", f"mend what its events name, then {redeploy}")
    there = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
    for name in outputs:
        if not there.get(name):
            yield Issue(f"there is no output {name}", redeploy)


def examine_function(installation: Installation, logical_id: str) -> Iterator[Issue]:
    """Yield what is wrong with the version of a function that the alias points to."""
    alias = installation.template.tree["Globals"]["Function"]["AutoPublishAlias"]
    found = installation.client("lambda").get_function_configuration(
        FunctionName=installation.names[logical_id], Qualifier=alias
    )
    if found.get("State", "Active") not in ("Active", "Inactive"):  # Inactive: nobody called it for long
        yield Issue(
            f"its state is {found['State']} ({found.get('StateReason', '')})", installation.redeploy()
        )
    if found.get("LastUpdateStatus", "Successful") == "Failed":
        yield Issue(f"its last change failed: {found.get('LastUpdateStatusReason')}", installation.redeploy())
    variables = found.get("Environment", {}).get("Variables", {})
    for name, value in sorted(installation.template.function_environment(installation.names).items()):
        is_of_stack = name.endswith(("_TABLE", "_QUEUE_URL", "_BUCKET", "_SECRET"))
        if is_of_stack and variables.get(name) != value:
            yield Issue(f"its {name} is not this stack's", installation.redeploy())


def examine_clock(here: datetime, there: datetime) -> Iterator[Issue]:
    """Yield the difference of two clocks when it is too big for signatures, codes and terms."""
    difference = (here - there).total_seconds()
    if abs(difference) > CLOCK_SECONDS:
        which = "ahead of" if difference > 0 else "behind"
        yield Issue(
            f"this machine's clock is {abs(difference):.0f} s {which} AWS's",
            "let it set itself by NTP (timedatectl set-ntp true)",
        )


def _moments(installation: Installation) -> tuple[datetime, datetime]:
    """Return the middle of a call by our clock and, to a second, by AWS's."""
    before = datetime.now(UTC)
    answer = installation.client("cloudformation").describe_stacks(StackName=installation.stack)
    after = datetime.now(UTC)
    return before + (after - before) / 2, parsedate_to_datetime(
        answer["ResponseMetadata"]["HTTPHeaders"]["date"]
    )


def _describe(installation: Installation) -> Mapping[str, Any]:
    found = installation.client("cloudformation").describe_stacks(StackName=installation.stack)
    described: Mapping[str, Any] = found["Stacks"][0]
    return described
