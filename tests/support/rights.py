"""What each function may do by template.yaml, and what it asks of AWS while the tests run.

A call that the function's policies do not allow fails its test at once. A right that no call needed is
reported at the end of a run that held all tests of the API (`tests/support/rights_report.py`). That SAM's
roles have these policies and no others, `cabinet check sam` looks at (`infra/build/transformed_template.py`).
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from infra.build.template import Template
from tests.support.aws_calls import Call, Listener, hear
from tests.support.current_function import current_function

type Right = tuple[str, str]
"""An action and the resource, or a pattern of resources, that it is done to."""

_PLACE = "arn:aws:{}:::"
_WRITES = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
_S3_ACTIONS = {
    "HeadObject": "GetObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
}
_ABSENT_OBJECT = {"404", "NoSuchKey"}

asked: dict[str, set[Right]] = {}
"""By function, what it has asked for since this process began."""
missing: list[str] = []
"""What a function has asked for without the right to it since somebody looked last."""


@functools.cache
def template_names() -> dict[str, str]:
    """Return what `Ref` and `GetAtt` give for the template's names: an ARN is made of the logical id."""
    template = Template.load()
    names = {"AWS::StackName": "cabinet", "AWS::AccountId": "", "AWS::Region": "", "AWS::Partition": "aws"}
    for logical_id, resource in template.tree["Resources"].items():
        names[logical_id] = logical_id
        match resource["Type"]:
            case "AWS::DynamoDB::Table":
                names[f"{logical_id}.Arn"] = f"{_PLACE.format('dynamodb')}table/{logical_id}"
            case "AWS::SQS::Queue":
                names[f"{logical_id}.Arn"] = f"{_PLACE.format('sqs')}{logical_id}"
            case "AWS::SecretsManager::Secret":
                names[f"{logical_id}.Id"] = f"{_PLACE.format('secretsmanager')}secret:{logical_id}"
            case "AWS::S3::Bucket" if "BucketName" in resource["Properties"]:
                names[logical_id] = template.resolve(resource["Properties"]["BucketName"], names)
                names[f"{logical_id}.Arn"] = f"{_PLACE.format('s3')}{names[logical_id]}"
    return names


@functools.cache
def granted() -> dict[str, set[Right]]:
    """Return by function each action with each pattern of resources that its policies allow."""
    template = Template.load()
    found = {}
    for _, function in template.resources("AWS::Serverless::Function"):
        statements = [each for policy in function["Policies"] for each in policy["Statement"]]
        found[function["Handler"].split(".")[0]] = {
            (action, resource)
            for statement in template.resolve(statements, template_names())
            if statement["Effect"] == "Allow"
            for action in _as_list(statement["Action"])
            for resource in _as_list(statement["Resource"])
        }
    return found


@functools.cache
def denied_keys() -> dict[str, set[tuple[str, str, str]]]:
    """Return by function each action on a table with the pattern of partitions that its policies deny."""
    template = Template.load()
    found = {}
    for _, function in template.resources("AWS::Serverless::Function"):
        statements = [each for policy in function["Policies"] for each in policy["Statement"]]
        found[function["Handler"].split(".")[0]] = {
            (action, resource, pattern)
            for statement in template.resolve(statements, template_names())
            if statement["Effect"] == "Deny"
            for action in _as_list(statement["Action"])
            for resource in _as_list(statement["Resource"])
            for pattern in statement["Condition"]["ForAnyValue:StringLike"]["dynamodb:LeadingKeys"]
        }
    return found


def _as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def is_allowed(right: Right, grants: set[Right]) -> bool:
    """Tell whether one of the granted rights covers what was asked."""
    return any(covers(grant, right) for grant in grants)


def covers(grant: Right, right: Right) -> bool:
    """Tell whether a granted right is the one that was asked for."""
    return grant[0] == right[0] and fnmatchcase(right[1], grant[1])


def who_may(action: str, resource: str) -> set[str]:
    """Return the functions that have a right."""
    return {function for function, grants in granted().items() if is_allowed((action, resource), grants)}


def unused(grants: dict[str, set[Right]], requests: dict[str, set[Right]]) -> list[str]:
    """Name each right that its function never asked for."""
    return [
        f"{function} never needs {action} on {resource}"
        for function, rights in sorted(grants.items())
        for action, resource in sorted(rights)
        if not any(covers((action, resource), right) for right in requests.get(function, ()))
    ]


