"""`cabinet doctor --engine`: finds engines that break AWS's promises; what only costs is reported."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.doctor import engine_checks
from infra.doctor.check import Issue, Skipped
from tests.support.aws import Aws

pytestmark = pytest.mark.judges_engine

INDEX = ("by_number", {"HASH": "number", "RANGE": "pk"})


class Engine:
    """The tables in memory; subclasses break one promise each."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def __getattr__(self, operation: str) -> Any:
        return getattr(self.client, operation)


class Stale(Engine):
    """Reads of one key show what was there a write before."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.before: Any = None

    def get_item(self, **request: Any) -> Any:
        found = self.client.get_item(**request)
        shown, self.before = self.before or found, found
        return shown


class SmallTransactions(Engine):
    """Takes ten actions at most."""

    def transact_write_items(self, TransactItems: list[Any]) -> Any:  # noqa: N803 - AWS's name
        if len(TransactItems) > 10:
            raise ClientError({"Error": {"Code": "ValidationException"}}, "TransactWriteItems")
        return self.client.transact_write_items(TransactItems=TransactItems)


class ForgetfulTransactions(Engine):
    """Leaves the last action out."""

    def transact_write_items(self, TransactItems: list[Any]) -> Any:  # noqa: N803 - AWS's name
        return self.client.transact_write_items(TransactItems=TransactItems[:-1])


class SmallItems(Engine):
    """Takes no large item."""

    def put_item(self, **request: Any) -> Any:
        if len(str(request["Item"])) > 100_000:
            raise ClientError({"Error": {"Code": "ValidationException"}}, "PutItem")
        return self.client.put_item(**request)


class BlindIndex(Engine):
    """Finds nothing by an index."""

    def query(self, **_: Any) -> Any:
        return {"Items": []}


class ReturningNothing(Engine):
    """Shows no row with a refusal."""

    def put_item(self, **request: Any) -> Any:
        request.pop("ReturnValuesOnConditionCheckFailure", None)
        return self.client.put_item(**request)


EXAMINATIONS: dict[str, Callable[..., Iterator[Issue]]] = {
    "consistency": engine_checks.examine_consistency,
    "limits": engine_checks.examine_limits,
    "index": partial(engine_checks.examine_index, INDEX),
    "returned": engine_checks.examine_returned_row,
}


@pytest.fixture
def tables(aws: Aws) -> Iterator[list[str]]:
    names = ("ACCOUNTS_TABLE", "MESSAGES_TABLE")
    yield [aws.environment[name] for name in names]
    for name in names:
        assert aws.table(name).scan()["Items"] == [], "the throw-away rows are gone"


@pytest.mark.parametrize("name", EXAMINATIONS)
def test_an_engine_that_keeps_its_promises_passes(name: str, aws: Aws, tables: list[str]) -> None:
    assert list(EXAMINATIONS[name](Engine(aws.client("dynamodb")), tables)) == []


@pytest.mark.parametrize(
    ("name", "engine", "told"),
    [
        ("consistency", Stale, "showed an older row"),
        ("limits", SmallTransactions, "no transaction of 25 actions: ValidationException"),
        ("limits", ForgetfulTransactions, "left 1 out"),
        ("limits", SmallItems, "no item of 380000 bytes"),
        ("index", BlindIndex, "by_number does not show a row"),
    ],
)
def test_a_broken_promise_is_found(
    name: str, engine: type[Engine], told: str, aws: Aws, tables: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_checks, "_INDEX_SECONDS", 0.0)
    faults = [fault.text for fault in EXAMINATIONS[name](engine(aws.client("dynamodb")), tables)]
    assert faults
    assert any(told.replace("after 5 s", "") in fault for fault in faults)


def test_what_nothing_rests_on_is_told_and_no_fault(aws: Aws, tables: list[str]) -> None:
    with pytest.raises(Skipped, match="costs one read"):
        list(engine_checks.examine_returned_row(ReturningNothing(aws.client("dynamodb")), tables))


def test_an_engine_that_never_deletes_what_has_expired_is_told(aws: Aws, tables: list[str]) -> None:
    with pytest.raises(Skipped, match="only grows"):
        list(engine_checks.examine_expiry(Engine(aws.client("dynamodb")), tables))
    for table in tables:
        on = {"Enabled": True, "AttributeName": "expires_at"}
        aws.client("dynamodb").update_time_to_live(TableName=table, TimeToLiveSpecification=on)
    assert list(engine_checks.examine_expiry(Engine(aws.client("dynamodb")), tables)) == []
