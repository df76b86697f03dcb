"""The doctor's races: an engine that keeps its promises passes, and one that breaks any of them is found."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from infra.doctor import write_checks
from infra.doctor.write_checks import LIMIT, RACERS
from tests.support.aws import Aws

pytestmark = pytest.mark.judges_engine

TABLES = ("USERS_TABLE", "MESSAGES_TABLE")


class Engine:
    """moto one call at a time, which is an atomic engine; subclasses break one promise each."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self._turn = threading.Lock()

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            with self._turn:
                spoilt = getattr(type(self), f"do_{operation}", None)
                return spoilt(self, **request) if spoilt else getattr(self.client, operation)(**request)

        return call


class WithoutConditions(Engine):
    """Writes whatever the condition says."""

    def do_put_item(self, **request: Any) -> Any:
        request.pop("ConditionExpression", None)
        return self.client.put_item(**request)

    def do_update_item(self, **request: Any) -> Any:
        request.pop("ConditionExpression", None)
        values = request["ExpressionAttributeValues"]
        request["ExpressionAttributeValues"] = {":one": values[":one"]}
        return self.client.update_item(**request)


class HalfTransactions(Engine):
    """Leaves the first write of a transaction whose condition is refused."""

    def do_transact_write_items(self, TransactItems: list[Any]) -> Any:  # noqa: N803 - AWS's name
        self.client.put_item(**TransactItems[0]["Put"])
        return self.client.transact_write_items(TransactItems=TransactItems)


class BlindTransactions(Engine):
    """Does not look at the conditions of a transaction."""

    def do_transact_write_items(self, TransactItems: list[Any]) -> Any:  # noqa: N803 - AWS's name
        for action in TransactItems:
            for request in action.values():
                request.pop("ConditionExpression", None)
        return self.client.transact_write_items(TransactItems=TransactItems)


class Conflicting(Engine):
    """Refuses each racing transaction once for a conflict, as AWS does."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.refused: set[str] = set()

    def do_transact_write_items(self, TransactItems: list[Any]) -> Any:  # noqa: N803 - AWS's name
        who = str(TransactItems[0]["Put"]["Item"]["sk"])
        if who not in self.refused:
            self.refused.add(who)
            reasons = [{"Code": "TransactionConflict"}, {"Code": "None"}, {"Code": "None"}]
            refusal = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise self.client.exceptions.ClientError(refusal, "TransactWriteItems")
        return self.client.transact_write_items(TransactItems=TransactItems)


class ReturningNothing(Engine):
    """Fails the condition without returning the existing row."""

    def do_put_item(self, **request: Any) -> Any:
        request.pop("ReturnValuesOnConditionCheckFailure", None)
        return self.client.put_item(**request)

    def do_transact_write_items(self, TransactItems: list[Any]) -> Any:  # noqa: N803 - AWS's name
        for action in TransactItems:
            for request in action.values():
                request.pop("ReturnValuesOnConditionCheckFailure", None)
        return self.client.transact_write_items(TransactItems=TransactItems)


EXAMINATIONS = {
    "put": write_checks.examine_put_if_absent,
    "counter": write_checks.examine_counter,
    "transaction": write_checks.examine_transaction,
    "returned": write_checks.examine_returned_row,
}


@pytest.fixture
def tables(aws: Aws) -> Iterator[list[str]]:
    names = [aws.environment[variable] for variable in TABLES]
    yield names
    for variable in TABLES:
        assert aws.table(variable).scan()["Items"] == [], "the throw-away rows are gone"


def found(name: str, engine: type[Engine], aws: Aws, tables: list[str]) -> list[str]:
    return [fault.text for fault in EXAMINATIONS[name](engine(aws.client("dynamodb")), tables)]


@pytest.mark.parametrize("name", EXAMINATIONS)
def test_an_engine_that_keeps_its_promises_passes(name: str, aws: Aws, tables: list[str]) -> None:
    assert found(name, Engine, aws, tables) == []


def test_a_transaction_that_conflicts_is_tried_again(aws: Aws, tables: list[str]) -> None:
    assert found("transaction", Conflicting, aws, tables) == []


@pytest.mark.parametrize(
    ("name", "engine", "told"),
    [
        ("put", WithoutConditions, f"{RACERS} of {RACERS} racers put the same absent row"),
        ("counter", WithoutConditions, f"with room for {LIMIT} let {RACERS} in and stands at {RACERS}"),
        (
            "transaction",
            HalfTransactions,
            f"1 of {RACERS} transactions won, their counter is 1, {RACERS} left",
        ),
        ("transaction", BlindTransactions, f"{RACERS} of {RACERS} transactions won"),
        ("returned", ReturningNothing, "does not return the row"),
    ],
)
def test_a_broken_promise_is_found(
    name: str, engine: type[Engine], told: str, aws: Aws, tables: list[str]
) -> None:
    faults = found(name, engine, aws, tables)
    assert faults
    assert all(told in fault for fault in faults)


def test_rows_are_taken_away_when_a_race_breaks_off(
    aws: Aws, tables: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Any) -> list[int]:
        raise TimeoutError

    monkeypatch.setattr(write_checks, "race", broken)
    with pytest.raises(TimeoutError):
        found("counter", Engine, aws, tables)
