"""`cabinet restore` as far as the local AWS goes: its copies, its change of the stack, its functions then."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.__main__ import main
from tests.support.whole_stack import Stack

pytestmark = pytest.mark.judges_engine

FUNCTION = "RemindersFunction"


def in_use(stack: Stack) -> dict[str, str]:
    found = stack.client("lambda").get_function_configuration(
        FunctionName=stack.names[FUNCTION], Qualifier="live"
    )
    return {key: value for key, value in found["Environment"]["Variables"].items() if key.endswith("_TABLE")}


def suppliers_in(stack: Stack, table: str) -> int:
    found = stack.client("dynamodb").query(
        TableName=table, IndexName="by_shard", KeyConditionExpression="#shard = :suppliers",
        ExpressionAttributeNames={"#shard": "shard"},
        ExpressionAttributeValues={":suppliers": {"S": "SUPPLIERS"}},
    )  # fmt: skip
    count: int = found["Count"]
    return count


def runs(stack: Stack) -> Any:
    """Return what a function says that reads the suppliers by its own right."""
    event = json.dumps({"schedule": "reminders"}).encode()
    answer = stack.client("lambda").invoke(FunctionName=stack.names[f"{FUNCTION}Aliaslive"], Payload=event)
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.loads(answer["Payload"].read())


def test_tables_are_copied_put_to_use_and_taken_back(
    whole_stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--data", str(whole_stack.data)]
    at = datetime.now(UTC).isoformat(timespec="seconds")
    own = in_use(whole_stack)
    capsys.readouterr()
    assert main(["restore", "--at", at, "--plan", *options]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 9
    assert main(["restore", "--at", at, *options]) == 1
    assert "nobody is there to confirm" in capsys.readouterr().err
    assert in_use(whole_stack) == own, "copied and checked, and not put to use"

    assert main(["restore", "--at", at, "--yes", *options]) == 0
    said = capsys.readouterr().out
    assert "0 have changed since, 0 are gone" in said
    copies = in_use(whole_stack)
    assert set(copies.values()).isdisjoint(own.values())
    assert suppliers_in(whole_stack, copies["ACCOUNTS_TABLE"]) == 1
    runs(whole_stack)
    assert main(["doctor", "--failures", *options]) == 0, "the copies are tables as the template says"

    assert main(["restore", "--undo", *options]) == 0
    assert in_use(whole_stack) == own
    runs(whole_stack)
