"""Watches every AWS call of the product that a test makes: one outside the portable subset fails the test.

The system must also run on clouds that know only a part of AWS (docs/adr): YDB's Document API has no Streams,
no PartiQL, no ClientRequestToken, and 25 actions in a transaction.
"""

import inspect
import json
from pathlib import Path
from typing import Any

import botocore.handlers

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = (str(ROOT / "layers" / "common" / "cabinet"), str(ROOT / "functions"))
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
    "sqs": {"SendMessage", "SendMessageBatch"},
    "sesv2": {"SendEmail"},
    "secretsmanager": {"GetSecretValue"},
    "ssm": {"GetParameter"},
}  # fmt: skip


def watch() -> None:
    """Watch every client that is made from now on."""
    botocore.handlers.BUILTIN_HANDLERS.append(("before-call", _judge))


def _judge(model: Any, params: dict[str, Any], **_: object) -> None:
    service, operation = model.service_model.service_name, model.name
    if not _called_by_product():
        return
    assert operation in ALLOWED.get(service, set()), f"{service}.{operation} is outside the portable subset"
    if operation == "TransactWriteItems":
        call = json.loads(params["body"])
        assert "ClientRequestToken" not in call, "correctness must not rest on ClientRequestToken"
        assert len(call["TransactItems"]) <= MAX_ACTIONS, "more actions than YDB takes in one transaction"


def _called_by_product() -> bool:
    """Return whether the nearest frame of this repository belongs to the product, not to a test or a tool."""
    frame = inspect.currentframe()
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(PRODUCT):
            return True
        if path.startswith(str(ROOT / "tests")) and path != __file__:
            return False
        frame = frame.f_back
    return False
