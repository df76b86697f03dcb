"""What passes through is what botocore would have written and read itself."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cabinet.aws import dynamo
from cabinet.aws.dynamo.serialization import serialize_item
from tests.support.aws import REGION, Aws

ITEM = {
    "pk": "A#«ё»", "sk": "1", "n": -12, "m": {"list": [1, "два", None, True, {"x": ""}]}, "s": {"b", "a"},
    "raw": b"\x00\xff",
}  # fmt: skip


@pytest.fixture
def both(aws: Aws) -> tuple[Any, Any, str]:
    """Our client, one that is botocore's alone, and a table."""
    return (
        dynamo.dynamodb_client(),
        boto3.client("dynamodb", region_name=REGION),
        aws.environment["USERS_TABLE"],
    )


def test_items_are_written_and_read_alike(both: tuple[Any, Any, str]) -> None:
    ours, plain, table = both
    wire = serialize_item(ITEM)
    ours.put_item(TableName=table, Item=wire)
    key = {"pk": wire["pk"], "sk": wire["sk"]}
    read = plain.get_item(TableName=table, Key=key)["Item"]
    assert read["raw"] == {"B": b"\x00\xff"}
    assert dynamo.get(dynamo.Table.USERS, (ITEM["pk"], ITEM["sk"])) == ITEM  # type: ignore[arg-type]
    answers = [client.get_item(TableName=table, Key=key) for client in (ours, plain)]
    assert {**answers[0]["Item"], "raw": 0} == {**answers[1]["Item"], "raw": 0}
    assert [answer["ResponseMetadata"]["HTTPStatusCode"] for answer in answers] == [200, 200]


def test_refusals_are_told_by_botocore_as_ever(both: tuple[Any, Any, str]) -> None:
    told = []
    for client in both[:2]:
        check = {
            "TableName": both[2],
            "Key": serialize_item({"pk": "x", "sk": "y"}),
            "ConditionExpression": "attribute_exists(pk)",
        }
        with pytest.raises(ClientError) as refused:
            client.transact_write_items(TransactItems=[{"ConditionCheck": check}])
        told.append((refused.value.response["Error"]["Code"], refused.value.response["CancellationReasons"]))
    assert told[0] == told[1]
    assert told[0][0] == "TransactionCanceledException"
