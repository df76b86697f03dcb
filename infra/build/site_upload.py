"""Puts the built site into its bucket, so that open pages keep working and new ones are complete.

Files with a hash in their name go first and stay: an open page may still ask for the old ones. Pages go
last. What a build no longer has is deleted, except those hashed files; the bucket keeps old versions 30 days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from serve.site_files import ASSETS, PAGE, cache_control, content_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


def upload(s3: S3Client, bucket: str, built: Path) -> tuple[int, int]:
    """Upload the folder; return how many files were uploaded and how many deleted. Safe to repeat."""
    files = {str(path.relative_to(built)): path for path in sorted(built.rglob("*")) if path.is_file()}
    for key in sorted(files, key=lambda name: (not name.startswith(ASSETS), name == PAGE, name)):
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=files[key].read_bytes(),
            ContentType=content_type(files[key]),
            CacheControl=cache_control(key),
        )
    gone = [key for key in _stored(s3, bucket) if key not in files and not key.startswith(ASSETS)]
    for key in gone:
        s3.delete_object(Bucket=bucket, Key=key)
    return len(files), len(gone)


def pages(s3: S3Client, bucket: str) -> dict[str, str]:
    """Return the versions of the files without a hash in their name, by their keys."""
    return {
        each["Key"]: each["VersionId"]
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
        for each in page.get("Versions", [])
        if each["IsLatest"] and not each["Key"].startswith(ASSETS)
    }


def put_back(s3: S3Client, bucket: str, former: Mapping[str, str]) -> int:
    """Make `former` (of `pages`) the pages again; return how many changed. Safe to repeat."""
    current = pages(s3, bucket)
    changed = [key for key, version in former.items() if current.get(key) != version]
    for key in changed:
        source = {"Bucket": bucket, "Key": key, "VersionId": former[key]}
        s3.copy_object(Bucket=bucket, Key=key, CopySource=source)  # type: ignore[arg-type]
    for key in current.keys() - former.keys():
        s3.delete_object(Bucket=bucket, Key=key)
    return len(changed)


def _stored(s3: S3Client, bucket: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from (each["Key"] for each in page.get("Contents", []))
