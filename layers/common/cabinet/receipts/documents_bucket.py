"""The bucket of documents: whether an object is there, write it where none is, read it, link to it."""

import os
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from cabinet.aws.clients import create_client
from cabinet.core.errors import ServiceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_IS_ABSENT = "*"
"""Condition of PutObject (If-None-Match): written only where nothing is."""
# Without the right to list the bucket, S3 answers 403 for a key that does not exist.
_MISSING = {"404", "403", "NoSuchKey", "AccessDenied", "Forbidden"}
_PRESENT_ALREADY = {"PreconditionFailed", "ConditionalRequestConflict"}


def exists(key: str) -> bool:
    """Tell whether the object is there; raises ServiceUnavailable when storage does not answer."""
    return _call(client().head_object, _MISSING, Bucket=_bucket(), Key=key) is not None


def put_if_absent(key: str, data: bytes, media_type: str) -> None:
    """Write the object unless there is one already; raises ServiceUnavailable."""
    _call(
        client().put_object, _PRESENT_ALREADY, Bucket=_bucket(), Key=key, Body=data,
        ContentType=media_type, IfNoneMatch=_IS_ABSENT,
    )  # fmt: skip


def read(key: str) -> bytes:
    """Return the object's content; raises ServiceUnavailable."""
    answer = _call(client().get_object, set(), Bucket=_bucket(), Key=key)
    data: bytes = answer["Body"].read()
    return data


def presigned_url(key: str, lifetime: timedelta, media_type: str, disposition: str) -> str:
    """Return a presigned address of the object, good for `lifetime`; nothing is asked of storage."""
    parameters = {
        "Bucket": _bucket(),
        "Key": key,
        "ResponseContentType": media_type,
        "ResponseContentDisposition": disposition,
    }
    seconds = int(lifetime.total_seconds())
    url: str = client().generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds)
    return url


@cache
def client() -> "S3Client":
    """Return the one client, made at the first use and kept warm."""
    made: S3Client = create_client(
        "s3",
        config=Config(
            signature_version="s3v4", connect_timeout=1, read_timeout=4,
            retries={"mode": "standard", "total_max_attempts": 3},
            # Checksums that other clouds do not know are sent only where the API demands them.
            request_checksum_calculation="when_required", response_checksum_validation="when_required",
        ),
    )  # fmt: skip
    return made


def _call(operation: Callable[..., Any], expected: set[str], **parameters: object) -> Any:  # noqa: ANN401 - boto3's
    """Return the answer, or None for a refusal whose code is `expected`."""
    try:
        return operation(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] in expected:
            return None
        raise ServiceUnavailable from error
    except (ConnectionError, HTTPClientError) as error:
        raise ServiceUnavailable from error


def _bucket() -> str:
    return os.environ["DOCUMENTS_BUCKET"]
