"""S3's plain calls are answered as moto answers them: the same members, or the same refusal."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from tests.support import aws_calls, moto_objects
from tests.support.aws import Aws

KEY = "folder/имя +1%.txt"


@pytest.fixture
def clock() -> Iterator[None]:
    with time_machine.travel("2026-03-02T10:00:00.4Z", tick=False):
        yield


def _answers(aws: Aws, calls: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    found = []
    for operation, parameters in calls:
        try:
            answer = getattr(aws.client("s3"), operation)(**parameters)
        except ClientError as refusal:
            found.append((refusal.response["Error"]["Code"], str(refusal)))
            continue
        metadata = answer.pop("ResponseMetadata")
        body = answer.pop("Body").read() if "Body" in answer else None
        answer.pop("VersionId", None)
        # The encoding of names on their way, and of checksums, is HTTP's own affair.
        for name in ("EncodingType", "ChecksumAlgorithm", "ChecksumCRC32", "ChecksumType"):
            answer.pop(name, None)
        for each in answer.get("Contents", ()):
            each.pop("ChecksumAlgorithm", None)
            each.pop("ChecksumType", None)
        found.append((metadata["HTTPStatusCode"], answer, body))
    return found


def test_each_call_is_answered_alike(aws: Aws, clock: None) -> None:
    buckets = [each["Name"] for each in aws.client("s3").list_buckets()["Buckets"]]
    assert len(buckets) > 1
    for bucket in buckets:
        _compare(aws, bucket)


def _compare(aws: Aws, bucket: str) -> None:
    where = {"Bucket": bucket, "Key": KEY}
    plain = {"Bucket": bucket, "Key": "plain"}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("list_objects_v2", {"Bucket": bucket}),
        ("get_object", where),
        ("head_object", where),
        ("put_object", where | {"Body": b"one", "IfMatch": '"x"'}),
        ("put_object", where | {"Body": b"one", "ContentType": "text/csv", "IfNoneMatch": "*"}),
        ("put_object", where | {"Body": b"two", "IfNoneMatch": "*"}),
        ("put_object", where | {"Body": b"two", "IfMatch": '"x"'}),
        ("get_object", where),
        ("head_object", where),
        ("put_object", plain | {"Body": b""}),
        ("get_object", plain),
        ("put_object", plain | {"Body": b"again", "IfMatch": '"d41d8cd98f00b204e9800998ecf8427e"'}),
        ("get_object", plain),
        ("list_objects_v2", {"Bucket": bucket}),
        ("list_objects_v2", {"Bucket": bucket, "Prefix": "folder/"}),
        ("list_objects_v2", {"Bucket": bucket, "Prefix": "none/"}),
        ("get_object", {"Bucket": "no-such-bucket", "Key": "1"}),
    ]
    mine = _answers(aws, calls)
    assert moto_objects.respond("PutObject", plain | {"Body": io.BytesIO(b"by the backend")})
    assert moto_objects.respond("GetObject", plain)
    assert moto_objects.respond("HeadObject", plain)
    for key in (KEY, "plain"):
        versions = aws.client("s3").list_object_versions(Bucket=bucket, Prefix=key).get("Versions", [])
        for each in versions:
            aws.client("s3").delete_object(Bucket=bucket, Key=key, VersionId=each["VersionId"])
    quick = list(aws_calls.responders)
    aws_calls.responders.clear()
    theirs = _answers(aws, calls)
    aws_calls.responders[:] = quick
    assert mine == theirs
