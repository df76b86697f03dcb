"""Tables and buckets that exist only while a restore is rehearsed: empty, made from template.yaml."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.backup.services import Services
    from infra.build.template import Template

_TABLE_PROPERTIES = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


@contextmanager
def rehearsal(services: Services, template: Template, backup_id: str) -> Iterator[Services]:
    """Give empty tables and buckets beside those that services name; they are deleted afterwards.

    Those of an earlier run that died are taken as they are: the names are this backup's own.
    """
    suffix = f"-rehearsal-{backup_id[:8]}"
    temporary = replace(
        services,
        tables={variable: name + suffix for variable, name in services.tables.items()},
        buckets={variable: name + suffix for variable, name in services.buckets.items()},
    )
    declared = dict(template.resources("AWS::DynamoDB::Table"))
    try:
        for variable, name in temporary.tables.items():
            _make_table(services.dynamodb, name, declared[variable.title().replace("_", "")])
        for name in temporary.buckets.values():
            _make_bucket(services.s3, name)
        yield temporary
    finally:
        for name in temporary.tables.values():
            _call_idempotently(services.dynamodb.delete_table, TableName=name)
        for name in temporary.buckets.values():
            _delete_bucket(services.s3, name)


def _make_table(dynamodb: Any, name: str, properties: dict[str, Any]) -> None:  # noqa: ANN401 - boto3's
    made = {key: properties[key] for key in _TABLE_PROPERTIES if key in properties}
    _call_idempotently(dynamodb.create_table, TableName=name, **made)
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 300})


def _make_bucket(s3: Any, name: str) -> None:  # noqa: ANN401 - boto3's client
    where = {"LocationConstraint": s3.meta.region_name}
    _call_idempotently(s3.create_bucket, Bucket=name, CreateBucketConfiguration=where)


def _delete_bucket(s3: Any, name: str) -> None:  # noqa: ANN401 - boto3's client
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
            for each in page.get("Contents", ()):
                s3.delete_object(Bucket=name, Key=each["Key"])
        s3.delete_bucket(Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise


def _call_idempotently(call: Any, **request: Any) -> None:  # noqa: ANN401 - boto3's
    """Call, and take what is as it is to be already for done."""
    try:
        call(**request)
    except ClientError as error:
        done = ("ResourceInUseException", "ResourceNotFoundException", "BucketAlreadyOwnedByYou")
        if error.response["Error"]["Code"] not in done:
            raise
