"""Deploys the built template into the local AWS: the file that goes to AWS, with other settings alone."""

from __future__ import annotations

import hashlib
import io
import json
import string
import time
import zipfile
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from infra.build.sam import AT_ONCE, ROLLOUT
from infra.build.template import Template
from infra.cli.errors import CommandError
from infra.local.ministack import CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STACK = "cabinet"
ARTIFACTS = "cabinet-artifacts"
_DEPLOY_SECONDS = 180


def client(endpoint: str, service: str) -> Any:  # noqa: ANN401 - boto3's clients are made at run time
    """Return a client of the local AWS."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=endpoint,
        region_name=CREDENTIALS["AWS_REGION"],
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def deploy(
    endpoint: str,
    built: Path,
    settings: Mapping[str, str | None],
    stack: str = STACK,
    *,
    with_events: bool = True,
) -> dict[str, str]:
    """Create or update the stack from the template in ``built``; return its physical names by logical id.

    Parameters
    ----------
    settings
        Functions' environment variables that differ from the template's; None removes one.
    with_events
        Whether queues and new objects start the emulated Lambdas.

    Raises
    ------
    CommandError
        When CloudFormation refuses.
    """
    s3 = client(endpoint, "s3")
    _make_bucket(s3)
    tree = Template.load(built / "template.yaml").tree
    _upload_code(s3, tree, built)
    environment = tree["Globals"]["Function"]["Environment"]["Variables"]
    for name, value in settings.items():
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = value
    if not with_events:
        _leave_out_events(tree)
    _allow_batches(tree)
    _allow_plain_http(tree)
    _leave_out_combined_alarms(tree)
    _spell_out_punctuation(tree)
    tree["Parameters"][ROLLOUT]["Default"] = AT_ONCE  # the local AWS has no CodeDeploy
    _allow_uploads_from(settings.get("SITE_ORIGIN"), tree)
    key = f"{stack}.json"
    s3.put_object(Bucket=ARTIFACTS, Key=key, Body=json.dumps(tree, ensure_ascii=False).encode())
    cloudformation = client(endpoint, "cloudformation")
    _create_or_update(cloudformation, stack, f"{endpoint}/{ARTIFACTS}/{key}")
    names = physical_names(endpoint, stack)
    _enable_expiry_and_recovery(client(endpoint, "dynamodb"), tree, names)
    _follow_latest(client(endpoint, "lambda"), tree, names)
    return names


def is_deployed(endpoint: str) -> bool:
    """Return whether the local AWS has the stack."""
    try:
        client(endpoint, "cloudformation").describe_stacks(StackName=STACK)
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return False
        raise
    return True


def physical_names(endpoint: str, stack: str = STACK) -> dict[str, str]:
    """Return what `Ref` gives for each resource of the deployed stack."""
    names = {}
    pages = client(endpoint, "cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    for page in pages:
        for resource in page["StackResourceSummaries"]:
            names[resource["LogicalResourceId"]] = resource.get("PhysicalResourceId", "")
    return names


def _leave_out_events(tree: dict[str, Any]) -> None:
    """Let only a call start a function for a queue or an object: `serve` works through them."""
    for resource in tree["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            events = resource["Properties"].get("Events", {})
            for name in [name for name, event in events.items() if event["Type"] in ("SQS", "S3")]:
                del events[name]


def _allow_batches(tree: dict[str, Any]) -> None:
    """Name SendMessageBatch beside SendMessage: AWS has one right for both, the local AWS has two."""
    for resource in tree["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            for policy in resource["Properties"]["Policies"]:
                for statement in policy["Statement"]:
                    if statement["Action"] == "sqs:SendMessage":
                        statement["Action"] = ["sqs:SendMessage", "sqs:SendMessageBatch"]


def _allow_plain_http(tree: dict[str, Any]) -> None:
    """Leave out the buckets' statements that ask for TLS: the local AWS speaks plain HTTP on the loopback."""
    for name, resource in list(tree["Resources"].items()):
        if resource["Type"] == "AWS::S3::BucketPolicy":
            document = resource["Properties"]["PolicyDocument"]
            kept = [
                part
                for part in document["Statement"]
                if "aws:SecureTransport" not in str(part.get("Condition"))
            ]
            document["Statement"] = kept
            if not kept:
                del tree["Resources"][name]


