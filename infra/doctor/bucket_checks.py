"""Buckets as template.yaml declares them: versions, privacy, encryption, and uploads from the site's page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from infra.doctor.check import Check, Issue, error_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.doctor.installation import Installation


def checks(installation: Installation) -> Iterator[Check]:
    """Return one check a bucket."""
    for logical_id, declared in installation.template.resources("AWS::S3::Bucket"):
        uploads = ", takes the site's uploads" if "CorsConfiguration" in declared else ""
        yield Check(
            "buckets",
            logical_id,
            f"keeps versions, private, encrypted{uploads}",
            partial(
                examine_bucket,
                installation.client("s3"),
                installation.names[logical_id],
                declared,
                installation.environment["SITE_ORIGIN"],
                installation.redeploy(),
            ),
        )


def examine_bucket(
    s3: Any,  # noqa: ANN401 - boto3's client
    name: str,
    declared: Mapping[str, Any],
    origin: str,
    redeploy: str,
) -> Iterator[Issue]:
    """Yield how the bucket `name` differs from what is declared; `origin` is where the site's page is."""
    try:
        s3.head_bucket(Bucket=name)
    except s3.exceptions.ClientError as error:
        if error_code(error) not in ("404", "NoSuchBucket"):
            raise
        yield Issue(f"there is no bucket {name}", redeploy)
        return
    if s3.get_bucket_versioning(Bucket=name).get("Status") != declared["VersioningConfiguration"]["Status"]:
        command = f"aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled"
        yield Issue("it keeps no versions: what is overwritten or deleted is lost", command)
    blocked = _configured(s3.get_public_access_block, name).get("PublicAccessBlockConfiguration", {})
    open_ = [
        key for key, value in declared["PublicAccessBlockConfiguration"].items() if blocked.get(key) != value
    ]
    if open_:
        yield Issue(f"it may be made public: {', '.join(open_)} is off", redeploy)
    encryption = _configured(s3.get_bucket_encryption, name).get("ServerSideEncryptionConfiguration", {})
    if not encryption.get("Rules"):
        yield Issue("it is not encrypted", redeploy)
    for rule in declared.get("CorsConfiguration", {}).get("CorsRules", []):
        found = _configured(s3.get_bucket_cors, name).get("CORSRules", [])
        if not any(_lets_upload(each, rule, origin) for each in found):
            yield Issue(f"the page of {origin} may not upload to it (CORS)", redeploy)


def _lets_upload(found: Mapping[str, Any], wanted: Mapping[str, Any], origin: str) -> bool:
    origins, methods = set(found["AllowedOrigins"]), set(found["AllowedMethods"])
    return bool(origins & {origin, "*"}) and methods >= set(wanted["AllowedMethods"])


def _configured(ask: Any, bucket: str) -> Mapping[str, Any]:  # noqa: ANN401 - a method of boto3's client
    """Return one of a bucket's configurations; none is what S3 calls an error."""
    from botocore.exceptions import ClientError

    try:
        found: Mapping[str, Any] = ask(Bucket=bucket)
    except ClientError as error:
        if error_code(error).startswith(("NoSuch", "ServerSideEncryptionConfigurationNotFound")):
            return {}
        raise
    return found
