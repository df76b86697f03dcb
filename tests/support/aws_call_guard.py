"""Watches every AWS call of the product that a test makes: one outside the portable subset fails the test.

The system must also run on clouds that know only a part of AWS (docs/adr): YDB's Document API has no Streams,
no PartiQL, no ClientRequestToken, and 25 actions in a transaction.
"""

import inspect
import json
from pathlib import Path

from tests.support import aws_calls
from tests.support.aws_calls import Call, Listener, hear

ROOT = Path(__file__).resolve().parents[2]
TESTS = str(ROOT / "tests")
PRODUCT = (str(ROOT / "layers" / "common" / "cabinet"), str(ROOT / "functions"), str(ROOT / "serve"))
MAX_ACTIONS = 25
ALLOWED = {
    "dynamodb": {
        "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem",
        "TransactWriteItems", "TransactGetItems",
    },
    "s3": {
        "GetObject", "HeadObject", "PutObject", "DeleteObject", "ListObjectsV2", "CopyObject",
        "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload",
    },
    "sqs": {
        "SendMessage", "SendMessageBatch",
        "ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibility",
        "GetQueueAttributes", "GetQueueUrl",
    },
    "sesv2": {"SendEmail"},
    "secretsmanager": {"GetSecretValue"},
    "ssm": {"GetParameter"},
}  # fmt: skip


class _Guard(Listener):
    def before(self, call: Call) -> None:
        """Judge a call by the product."""
        if not _called_by_product():
            return
        allowed = ALLOWED.get(call.service, set())
        assert call.operation in allowed, f"{call.service}.{call.operation} is outside the portable subset"
        if call.operation == "TransactWriteItems":
            body = json.loads(call.body)
            assert "ClientRequestToken" not in body, "correctness must not rest on ClientRequestToken"
            assert len(body["TransactItems"]) <= MAX_ACTIONS, "more actions than YDB takes in one transaction"


def watch() -> None:
    """Judge every call from now on."""
    hear(_Guard())


def _called_by_product() -> bool:
    """Return whether the nearest frame of this repository belongs to the product, not to a test or a tool."""
    frame = inspect.currentframe()
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(PRODUCT):
            return True
        if path.startswith(TESTS) and path not in (__file__, aws_calls.__file__):
            return False
        frame = frame.f_back
    return False
