"""Lets botocore pass DynamoDB's JSON through as it is, both ways, by the events that it offers for that.

For every value of every item botocore walks the service's model, to arrive at exactly the JSON that
`cabinet.aws.dynamo.serialization` reads and writes anyway, and it searches each transaction for its tables:
that was most of the processor time of a request (bench/request_cpu.py). So botocore is given no parameters
and an empty answer, and the JSON goes past it. (What botocore adds to the parameters by itself goes with
them: a ClientRequestToken, which not every cloud knows, and we use marks instead.) An error, or another
protocol than plain JSON, still goes botocore's way.
"""

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_OPERATIONS = (
    "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems",
)  # fmt: skip
_BODY = "cabinet_body"
_JSON = "application/x-amz-json"


def bypass_serializer(made: "DynamoDBClient") -> None:
    """Change one client, not botocore."""
    events = made.meta.events
    for operation in _OPERATIONS:
        # First, so that other listeners see the request as it will be sent.
        events.register_first(f"provide-client-params.dynamodb.{operation}", _write)  # type: ignore[arg-type]
        events.register_first(f"before-call.dynamodb.{operation}", _send)
        events.register_last(f"before-parse.dynamodb.{operation}", _read)


def _write(params: dict[str, Any], model: Any, context: dict[str, Any], **_: object) -> dict[str, Any] | None:  # noqa: ANN401 - botocore's
    """Keep the request's body, and leave botocore nothing to walk."""
    if model.service_model.resolved_protocol != "json":
        return None
    context[_BODY] = json.dumps(params, separators=(",", ":"), default=_base64_text).encode()
    return {"RequestItems": {}} if "RequestItems" in params else {}  # botocore asks for its tables


def _send(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    """Give the request the body that was kept."""
    if _BODY in context:
        params["body"] = context.pop(_BODY)


def _read(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Read a success in one go, and leave botocore's parser nothing of it."""
    is_json = response_dict["headers"].get("content-type", "").startswith(_JSON)
    if response_dict["status_code"] == 200 and is_json:
        customized_response_dict |= json.loads(response_dict["body"] or b"{}")
        response_dict["body"] = b"{}"


def _base64_text(value: bytes) -> str:
    return base64.b64encode(value).decode()
