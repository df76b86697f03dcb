"""S3's plain calls answered by moto's backend itself, without HTTP around it: a tenth of the time.

What is not plain, and whatever is an error, is left to moto's own answer. That both answer alike,
tests/unit/test_moto_objects.py looks at.
"""

import io
from datetime import UTC, datetime
from typing import Any

from botocore.response import StreamingBody
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID

type Answer = tuple[int, dict[str, Any]]

PAGE = 1000
_WHICH = {"Bucket", "Key"}
_WRITE = {*_WHICH, "Body", "ContentType", "IfMatch", "IfNoneMatch"}
_LIST = {"Bucket", "Prefix", "EncodingType"}


def respond(operation: str, asked: dict[str, Any]) -> Answer | None:
    """Answer a read, a write of bytes under a condition that holds, or a list of one page; or leave it.

    botocore hands bytes over as a file.
    """
    match operation:
        case "GetObject" if asked.keys() - {"ChecksumMode"} == _WHICH:
            return _read(asked, has_body=True)
        case "HeadObject" if asked.keys() == _WHICH:
            return _read(asked, has_body=False)
        case "PutObject" if asked.keys() <= _WRITE and isinstance(asked.get("Body"), io.BytesIO):
            return _write(asked)
        case "ListObjectsV2" if asked.keys() <= _LIST:
            return _list(asked)
    return None


def _read(asked: dict[str, Any], *, has_body: bool) -> Answer | None:
    found = _backend().get_object(asked["Bucket"], asked["Key"])
    if found is None or found.metadata.keys() - {"content-type"}:
        return None
    answer = _described(found) | {
        "AcceptRanges": "bytes",
        "LastModified": _moment(found),
        "ContentLength": found.size,
        "Metadata": {},
    }
    if "content-type" in found.metadata:
        answer["ContentType"] = found.metadata["content-type"]
    if has_body:
        answer["Body"] = StreamingBody(io.BytesIO(found.value), found.size)
    return 200, answer


def _write(asked: dict[str, Any]) -> Answer | None:
    backend, where = _backend(), (asked["Bucket"], asked["Key"])
    held = backend.get_object(*where)
    is_refused = asked.get("IfNoneMatch") == "*" and held is not None
    if "IfMatch" in asked:
        is_refused |= held is None or asked["IfMatch"].strip('"') != held.etag.strip('"')
    bucket = backend.get_bucket(asked["Bucket"])
    if is_refused or bucket.object_lock_enabled:
        return None
    made = backend.put_object(*where, asked["Body"].getvalue(), storage="STANDARD")
    made.set_metadata({"Content-Type": asked["ContentType"]} if "ContentType" in asked else {})
    made.set_acl(bucket.acl)
    return 200, _described(made)


def _list(asked: dict[str, Any]) -> Answer | None:
    backend = _backend()
    bucket, prefix = backend.get_bucket(asked["Bucket"]), asked.get("Prefix", "")
    found, _, _, _ = backend.list_objects(bucket, prefix, None, None, None)
    if len(found) > PAGE:
        return None
    contents = [
        {
            "Key": each.name,
            "LastModified": _moment(each),
            "ETag": each.etag,
            "Size": each.size,
            "StorageClass": each.storage_class,
        }
        for each in found
    ]
    answer = {"IsTruncated": False, "Name": bucket.name, "Prefix": prefix, "MaxKeys": PAGE}
    return 200, answer | {"KeyCount": len(contents)} | ({"Contents": contents} if contents else {})


def _described(found: Any) -> dict[str, Any]:
    encryption = {"ServerSideEncryption": found.encryption} if found.encryption else {}
    version = {"VersionId": found.version_id} if found.version_id != "null" else {}
    return {"ETag": found.etag} | encryption | version


def _moment(found: Any) -> datetime:
    moment: datetime = found.last_modified.replace(microsecond=0, tzinfo=UTC)
    return moment


def _backend() -> Any:
    return get_backend("s3")[DEFAULT_ACCOUNT_ID]["aws"]