def needed(service: str, operation: str, parameters: dict[str, Any]) -> Iterator[Right]:
    """Tell which rights a call needs."""
    match service:
        case "dynamodb":
            yield from _table_rights(operation, parameters)
        case "s3":
            yield from _bucket_rights(operation, parameters)
        case "sqs":
            queue = _logical_name(parameters["QueueUrl"])
            yield f"sqs:{operation.removesuffix('Batch')}", f"{_PLACE.format('sqs')}{queue}"
        case "secretsmanager":
            secret = _logical_name(parameters["SecretId"])
            yield f"secretsmanager:{operation}", f"{_PLACE.format('secretsmanager')}secret:{secret}"
        case "sesv2":
            # SES looks for the older action too where the message is a raw one.
            for action in ("ses:SendEmail", "ses:SendRawEmail"):
                yield action, f"{_PLACE.format('ses')}identity/cabinet.example.ru"
                yield action, f"{_PLACE.format('ses')}configuration-set/MailConfiguration"
        case _:
            raise AssertionError(f"which right does {service}.{operation} need?")


def _table_rights(operation: str, parameters: dict[str, Any]) -> Iterator[Right]:
    if operation == "TransactWriteItems":
        for each in parameters["TransactItems"]:
            ((kind, action),) = each.items()
            yield f"dynamodb:{_WRITES[kind]}", _table(action["TableName"])
    elif "RequestItems" in parameters:
        for table in parameters["RequestItems"]:
            yield f"dynamodb:{operation}", _table(table)
    else:
        index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
        yield f"dynamodb:{operation}", _table(parameters["TableName"]) + index


def _table(name: str) -> str:
    return f"{_PLACE.format('dynamodb')}table/{_logical_name(name)}"


def _bucket_rights(operation: str, parameters: dict[str, Any]) -> Iterator[Right]:
    bucket = f"{_PLACE.format('s3')}{_logical_name(parameters['Bucket'])}"
    if operation == "ListObjectsV2":
        yield "s3:ListBucket", bucket
    elif operation == "CreateBucket":
        # So botocore calls a form that is signed for a browser: of a request's file, or of a registry.
        yield "s3:PutObject", f"{bucket}/{'desk' if 'exchange' in bucket else 'uploads'}/1"
    elif operation == "CopyObject":
        source, _, key = parameters["CopySource"].partition("/")
        yield "s3:GetObject", f"{_PLACE.format('s3')}{_logical_name(source)}/{key}"
        yield "s3:PutObject", f"{bucket}/{parameters['Key']}"
    else:
        yield f"s3:{_S3_ACTIONS.get(operation, operation)}", f"{bucket}/{parameters['Key']}"


def _logical_name(physical: str) -> str:
    """Return what the template's names give for a name of this test's AWS."""
    last_found = _last_variables().get(physical, "")
    for variable in (last_found, *_variables()):
        if os.environ.get(variable) == physical:
            _last_variables()[physical] = variable
            return _variables()[variable]
    return physical


@functools.cache
def _last_variables() -> dict[str, str]:
    """By physical name, the variable that last held it: most likely it still does."""
    return {}


@functools.cache
def _variables() -> dict[str, str]:
    return Template.load().function_environment(template_names())


class _RightsListener(Listener):
    """Keeps what each function asks for, and refuses what it may not do."""

    def before(self, call: Call) -> None:
        """Judge a call."""
        self._judge(call)

    def signed(self, call: Call) -> None:
        """Judge a call that is signed here for somebody else to send."""
        self._judge(call)

    def after(self, call: Call) -> None:
        """Record that "there is no such object" is only answered with the right to list the bucket."""
        if call.service == "s3" and call.is_refused and call.answer["Error"]["Code"] in _ABSENT_OBJECT:
            function = current_function()
            listing = "s3:ListBucket", f"{_PLACE.format('s3')}{_logical_name(call.parameters['Bucket'])}"
            if is_allowed(listing, granted().get(function, set())):
                asked.setdefault(function, set()).add(listing)

    def _judge(self, call: Call) -> None:
        function = current_function()
        if function not in granted():
            return
        for right in needed(call.service, call.operation, call.request):
            if not _is_granted(function, right):
                missing.append(f"{function} may not {right[0]} on {right[1]}")
                raise AssertionError(missing[-1])
            asked.setdefault(function, set()).add(right)
        if call.service == "dynamodb":
            _judge_keys(function, call.operation, call.request)


@functools.cache
def _is_granted(function: str, right: Right) -> bool:
    return is_allowed(right, granted()[function])


def _judge_keys(function: str, operation: str, parameters: dict[str, Any]) -> None:
    denied_to_function = denied_keys()[function]
    if not denied_to_function:
        return
    writes = [
        (_WRITES[kind], action)
        for each in parameters.get("TransactItems", [])
        for kind, action in each.items()
    ] or [(operation, parameters)]
    for action, write in writes:
        if "TableName" not in write:
            continue
        partition = (write.get("Key") or write.get("Item") or {}).get("pk", {}).get("S", "")
        for denied, table, pattern in denied_to_function:
            is_denied = (f"dynamodb:{action}", _table(write["TableName"])) == (denied, table)
            if is_denied and fnmatchcase(partition, pattern):
                missing.append(f"{function} is denied {denied} on {pattern} of {table}")
                raise AssertionError(missing[-1])


def watch() -> None:
    """Judge every call of every function from now on."""
    hear(_RightsListener())
