"""moto's answers without a detour: the same storage and rules, less wrapping.

Half of moto's time went into a serializer that looks for every possible attribute of every value through the
API's model; what DynamoDB answers about items is JSON already.
"""

import base64
import json
from typing import Any

from moto.core.responses import BaseResponse

ABOUT_ITEMS = {
    "GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem",
    "TransactWriteItems", "TransactGetItems",
}  # fmt: skip

_thorough = BaseResponse.serialized


def shorten() -> None:
    """Answer calls about items with plain JSON from now on; refusals go moto's own way."""
    BaseResponse.serialized = _serialized  # type: ignore[method-assign]


def plain(result: Any) -> str:
    """Return what moto holds as JSON in DynamoDB's own notation."""
    return json.dumps(result, default=_as_json)


def _as_json(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.to_json()


def _serialized(self: Any, action_result: Any) -> Any:
    about_items = self.boto3_service_name == "dynamodb" and self._get_action() in ABOUT_ITEMS
    if not about_items or isinstance(action_result.result, Exception):
        return _thorough(self, action_result)
    return 200, self.response_headers, plain(action_result.result)
