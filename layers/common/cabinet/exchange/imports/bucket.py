"""The exchange bucket, as imports use it: whole small objects by key, and the keys under a prefix."""

import os
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cabinet.aws.clients import PORTABLE_STORAGE, create_client
from cabinet.exchange.errors import ConcurrentModification

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@cache
def s3() -> "S3Client":
    """Return the one client, made at the first use and kept warm."""
    client: S3Client = create_client("s3", PORTABLE_STORAGE)
    return client


def name() -> str:
    """Return the bucket's name."""
    return os.environ["EXCHANGE_BUCKET"]


def write(key: str, content: bytes, content_type: str = "application/gzip") -> None:
    """Put an object."""
    s3().put_object(Bucket=name(), Key=key, Body=content, ContentType=content_type)


def replace(key: str, content: bytes, seen: str, content_type: str = "application/gzip") -> None:
    """Put an object if the stored version is still `seen`, an ETag; empty means «no object».

    Raises
    ------
    ConcurrentModification
        Another version is stored now.
    """
    condition: dict[str, Any] = {"IfMatch": seen} if seen else {"IfNoneMatch": "*"}
    try:
        s3().put_object(Bucket=name(), Key=key, Body=content, ContentType=content_type, **condition)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _PRECONDITION_FAILED:
            raise
        # Sent twice because the first answer was lost, it is refused and yet done.
        if read(key) != content:
            raise ConcurrentModification from None


_PRECONDITION_FAILED = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "404", "412")


def read(key: str) -> bytes | None:
    """Return an object's content, None when there is no such object."""
    found = read_version(key)
    return None if found is None else found[0]


def read_version(key: str) -> tuple[bytes, str] | None:
    """Return an object's content and its ETag, None when there is no such object."""
    try:
        found = s3().get_object(Bucket=name(), Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise
    return found["Body"].read(), found["ETag"]


def keys(prefix: str) -> Iterator[str]:
    """Yield the keys under a prefix, sorted."""
    for page in s3().get_paginator("list_objects_v2").paginate(Bucket=name(), Prefix=prefix):
        yield from (found["Key"] for found in page.get("Contents", ()))
