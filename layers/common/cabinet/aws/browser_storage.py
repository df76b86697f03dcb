"""S3 as browsers use it: signed forms to upload by, signed links to save by; no byte goes through us."""

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.config import Config

from cabinet.aws.clients import PORTABLE_STORAGE, create_client

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LINK_LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class UploadForm:
    """Where and with which fields a browser posts a file; `token` then names the file to us."""

    token: str
    url: str
    fields: dict[str, str]


def upload_form(
    bucket: str, key: str, max_bytes: int, lifetime: timedelta, token: str, content_type: str = ""
) -> UploadForm:
    """Return a form for one file of 1 to `max_bytes` bytes; storage takes no other, and no other type."""
    conditions: list[Any] = [["content-length-range", 1, max_bytes]]
    fields = {"Content-Type": content_type} if content_type else {}
    made = client().generate_presigned_post(
        bucket, key, Fields=fields, Conditions=[*([fields] if fields else []), *conditions],
        ExpiresIn=int(lifetime.total_seconds()),
    )  # fmt: skip
    return UploadForm(token, made["url"], made["fields"])


def download_link(bucket: str, key: str, disposition: str, content_type: str = "") -> str:
    """Return an address that saves an object for some minutes."""
    parameters = {"Bucket": bucket, "Key": key, "ResponseContentDisposition": disposition}
    if content_type:
        parameters["ResponseContentType"] = content_type
    url: str = client().generate_presigned_url(
        "get_object", Params=parameters, ExpiresIn=int(LINK_LIFETIME.total_seconds())
    )
    return url


def upload_origin(bucket: str) -> str:
    """Return the origin that files are posted to: the site's content policy must name it."""
    address = urlsplit(client().generate_presigned_post(bucket, "uploads/")["url"])
    return f"{address.scheme}://{address.netloc}"


@cache
def client() -> "S3Client":
    """Return the one client, made at the first use and kept warm."""
    config = Config(
        signature_version="s3v4", connect_timeout=1, read_timeout=4,
        retries={"mode": "standard", "total_max_attempts": 3},
        # The site's content policy names the bucket's own host.
        s3={} if os.environ.get("AWS_ENDPOINT_URL") else {"addressing_style": "virtual"},
    )  # fmt: skip
    made: S3Client = create_client("s3", config.merge(PORTABLE_STORAGE))
    return made
