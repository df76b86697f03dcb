"""The template as SAM hands it to CloudFormation, and what must hold there: names that SAM adds by itself
are nowhere in `template.yaml`.
"""

from __future__ import annotations

import json
import re
import tempfile
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.build import executables
from infra.build.template import Template
from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCRIPT = Path(__file__).with_name("sam_transform.py")
_SAM_POLICIES = {
    f"arn:aws:iam::aws:policy/{name}"
    for name in (
        "service-role/AWSLambdaBasicExecutionRole",  # the log
        "service-role/AWSLambdaSQSQueueExecutionRole",  # Lambda reads the function's queue in its name
        "AWSXrayWriteOnlyAccess",
    )
}
_NAME_PROPERTIES = {
    "AWS::Scheduler::Schedule": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::Lambda::Function": "FunctionName",
}


def transform(template: Template) -> dict[str, Any]:
    """Return the template with SAM's resources in place; raises CommandError with the translator's words."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as given:
        json.dump(template.tree, given, default=str)
        given.flush()
        done = executables.run(
            executables.uvx(executables.SAM_TRANSLATOR, "python", str(_SCRIPT), given.name),
            {"AWS_DEFAULT_REGION": "eu-central-1"},
        )
    if done.returncode:
        raise CommandError(f"the template cannot be transformed:\n{done.stderr}")
    tree: dict[str, Any] = json.loads(done.stdout)
    return tree


def find_issues(tree: dict[str, Any]) -> Iterator[str]:
    """Name what would stop a second stack beside the first, or a second try after a failed first create.

    And what would stop any deployment (resources that wait for each other), or let a version take all
    requests unwatched.
    """
    try:
        TopologicalSorter(_dependencies(tree)).prepare()
    except CycleError as error:
        yield f"{' → '.join(reversed(error.args[1]))}: they wait for each other"
    for name, resource in tree["Resources"].items():
        properties = resource.get("Properties", {})
        attribute = _NAME_PROPERTIES.get(resource["Type"], "")
        if isinstance(properties.get(attribute), str):
            yield f"{name}: {attribute} {properties[attribute]} is the same in every stack of an account"
        if resource.get("DeletionPolicy") == "Retain" and resource["Type"] != "AWS::Lambda::Version":
            yield f"{name}: stays after a first create that failed, and stands in the way of the next"
        if "ReservedConcurrentExecutions" in properties:
            yield f"{name}: a new account's quota (10) leaves nothing to reserve"
        snap_start = properties.get("SnapStart", {}).get("ApplyOn", "None")
        if snap_start != "None" and properties.get("EphemeralStorage", {}).get("Size", 512) > 512:
            yield f"{name}: SnapStart is refused with more than 512 MB of storage"
        if resource["Type"] == "AWS::Lambda::Alias":
            yield from _find_unwatched(name, resource, tree)


def _find_unwatched(name: str, alias: dict[str, Any], tree: dict[str, Any]) -> Iterator[str]:
    """Name an alias that goes over without CodeDeploy, or whose new version no alarm of a rollout watches."""
    policy = alias.get("UpdatePolicy", {}).get("CodeDeployLambdaAliasUpdate")
    if policy is None:
        yield f"{name}: goes over to a new version at once, whatever happens"
        return
    group = tree["Resources"][policy["DeploymentGroupName"]["Ref"]]["Properties"]
    alarms = [each["Name"]["Ref"] for each in group["AlarmConfiguration"]["Alarms"]]
    watched = [
        dimension["Value"]
        for alarm in alarms
        for dimension in tree["Resources"][alarm]["Properties"].get("Dimensions", [])
        if dimension["Name"] == "ExecutedVersion"
    ]
    if alias["Properties"]["FunctionVersion"] not in watched:
        yield f"{name}: no alarm of its rollout watches the new version"


def _dependencies(tree: dict[str, Any]) -> dict[str, set[str]]:
    """Return what each resource waits for: all that it names, wherever it does."""
    return {name: _named(resource) & tree["Resources"].keys() for name, resource in tree["Resources"].items()}


def _named(value: Any) -> set[str]:  # noqa: ANN401 - a JSON tree
    if isinstance(value, list):
        return {name for part in value for name in _named(part)}
    if not isinstance(value, dict):
        return set()
    found = {name for part in value.values() for name in _named(part)}
    match value:
        case {"Ref": str(name)}:
            found.add(name)
        case {"Fn::GetAtt": [str(name), *_]}:
            found.add(name)
        case {"Fn::GetAtt": str(name)}:
            found.add(name.partition(".")[0])
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), *_]}:
            found |= set(re.findall(r"\$\{(\w+)[.}]", text))
        case {"DependsOn": str(name)}:
            found.add(name)
        case {"DependsOn": [*names]}:
            found |= set(names)
    return found


def find_permission_differences(template: Template, tree: dict[str, Any]) -> Iterator[str]:
    """Name each right that a function has beside those of the template, and each that it lacks of them.

    What the tests compare with a function's calls is what the template says (`tests/support/rights.py`).
    """
    for name, function in template.resources("AWS::Serverless::Function"):
        role = tree["Resources"][f"{name}Role"]["Properties"]
        for arn in role.get("ManagedPolicyArns", ()):
            if str(arn) not in _SAM_POLICIES:
                yield f"{name}: has the rights of {arn}"
        allowed = {_text(each) for policy in role.get("Policies", ()) for each in _statements(policy)}
        declared = {_text(each) for policy in function["Policies"] for each in policy["Statement"]}
        if "EventInvokeConfig" in function:
            queue = function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"]
            declared.add(_text({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue}))
        for each in sorted(allowed - declared):
            yield f"{name}: may also {each}"
        for each in sorted(declared - allowed):
            yield f"{name}: may not {each}"


def _statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def _text(statement: dict[str, Any]) -> str:
    return json.dumps(statement, sort_keys=True)
