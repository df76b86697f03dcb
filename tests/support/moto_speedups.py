"""moto's answers without a detour: the same storage and rules, less wrapping.

Half of moto's time went into a serializer that looks for every possible attribute of every value through the
API's model; what DynamoDB answers about items is JSON already. An eighth went into an item's size, which is
added up anew for each attribute that is put into it; here each attribute alone is held to the limit.

The one place where tests change moto: tests/unit/test_moto_speedups.py fails when moto itself changes here.
"""

import base64
import json
from typing import Any

from moto.core.responses import BaseResponse
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict

ABOUT_ITEMS = {
    "GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem",
    "TransactWriteItems", "TransactGetItems",
}  # fmt: skip

MAX_SIZE = 405_000
"""Bytes of an item; moto's own figure."""

thorough = BaseResponse.serialized
thorough_put = LimitedSizeDict.__setitem__


def shorten() -> None:
    """Answer calls about items with plain JSON from now on; refusals go moto's own way."""
    BaseResponse.serialized = _serialized  # type: ignore[method-assign]
    LimitedSizeDict.__setitem__ = _put_attribute  # type: ignore[method-assign]


def plain(result: Any) -> str:
    """Return what moto holds as JSON in DynamoDB's own notation."""
    return json.dumps(result, default=_as_json)


def _as_json(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.to_json()


def _serialized(self: Any, action_result: Any) -> Any:
    action = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
    if (
        self.boto3_service_name != "dynamodb"
        or action not in ABOUT_ITEMS
        or isinstance(action_result.result, Exception)
    ):
        return thorough(self, action_result)
    return 200, self.response_headers, plain(action_result.result)


def _put_attribute(self: LimitedSizeDict, name: str, value: Any) -> None:
    if isinstance(value, DynamoType) and value.size() > MAX_SIZE:
        raise ItemSizeTooLarge
    dict.__setitem__(self, name, value)
