"""Whether the cabinet may trust an engine that speaks DynamoDB's protocol: `cabinet doctor --engine`.

The tables are those that the environment names, as for `cabinet serve`. The races on conditions and
transactions are those of every installation; what AWS promises by contract is tried here as well.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.doctor import write_checks
from infra.doctor.check import Check, Issue, Skipped
from infra.doctor.write_checks import Row, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

type _Examination = Callable[[Any, Sequence[str]], Iterator[Issue]]

MAX_ACTIONS = 25
_RACES = 20
_ROUNDS = 40
_ITEM_BYTES = 380_000
"""Nearly what DynamoDB takes (400 KB): the largest items are carts and accounts with their copies."""
_INDEX_SECONDS = 5.0
_SECONDS = 120.0
_REMEDY = "take another engine: what the cabinet writes there could be lost, doubled or not found"


def checks(dynamodb: Any, tables: Sequence[str], index: tuple[str, Mapping[str, str]]) -> Iterator[Check]:  # noqa: ANN401
    """Return a check a promise.

    Parameters
    ----------
    dynamodb, tables
        A client and the tables' names.
    index
        The first table's index that is tried, and the attributes of its key: partition, sort.
    """
    tried: list[tuple[str, str, _Examination]] = [
        ("put if absent", "of racing writers one wins", _raced(write_checks.examine_put_if_absent)),
        (
            "conditional counter",
            "lets in as many as its condition says",
            _raced(write_checks.examine_counter),
        ),
        (
            "transaction",
            "of racing transactions one happens, whole",
            _raced(write_checks.examine_transaction),
        ),
        ("read after write", f"{_ROUNDS} of {_ROUNDS} writes were read at once", examine_consistency),
        ("limits", f"{MAX_ACTIONS} actions, items of {_ITEM_BYTES // 1000} KB", examine_limits),
        ("refused condition", "gives back the row that stood in the way", examine_returned_row),
        ("index", f"follows within {_INDEX_SECONDS:.0f} s", partial(examine_index, index)),
        ("expiry", "rows past expires_at are deleted some time", examine_expiry),
    ]
    for subject, ok_text, examine in tried:
        yield Check("engine", subject, ok_text, partial(examine, dynamodb, tables), seconds=_SECONDS)


def _raced(examine: _Examination) -> _Examination:
    """Return an examination that races again and again: an engine that is wrong is so now and then."""

    def examine_all(dynamodb: Any, tables: Sequence[str]) -> Iterator[Issue]:  # noqa: ANN401
        for _ in range(_RACES):
            issues = list(examine(dynamodb, tables))
            if issues:
                yield from issues
                return

    return examine_all


def examine_consistency(dynamodb: Any, tables: Sequence[str]) -> Iterator[Issue]:  # noqa: ANN401
    """Yield an issue unless a consistent read shows the last write, and a batch of them too."""
    for table in tables:
        with rows(dynamodb, table) as (row,):
            stale = 0
            for turn in range(_ROUNDS // len(tables)):
                dynamodb.put_item(TableName=table, Item=row.item(turn=turn))
                batch = dynamodb.batch_get_item(
                    RequestItems={table: {"Keys": [row.key], "ConsistentRead": True}}
                )["Responses"][table]
                seen = {row.read().get("turn"), *(int(item["turn"]["N"]) for item in batch)}
                stale += seen != {turn}
            if stale:
                yield Issue(f"{stale} consistent reads of {table} showed an older row", _REMEDY)


def examine_limits(dynamodb: Any, tables: Sequence[str]) -> Iterator[Issue]:  # noqa: ANN401
    """Yield an issue unless the largest transaction and the largest item are taken whole."""
    with rows(dynamodb, *[tables[0]] * MAX_ACTIONS) as many:
        actions = [{"Put": {"TableName": row.table, "Item": row.item(done=1)}} for row in many]
        try:
            dynamodb.transact_write_items(TransactItems=actions)
        except ClientError as error:
            yield Issue(
                f"no transaction of {MAX_ACTIONS} actions: {error.response['Error']['Code']}", _REMEDY
            )
        else:
            missing = sum(row.read().get("done") != 1 for row in many)
            if missing:
                yield Issue(f"a transaction of {MAX_ACTIONS} actions left {missing} out", _REMEDY)
    with rows(dynamodb, tables[0]) as (row,):
        text = {"text": {"S": "ж" * (_ITEM_BYTES // 2)}}
        try:
            dynamodb.put_item(TableName=row.table, Item=row.item() | text)
        except ClientError as error:
            yield Issue(f"no item of {_ITEM_BYTES} bytes: {error.response['Error']['Code']}", _REMEDY)
        else:
            found = dynamodb.get_item(TableName=row.table, Key=row.key, ConsistentRead=True)["Item"]
            if found["text"] != text["text"]:
                yield Issue("a large item came back otherwise than it was put", _REMEDY)


def examine_returned_row(dynamodb: Any, tables: Sequence[str]) -> Iterator[Issue]:  # noqa: ANN401
    """Tell whether failed conditions return the row: it is optional, without it a failure costs a read."""
    if list(write_checks.examine_returned_row(dynamodb, tables)):
        raise Skipped("the row is not given back: it is read after a refusal instead, which costs one read")
    yield from ()


def examine_index(
    index: tuple[str, Mapping[str, str]],
    dynamodb: Any,  # noqa: ANN401
    tables: Sequence[str],
) -> Iterator[Issue]:
    """Yield an issue when a new row is not found by the index in time."""
    name, (partition, sort) = index[0], tuple(index[1].values())
    with rows(dynamodb, tables[0]) as (row,):
        key = row.key["pk"]
        other = {partition: key} | ({} if sort == "pk" else {sort: {"S": "1"}})
        dynamodb.put_item(TableName=row.table, Item=row.item() | other)
        deadline = time.monotonic() + _INDEX_SECONDS
        while not _is_found(dynamodb, row, name, partition):
            if time.monotonic() > deadline:
                yield Issue(f"{name} does not show a row after {_INDEX_SECONDS:.0f} s", _REMEDY)
                return
            time.sleep(0.05)


def _is_found(dynamodb: Any, row: Row, index: str, partition: str) -> bool:  # noqa: ANN401
    found = dynamodb.query(
        TableName=row.table, IndexName=index, KeyConditionExpression="#p = :p",
        ExpressionAttributeNames={"#p": partition}, ExpressionAttributeValues={":p": row.key["pk"]},
    )["Items"]  # fmt: skip
    return any(item["pk"] == row.key["pk"] for item in found)


def examine_expiry(dynamodb: Any, tables: Sequence[str]) -> Iterator[Issue]:  # noqa: ANN401
    """Tell whether expired rows are deleted: it is optional, but without it tables only grow."""
    for table in tables:
        try:
            described = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        except ClientError as error:
            raise Skipped(f"it says nothing of expiry ({error.response['Error']['Code']})") from None
        if described.get("AttributeName") != "expires_at":
            raise Skipped(f"{table} keeps rows past expires_at: correct, but it only grows")
    yield from ()
