"""The watch over AWS calls sees the product's own and can fail; a test's own calls are not checked."""

import json
from typing import Any

import pytest

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table, dynamodb_client
from tests.support.aws import Aws
from tests.support.aws_call_guard import PRODUCT, find_strange
from tests.support.aws_calls import Call

SCAN = "client.scan(TableName=table)"


def _run_as(path: str, aws: Aws) -> None:
    """Run a Scan as if the file at `path` called it."""
    namespace = {"client": dynamodb_client(), "table": aws.environment["USERS_TABLE"]}
    exec(compile(SCAN, path, "exec"), namespace)  # noqa: S102 - the code is the constant above


@pytest.mark.parametrize("folder", PRODUCT)
def test_a_call_of_the_product_outside_the_subset_fails(folder: str, aws: Aws) -> None:
    with pytest.raises(AssertionError, match=r"dynamodb\.Scan is outside the portable subset"):
        _run_as(f"{folder}/made_up.py", aws)


def test_a_call_of_a_test_is_not_judged(aws: Aws) -> None:
    _run_as(__file__, aws)


PUT = {"TableName": "t", "Item": {}, "ConditionExpression": "attribute_not_exists(pk)"}


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "strange"),
    [
        ("dynamodb", "PutItem", PUT, ""),
        ("dynamodb", "PutItem", PUT | {"ReturnItemCollectionMetrics": "SIZE"}, "ReturnItemCollectionMetrics"),
        ("dynamodb", "Query", {"TableName": "t", "FilterExpression": "a = b"}, "FilterExpression"),
        ("dynamodb", "TransactWriteItems", {"TransactItems": [{"Put": PUT}]}, ""),
        ("dynamodb", "TransactWriteItems", {"TransactItems": [{"Put": PUT | {"X": 1}}]}, "X"),
        (
            "dynamodb", "TransactWriteItems", {"TransactItems": [], "ClientRequestToken": "t"},
            "ClientRequestToken",
        ),
        ("dynamodb", "TransactWriteItems", {"TransactItems": [{"Put": PUT}] * 26}, "more actions"),
        (
            "dynamodb", "BatchGetItem", {"RequestItems": {"t": {"Keys": [], "AttributesToGet": []}}},
            "AttributesToGet",
        ),
        ("s3", "PutObject", {"Bucket": "b", "Key": "k", "Body": b""}, ""),
        ("s3", "PutObject", {"Bucket": "b", "Key": "k", "Tagging": "a=b"}, "Tagging"),
        ("sqs", "SendMessage", {"QueueUrl": "q", "MessageGroupId": "g"}, "MessageGroupId"),
        ("ssm", "GetParameter", {"Name": "n"}, "ssm.GetParameter is outside"),
    ],
)  # fmt: skip
def test_parameters_are_judged_as_operations_are(
    service: str, operation: str, parameters: dict[str, Any], strange: str
) -> None:
    body = json.dumps(parameters) if service == "dynamodb" else None
    found = find_strange(Call(service, operation, parameters, body))
    assert strange in found
    assert bool(found) == bool(strange)


def test_the_product_needs_no_request_tokens_and_no_ttl_deletion(aws: Aws) -> None:
    """The tables of the whole suite ignore the one and never do the other; both hold here and in each run."""
    client = aws.client("dynamodb")
    table = aws.environment["USERS_TABLE"]
    item = {"pk": {"S": "LIMIT#old"}, "sk": {"S": "1"}, "expires_at": {"N": "1"}}
    put = {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}
    client.transact_write_items(TransactItems=[put], ClientRequestToken="once")
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=[put], ClientRequestToken="once")
    assert client.get_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})["Item"] == item
    assert dynamo.get(Table.USERS, ("LIMIT#old", "1"), consistent=True) is None
