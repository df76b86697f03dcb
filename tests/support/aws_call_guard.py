"""Watches every AWS call of the product that a test makes: one outside the portable subset fails the test.

The system must also run on clouds that know only a part of AWS (docs/adr): YDB's Document API has no Streams,
no PartiQL, no ClientRequestToken, and 25 actions in a transaction.
"""

import functools
import inspect
from pathlib import Path

from tests.support import aws_calls
from tests.support.aws_calls import Call, Listener, hear

ROOT = Path(__file__).resolve().parents[2]
TESTS = str(ROOT / "tests")
PRODUCT = (str(ROOT / "layers" / "common" / "cabinet"), str(ROOT / "functions"), str(ROOT / "serve"))
MAX_ACTIONS = 25
_CONDITION = {
    "TableName", "ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues",
    # Asked for and never rested on: tests/support/weaker_engines.py has an engine that leaves the items out.
    "ReturnValuesOnConditionCheckFailure",
}  # fmt: skip
_WRITES = {
    "Put": _CONDITION | {"Item"},
    "Update": _CONDITION | {"Key", "UpdateExpression"},
    "Delete": _CONDITION | {"Key"},
    "ConditionCheck": _CONDITION | {"Key"},
}
_BATCH = {"Keys", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"}
_OBJECT = {"Bucket", "Key"}
ALLOWED: dict[str, dict[str, set[str]]] = {
    "dynamodb": {
        "GetItem": {"TableName", "Key", "ConsistentRead"},
        "BatchGetItem": {"RequestItems"},
        "Query": {
            "TableName", "IndexName", "KeyConditionExpression", "ExpressionAttributeNames",
            "ExpressionAttributeValues", "Limit", "ScanIndexForward", "ExclusiveStartKey", "ConsistentRead",
            "ProjectionExpression",
        },
        "PutItem": _WRITES["Put"],
        "UpdateItem": _WRITES["Update"] | {"ReturnValues"},
        "DeleteItem": _WRITES["Delete"],
        "TransactWriteItems": {"TransactItems"},
    },
    "s3": {
        "GetObject": _OBJECT | {"Range"},
        "HeadObject": _OBJECT,
        # Conditional puts: what two imports or two drawings of a receipt do at once.
        "PutObject": _OBJECT | {"Body", "ContentType", "IfMatch", "IfNoneMatch"},
        "DeleteObject": _OBJECT,
        "CopyObject": _OBJECT | {"CopySource", "CopySourceIfMatch", "MetadataDirective", "ContentType"},
        "ListObjectsV2": {"Bucket", "Prefix", "ContinuationToken", "EncodingType"},
    },
    "sqs": {
        "SendMessage": {"QueueUrl", "MessageBody"},
        "SendMessageBatch": {"QueueUrl", "Entries"},
        "ReceiveMessage": {
            "QueueUrl", "MaxNumberOfMessages", "VisibilityTimeout", "WaitTimeSeconds", "AttributeNames",
        },
        "DeleteMessageBatch": {"QueueUrl", "Entries"},
        "ChangeMessageVisibility": {"QueueUrl", "ReceiptHandle", "VisibilityTimeout"},
        "GetQueueAttributes": {"QueueUrl", "AttributeNames"},
        "GetQueueUrl": {"QueueName"},
    },
    "sesv2": {"SendEmail": {"Content", "Destination", "EmailTags", "ConfigurationSetName"}},
    "secretsmanager": {"GetSecretValue": {"SecretId", "VersionStage"}},
}  # fmt: skip
"""What the product may ask for, and by which parameters: another one is not known everywhere."""


def find_strange(call: Call) -> str:
    """Return what of a call is outside the portable subset; empty when nothing is."""
    name = f"{call.service}.{call.operation}"
    allowed = ALLOWED.get(call.service, {}).get(call.operation)
    if allowed is None:
        return f"{name} is outside the portable subset"
    asked = call.request
    strange = set(asked) - allowed
    for table in asked.get("RequestItems", {}).values():
        strange |= set(table) - _BATCH
    for action in asked.get("TransactItems", ()):
        ((verb, parameters),) = action.items()
        strange |= set(parameters) - _WRITES.get(verb, set())
    if strange:
        return f"{name} by {', '.join(sorted(strange))} is outside the portable subset"
    if len(asked.get("TransactItems", ())) > MAX_ACTIONS:
        return f"{name}: more actions than YDB takes in one transaction"
    return ""


class _Guard(Listener):
    def before(self, call: Call) -> None:
        """Judge a call by the product."""
        if not _called_by_product():
            return
        strange = find_strange(call)
        assert not strange, strange


def watch() -> None:
    """Judge every call from now on."""
    hear(_Guard())


def _called_by_product() -> bool:
    """Return whether the nearest frame of this repository belongs to the product, not to a test or a tool."""
    frame = inspect.currentframe()
    while frame is not None:
        answer = _is_of_product(frame.f_code.co_filename)
        if answer is not None:
            return answer
        frame = frame.f_back
    return False


@functools.cache
def _is_of_product(path: str) -> bool | None:
    """Tell it of a file of this repository; None of any other."""
    if path.startswith(PRODUCT):
        return True
    return False if path.startswith(TESTS) and path not in {__file__, aws_calls.__file__} else None
