"""What makes moto fast enough leaves its answers as they are, and says so when moto changes beneath it."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.responses import BaseResponse
from moto.dynamodb.models.dynamo_type import LimitedSizeDict

from tests.support import moto_speedups
from tests.support.aws import Aws

ITEM = {
    "pk": {"S": "A"}, "sk": {"S": "B"}, "n": {"N": "1.50"}, "b": {"B": b"\x00\xff"}, "t": {"BOOL": True},
    "none": {"NULL": True}, "ss": {"SS": ["а", "б"]}, "m": {"M": {"l": {"L": [{"S": "x"}, {"N": "2"}]}}},
}  # fmt: skip


@pytest.fixture
def thorough(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let moto answer in its own way for as long as a test asks for it."""
    with monkeypatch.context() as patched:
        patched.setattr(BaseResponse, "serialized", moto_speedups.thorough)
        yield


def _answers(client: Any, table: str) -> list[Any]:
    key = {"pk": ITEM["pk"], "sk": ITEM["sk"]}
    condition = {"ConditionExpression": "attribute_not_exists(pk)"}
    answers: list[Any] = [
        client.put_item(TableName=table, Item=ITEM, ReturnValues="ALL_OLD"),
        client.get_item(TableName=table, Key=key),
        client.get_item(TableName=table, Key=key | {"sk": {"S": "none"}}),
        client.batch_get_item(RequestItems={table: {"Keys": [key]}}),
        client.query(
            TableName=table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": ITEM["pk"]}
        ),
        client.update_item(TableName=table, Key=key, UpdateExpression="SET n = n", ReturnValues="ALL_NEW"),
        client.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": ITEM}}]),
    ]
    for refused in (
        lambda: client.put_item(TableName=table, Item=ITEM, **condition),
        lambda: client.transact_write_items(
            TransactItems=[{"Put": {"TableName": table, "Item": ITEM} | condition}]
        ),
    ):
        with pytest.raises(ClientError) as refusal:
            refused()
        answers.append(refusal.value.response)
    client.delete_item(TableName=table, Key=key)
    for answer in answers:
        del answer["ResponseMetadata"]
    return answers


def test_short_answers_say_what_motos_own_say(aws: Aws, request: pytest.FixtureRequest) -> None:
    client, table = aws.client("dynamodb"), aws.environment["USERS_TABLE"]
    short = _answers(client, table)
    request.getfixturevalue("thorough")
    assert _answers(client, table) == short


def test_an_attribute_beyond_the_limit_is_refused_as_by_moto(aws: Aws) -> None:
    too_big = ITEM | {"big": {"S": "x" * (moto_speedups.MAX_SIZE + 1)}}
    with pytest.raises(ClientError, match="Item size has exceeded"):
        aws.client("dynamodb").put_item(TableName=aws.environment["USERS_TABLE"], Item=too_big)


def test_moto_is_as_the_shortcuts_expect_it() -> None:
    assert list(inspect.signature(moto_speedups.thorough).parameters) == ["self", "action_result"]
    assert moto_speedups.thorough.__module__ == BaseResponse.__module__
    assert list(inspect.signature(moto_speedups.thorough_put).parameters) == ["self", "key", "value"]
    assert f"> {moto_speedups.MAX_SIZE}" in inspect.getsource(moto_speedups.thorough_put)
    assert moto_speedups.thorough_put.__module__ == LimitedSizeDict.__module__
