"""Makes template.yaml's tables, buckets, queues and secrets through the AWS API, without CloudFormation.

For tests: a second is too long for a deploy before each. The local stack deploys the template itself.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import boto3

    from infra.build.template import Template

STACK = "cabinet"
ACCOUNT = "123456789012"
SIGNING_SECRET = "a-signing-key-for-tests-alone-not-a-secret-0123456789abcdef0123"


def provision(
    template: Template, session: boto3.Session, region: str, endpoint: str | None = None, stack: str = STACK
) -> dict[str, str]:
    """Create the resources that hold state and return the functions' environment that names them.

    ``stack`` begins every name, so that several may exist side by side in one AWS.
    """
    names = {"AWS::StackName": stack, "AWS::AccountId": ACCOUNT, "AWS::Region": region}
    client = _clients(session, region, endpoint)
    for logical_id, properties in template.resources("AWS::DynamoDB::Table"):
        names[logical_id] = f"{stack}-{logical_id}"
        _table(client("dynamodb"), names[logical_id], properties)
    for logical_id, properties in template.resources("AWS::S3::Bucket"):
        if "BucketName" not in properties:
            continue  # the site's: no function knows it
        names[logical_id] = template.resolve(properties["BucketName"], names)
        client("s3").create_bucket(
            Bucket=names[logical_id], CreateBucketConfiguration={"LocationConstraint": region}
        )
    _queues(client("sqs"), template, names)
    for logical_id, _ in template.resources("AWS::SecretsManager::Secret"):
        made = client("secretsmanager").create_secret(
            Name=f"{stack}-{logical_id}", SecretString=SIGNING_SECRET
        )
        names[logical_id] = made["ARN"]
    return template.function_environment(names)


def _clients(session: boto3.Session, region: str, endpoint: str | None) -> Any:
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service, region_name=region, endpoint_url=endpoint)  # type: ignore[call-overload]
        return made[service]

    return client


def _table(dynamodb: Any, name: str, properties: dict[str, Any]) -> None:
    taken = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    dynamodb.create_table(TableName=name, **{key: properties[key] for key in taken if key in properties})
    # No time to live: a test's clock may be in the past, and the local AWS deletes by the real one, once a
    # minute. Nothing may depend on that deletion anyway.


def _queues(sqs: Any, template: Template, names: dict[str, str]) -> None:
    """Dead-letter queues first: the others' redrive policies name them."""
    queues = sorted(template.resources("AWS::SQS::Queue"), key=lambda queue: "RedrivePolicy" in queue[1])
    for logical_id, properties in queues:
        attributes = {}
        for key, value in template.resolve(properties, names).items():
            attributes[key] = json.dumps(value) if isinstance(value, dict) else str(value)
        attributes.pop("SqsManagedSseEnabled", None)
        url = sqs.create_queue(QueueName=f"{names['AWS::StackName']}-{logical_id}", Attributes=attributes)[
            "QueueUrl"
        ]
        names[logical_id] = url
        got = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        names[f"{logical_id}.Arn"] = got["Attributes"]["QueueArn"]