def _spell_out_punctuation(tree: dict[str, Any]) -> None:
    """Name the characters of punctuation by themselves: the local AWS does not know the word for all.

    A signing key that begins with a brace would be read as a set of keys.
    """
    for resource in tree["Resources"].values():
        if resource["Type"] == "AWS::SecretsManager::Secret":
            generated = resource["Properties"].get("GenerateSecretString", {})
            if generated.pop("ExcludePunctuation", False):
                generated["ExcludeCharacters"] = string.punctuation


def _leave_out_combined_alarms(tree: dict[str, Any]) -> None:
    """Leave out alarms over several metrics: the local AWS makes none of them."""
    for name, resource in list(tree["Resources"].items()):
        if resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]:
            del tree["Resources"][name]


def _allow_uploads_from(origin: str | None, tree: dict[str, Any]) -> None:
    """Let the page of this machine's site post files to the bucket, as the template lets the deployed one."""
    for resource in tree["Resources"].values():
        rules = resource.get("Properties", {}).get("CorsConfiguration", {}).get("CorsRules", [])
        for rule in rules if origin else []:
            rule["AllowedOrigins"] = [origin]


def _enable_expiry_and_recovery(dynamodb: Any, tree: dict[str, Any], names: Mapping[str, str]) -> None:  # noqa: ANN401
    """Turn on expiry and recovery of the tables: the local AWS's CloudFormation passes them over."""
    for logical_id, resource in tree["Resources"].items():
        if resource["Type"] == "AWS::DynamoDB::Table":
            declared = resource["Properties"]
            for call, setting in (
                (dynamodb.update_time_to_live, "TimeToLiveSpecification"),
                (dynamodb.update_continuous_backups, "PointInTimeRecoverySpecification"),
            ):
                call(TableName=names[logical_id], **{setting: declared[setting]})


def _follow_latest(lambda_: Any, tree: dict[str, Any], names: Mapping[str, str]) -> None:  # noqa: ANN401
    """Let the alias follow $LATEST: the local AWS makes no new version when a layer or a setting changed."""
    alias = tree["Globals"]["Function"]["AutoPublishAlias"]
    for logical_id, resource in tree["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            lambda_.update_alias(FunctionName=names[logical_id], Name=alias, FunctionVersion="$LATEST")


def _make_bucket(s3: Any) -> None:  # noqa: ANN401
    try:
        s3.create_bucket(
            Bucket=ARTIFACTS, CreateBucketConfiguration={"LocationConstraint": CREDENTIALS["AWS_REGION"]}
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
            raise


def _upload_code(s3: Any, tree: dict[str, Any], built: Path) -> None:  # noqa: ANN401
    """Upload each function's and layer's folder that is not there yet, and point the template at it."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=ARTIFACTS)
    uploaded = {found["Key"] for page in pages for found in page.get("Contents", [])}
    for logical_id, resource in tree["Resources"].items():
        for code in ("CodeUri", "ContentUri"):
            if code in resource.get("Properties", {}):
                key = f"{logical_id}-{_digest(built / logical_id)}.zip"
                if key not in uploaded:
                    s3.put_object(Bucket=ARTIFACTS, Key=key, Body=_zipped(built / logical_id))
                resource["Properties"][code] = {"Bucket": ARTIFACTS, "Key": key}


def _digest(folder: Path) -> str:
    """Return a hash of the files' names and contents."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _zipped(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(str(path.relative_to(folder)))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o755 << 16
                archive.writestr(entry, path.read_bytes(), compresslevel=1)
    return packed.getvalue()


def _create_or_update(cloudformation: Any, stack: str, template_url: str) -> None:  # noqa: ANN401
    request = {
        "StackName": stack,
        "TemplateURL": template_url,
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    try:
        cloudformation.describe_stacks(StackName=stack)
        cloudformation.update_stack(**request)
    except ClientError as error:
        message = error.response["Error"]["Message"]
        if "No updates" in message:
            return
        if "does not exist" not in message:
            raise CommandError(f"the template could not be deployed: {message}") from error
        cloudformation.create_stack(**request)
    _wait(cloudformation, stack)


def _wait(cloudformation: Any, stack: str) -> None:  # noqa: ANN401
    deadline = time.monotonic() + _DEPLOY_SECONDS
    while time.monotonic() < deadline:
        status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return
        if status.endswith(("FAILED", "ROLLBACK_COMPLETE")):
            raise CommandError(f"the template could not be deployed: {_reasons(cloudformation, stack)}")
        time.sleep(0.2)
    raise CommandError(f"the deployment did not end in {_DEPLOY_SECONDS} s")


def _reasons(cloudformation: Any, stack: str) -> str:  # noqa: ANN401
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    return "; ".join(
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed
    )
