"""The watch over AWS calls sees the product's own and can fail; a test's own calls are not judged."""

import pytest

from cabinet.aws.dynamo import dynamodb_client
from tests.support.aws import Aws
from tests.support.aws_call_guard import PRODUCT

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
