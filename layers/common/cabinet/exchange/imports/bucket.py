"""The exchange bucket, as imports use it: whole small objects by key, and what lies under a prefix."""

import os
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cabinet.aws.clients import create_client

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@cache
def s3() -> "S3Client":
    """Return the one client, made at the first use and kept warm."""
    client: S3Client = create_client("s3")
    return client


def name() -> str:
    """Return the bucket's name."""
    return os.environ["EXCHANGE_BUCKET"]


def write(key: str, content: bytes, content_type: str = "application/gzip") -> None:
    """Put an object."""
    s3().put_object(Bucket=name(), Key=key, Body=content, ContentType=content_type)


def read(key: str) -> bytes | None:
    """Return an object's content, None when there is no such object."""
    try:
        return s3().get_object(Bucket=name(), Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise


def keys(prefix: str) -> Iterator[str]:
    """Yield the keys under a prefix, sorted."""
    for page in s3().get_paginator("list_objects_v2").paginate(Bucket=name(), Prefix=prefix):
        yield from (found["Key"] for found in page.get("Contents", ()))
