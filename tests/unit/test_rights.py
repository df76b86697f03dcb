"""What is checked of each function's rights: tests/support/rights.py, by the run's own watch."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from infra.build.template import ROOT
from tests.support import rights
from tests.support.aws import Aws
from tests.support.rights_report import RightsReport

TABLE = "arn:aws:dynamodb:::table/"
BUCKET = "arn:aws:s3:::cabinet-documents-"


def code_of(function: str, source: str, **names: Any) -> Callable[[], Any]:
    """A piece of code as if it were in the function's own folder."""
    path = ROOT / "functions" / function / "written_by_a_test.py"
    exec(compile(source, str(path), "exec"), names)  # noqa: S102 - the stack is to show the function
    work: Callable[[], Any] = names["work"]
    return work


def report_text() -> str | None:
    """What the report makes of the test that runs now."""
    hook = RightsReport().pytest_runtest_call()
    next(hook)
    try:
        hook.send(None)
    except StopIteration:
        return None
    except pytest.fail.Exception as failure:
        return str(failure)
    raise AssertionError("the hook goes on")


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "needed"),
    [
        ("dynamodb", "GetItem", {"TableName": "T"}, {("dynamodb:GetItem", f"{TABLE}T")}),
        (
            "dynamodb",
            "Query",
            {"TableName": "T", "IndexName": "by_house"},
            {("dynamodb:Query", f"{TABLE}T/index/by_house")},
        ),
        (
            "dynamodb",
            "BatchGetItem",
            {"RequestItems": {"T": {}, "U": {}}},
            {("dynamodb:BatchGetItem", f"{TABLE}T"), ("dynamodb:BatchGetItem", f"{TABLE}U")},
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "T"}}, {"ConditionCheck": {"TableName": "U"}}]},
            {("dynamodb:PutItem", f"{TABLE}T"), ("dynamodb:ConditionCheckItem", f"{TABLE}U")},
        ),
        ("s3", "HeadObject", {"Bucket": "B", "Key": "a"}, {("s3:GetObject", "arn:aws:s3:::B/a")}),
        ("s3", "ListObjectsV2", {"Bucket": "B"}, {("s3:ListBucket", "arn:aws:s3:::B")}),
        (
            "s3",
            "CopyObject",
            {"Bucket": "B", "Key": "b", "CopySource": "A/a"},
            {("s3:GetObject", "arn:aws:s3:::A/a"), ("s3:PutObject", "arn:aws:s3:::B/b")},
        ),
        ("sqs", "SendMessageBatch", {"QueueUrl": "Q"}, {("sqs:SendMessage", "arn:aws:sqs:::Q")}),
    ],
)
def test_a_call_needs_the_rights_that_aws_would_look_for(
    service: str, operation: str, parameters: dict[str, Any], needed: set[rights.Right]
) -> None:
    assert set(rights.needed(service, operation, parameters)) == needed


def test_a_call_of_an_unknown_service_is_not_passed_over() -> None:
    with pytest.raises(AssertionError, match=r"kms\.Decrypt"):
        list(rights.needed("kms", "Decrypt", {}))


def test_a_right_that_nobody_asked_for_is_named() -> None:
    grants = {"queries": {("dynamodb:Query", f"{TABLE}T/index/*"), ("s3:GetObject", f"{BUCKET}/*")}}
    requests = {
        "queries": {("dynamodb:Query", f"{TABLE}T/index/by_house")},
        "receipts": {("s3:GetObject", f"{BUCKET}/receipts/1.pdf")},
    }
    assert rights.unused(grants, requests) == [f"queries never needs s3:GetObject on {BUCKET}/*"]


PUT = """
def work():
    table.put_item(Item={"pk": "ACCOUNT#x", "sk": "ACCOUNT"})
"""
SWALLOWED = """
def work():
    try:
        table.put_item(Item={"pk": "ACCOUNT#x", "sk": "ACCOUNT"})
    except Exception:
        pass
"""
REFUSED = f"queries may not dynamodb:PutItem on {TABLE}AccountsTable"


def test_a_function_that_asks_for_too_much_is_stopped_there(aws: Aws) -> None:
    work = code_of("queries", PUT, table=aws.table("ACCOUNTS_TABLE"))
    with pytest.raises(AssertionError, match="queries may not dynamodb:PutItem"):
        work()
    assert report_text() == REFUSED
    assert report_text() is None


def test_a_refusal_that_the_function_caught_fails_its_test_all_the_same(aws: Aws) -> None:
    code_of("queries", SWALLOWED, table=aws.table("ACCOUNTS_TABLE"))()
    assert report_text() == REFUSED


def test_a_thread_that_a_function_began_has_the_functions_rights(aws: Aws) -> None:
    table = aws.table("ACCOUNTS_TABLE")
    begin = "def work():\n    return pool.submit(table.put_item, Item={'pk': 'ACCOUNT#x', 'sk': 'ACCOUNT'})"
    with ThreadPoolExecutor(1) as pool:
        code_of("imports", begin, pool=pool, table=table)().result()
        refused = code_of("queries", begin, pool=pool, table=table)()
    assert isinstance(refused.exception(), AssertionError)
    assert report_text() == REFUSED


def test_what_a_test_does_itself_is_not_the_functions(aws: Aws) -> None:
    table = aws.table("ACCOUNTS_TABLE")

    def rival() -> None:
        table.put_item(Item={"pk": "ACCOUNT#x", "sk": "ACCOUNT"})

    code_of("queries", "def work():\n    rival()", rival=rival)()
    assert report_text() is None


def test_a_right_that_nobody_asked_for_is_an_error_of_the_closing_line(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("def test_one():\n    assert True\n", "utf-8")
    (tmp_path / "conftest.py").write_text(
        "from tests.support.rights_report import report_error\n"
        "def pytest_sessionfinish(session):\n"
        "    report_error(session.config, 'rights', ['staff never needs s3:GetObject'])\n",
        "utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "-q"]
    ran = subprocess.run(
        [*command, "-c", "/dev/null", str(tmp_path)], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert "staff never needs s3:GetObject" in ran.stdout
    assert "1 passed, 1 error in" in ran.stdout
