"""Puts tables to use by the stack's parameters: copies instead of the stack's own, or its own again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from infra.build.sam import AT_ONCE, ROLLOUT, VERSION_PARAMETER, new_version_token
from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

_POLL_SECONDS = 5
_GOOD = ("UPDATE_COMPLETE", "CREATE_COMPLETE")


def parameter_of(logical_id: str) -> str:
    """Return the stack's parameter that names what is used instead of a table."""
    return f"Restored{logical_id}"


def swap(cloudformation: Any, stack: str, tables: Mapping[str, str]) -> None:  # noqa: ANN401 - boto3's client
    """Let the functions use these tables from now on: by logical id, an empty name is the stack's own.

    All of them change in one update, or none: CloudFormation rolls back what fails.

    Raises
    ------
    CommandError
        The update failed; what was in use is in use.
    """
    wanted = {parameter_of(logical_id): name for logical_id, name in tables.items()}
    # A new version, else the alias would stay at the one with the old tables; and all requests to it at once,
    # else some would write to the copies and some to the old tables.
    published = {VERSION_PARAMETER: new_version_token(), ROLLOUT: AT_ONCE}
    described = _wait(cloudformation, stack)
    there = {each["ParameterKey"]: each.get("ParameterValue", "") for each in described.get("Parameters", [])}
    missing = (wanted | published).keys() - there.keys()
    if missing:
        raise CommandError(f"the stack has no parameter {', '.join(sorted(missing))}: deploy it first")
    if all(there[name] == value for name, value in wanted.items()):
        return  # an earlier run did it
    wanted |= published
    cloudformation.update_stack(
        StackName=stack, UsePreviousTemplate=True,
        Parameters=[
            {"ParameterKey": name, "ParameterValue": wanted[name]}
            if name in wanted
            else {"ParameterKey": name, "UsePreviousValue": True}
            for name in there
        ],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )  # fmt: skip
    status = _wait(cloudformation, stack)["StackStatus"]
    if status not in _GOOD:
        raise CommandError(f"the stack was not changed ({status}), see its events; what was in use still is")


def _wait(cloudformation: Any, stack: str) -> Mapping[str, Any]:  # noqa: ANN401 - boto3's client
    """Wait while the stack is being changed, by us or another; return its description."""
    while True:
        (described,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        if not described["StackStatus"].endswith("_IN_PROGRESS"):
            last: Mapping[str, Any] = described
            return last
        time.sleep(_POLL_SECONDS)
