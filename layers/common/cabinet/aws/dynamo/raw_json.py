"""Lets botocore pass DynamoDB's JSON through as it is, both ways.

For every value of every item botocore walks the service's model, to arrive at the very JSON that
`cabinet.aws.dynamo.serialization` reads and writes anyway: that walk was most of the processor time of a
request (bench/request_cpu.py). An error, or another protocol than plain JSON, still goes botocore's way.
"""

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_JSON = "application/x-amz-json"


def bypass_serializer(made: "DynamoDBClient") -> None:
    """Change one client, not botocore: its serializer and the parsers that it makes."""
    parts: Any = made
    serializer, endpoint = parts._serializer, parts._endpoint
    serializer.serialize_to_request = _JsonSerializer(serializer.serialize_to_request)
    endpoint._response_parser_factory = _ParserFactory(endpoint._response_parser_factory)


class _JsonSerializer:
    """Writes a request by ``json.dumps`` in one go."""

    def __init__(self, by_the_model: Any) -> None:  # noqa: ANN401 - botocore's method
        self._by_the_model = by_the_model

    def __call__(self, parameters: dict[str, Any], operation: object) -> Any:  # noqa: ANN401 - botocore's request
        request = self._by_the_model({}, operation)
        if not request["headers"].get("Content-Type", "").startswith(_JSON):
            return self._by_the_model(parameters, operation)
        request["body"] = json.dumps(parameters, separators=(",", ":"), default=_base64_text).encode()
        return request


def _base64_text(value: bytes) -> str:
    return base64.b64encode(value).decode()


class _ParserFactory:
    """Makes parsers that read a success by ``json.loads`` in one go; one for each protocol."""

    def __init__(self, factory: Any) -> None:  # noqa: ANN401 - botocore's factory
        self._factory = factory
        self._made: dict[str, _JsonParser] = {}

    def create_parser(self, protocol: str) -> "_JsonParser":
        """Return the protocol's parser, in botocore's words."""
        if protocol not in self._made:
            self._made[protocol] = _JsonParser(self._factory.create_parser(protocol))
        return self._made[protocol]


class _JsonParser:
    def __init__(self, by_the_model: Any) -> None:  # noqa: ANN401 - botocore's parser
        self._by_the_model = by_the_model

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else botocore asks of a parser
        return getattr(self._by_the_model, name)

    def parse(self, response: dict[str, Any], shape: object) -> Any:  # noqa: ANN401 - botocore's answer
        """Return the answer as botocore would, without visiting each value."""
        headers = response["headers"]
        if response["status_code"] != 200 or not headers.get("content-type", "").startswith(_JSON):
            return self._by_the_model.parse(response, shape)
        answer = json.loads(response["body"] or b"{}")
        answer["ResponseMetadata"] = {
            "RequestId": headers.get("x-amzn-requestid", ""),
            "HTTPStatusCode": 200,
            "HTTPHeaders": dict(headers),
        }
        return answer
