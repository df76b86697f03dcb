"""Whether conditions and transactions of the engine underneath are atomic: tried by races on throw-away rows.

Every write of the product depends on it (docs/architecture.md, Rules of writing). The rows are deleted
afterwards, and expire by themselves when the doctor dies before that.
"""

from __future__ import annotations

import time
import uuid
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.doctor.check import Check, Issue, run_together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from infra.doctor.installation import Installation

RACERS = 20
LIMIT = 7
"""How many of the racers a counter takes."""
SECONDS = 20.0
_TRIES = 8
_RETENTION_SECONDS = 3600
_REMEDY = (
    "stop taking payments: this engine loses or doubles writes. Move to one whose conditional writes "
    "are atomic (docs/adr), then compare the orders with the bank's statement"
)


class Row:
    """One throw-away row of a table."""

    def __init__(self, dynamodb: Any, table: str, name: str) -> None:  # noqa: ANN401 - boto3's client
        self._dynamodb, self.table = dynamodb, table
        self.key = {"pk": {"S": f"DOCTOR#{uuid.uuid4().hex}"}, "sk": {"S": name}}

    def item(self, **numbers: int) -> dict[str, Any]:
        """Return the row with numbers in it."""
        expires = int(time.time()) + _RETENTION_SECONDS
        return self.key | {
            name: {"N": str(value)} for name, value in (numbers | {"expires_at": expires}).items()
        }

    def read(self) -> dict[str, int]:
        """Return the row's numbers as they are now."""
        found = self._dynamodb.get_item(TableName=self.table, Key=self.key, ConsistentRead=True).get(
            "Item", {}
        )
        return {name: int(value["N"]) for name, value in found.items() if "N" in value}

    def delete(self) -> None:
        """Take it away."""
        self._dynamodb.delete_item(TableName=self.table, Key=self.key)


def checks(installation: Installation) -> Iterator[Check]:
    """Return a check a promise."""
    tables = [installation.table(name) for name, _ in installation.template.resources("AWS::DynamoDB::Table")]
    tried: list[tuple[str, str, Callable[[Any, Sequence[str]], Iterator[Issue]]]] = [
        ("put if absent", f"of {RACERS} racing writers one wins", examine_put_if_absent),
        ("conditional counter", f"of {RACERS} racing writers {LIMIT} are let in", examine_counter),
        ("transaction", f"of {RACERS} racing transactions one happens, whole", examine_transaction),
        ("refused condition", "gives back the row that stood in the way", examine_returned_row),
    ]
    for subject, ok_text, examine in tried:
        yield Check(
            "writes", subject, ok_text,
            partial(examine, installation.client("dynamodb"), tables), seconds=SECONDS,
        )  # fmt: skip


def examine_put_if_absent(dynamodb: Any, tables: Sequence[str]) -> Iterator[Issue]:  # noqa: ANN401
    """Yield an issue unless exactly one racer's row is stored, and it is the winner's."""
    for table in tables:
        with rows(dynamodb, table) as (row,):

            def claim(racer: int, row: Row = row) -> None:
                dynamodb.put_item(
                    TableName=row.table,
                    Item=row.item(racer=racer),
                    ConditionExpression="attribute_not_exists(pk)",
                )

            won = race(claim)
            if len(won) != 1 or row.read().get("racer") != won[0]:
                yield Issue(f"{len(won)} of {RACERS} racers put the same absent row of {table}", _REMEDY)


def examine_counter(dynamodb: Any, tables: Sequence[str]) -> Iterator[Issue]:  # noqa: ANN401
    """Yield an issue unless the counter lets in as many as its condition says."""
    with rows(dynamodb, tables[0]) as (row,):
        dynamodb.put_item(TableName=row.table, Item=row.item(taken=0))

        def take(_: int) -> None:
            dynamodb.update_item(
                TableName=row.table, Key=row.key, UpdateExpression="ADD taken :one",
                ConditionExpression="taken < :limit",
                ExpressionAttributeValues={":one": {"N": "1"}, ":limit": {"N": str(LIMIT)}},
            )  # fmt: skip

        won, taken = race(take), row.read().get("taken")
        if (len(won), taken) != (LIMIT, LIMIT):
            yield Issue(f"a counter with room for {LIMIT} let {len(won)} in and stands at {taken}", _REMEDY)


def examine_transaction(dynamodb: Any, tables: Sequence[str]) -> Iterator[Issue]:  # noqa: ANN401
    """Yield an issue unless one transaction happened, in both tables, and nothing of the others did."""
    with (
        rows(dynamodb, tables[0], tables[-1]) as (claimed, counter),
        rows(dynamodb, *[tables[-1]] * RACERS) as traces,
    ):
        dynamodb.put_item(TableName=counter.table, Item=counter.item(done=0))

        def act(racer: int) -> None:
            claim = {"TableName": claimed.table, "Item": claimed.item(racer=racer)}
            count = {
                "TableName": counter.table, "Key": counter.key, "UpdateExpression": "ADD done :one",
                "ConditionExpression": "attribute_exists(pk)",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }  # fmt: skip
            trace = {"TableName": traces[racer].table, "Item": traces[racer].item(racer=racer)}
            dynamodb.transact_write_items(
                TransactItems=[  # the condition last: what came before it must be undone
                    {"Put": trace}, {"Update": count},
                    {"Put": claim | {"ConditionExpression": "attribute_not_exists(pk)"}},
                ]
            )  # fmt: skip

        won = race(act)
        left = [racer for racer, trace in enumerate(traces) if trace.read()]
        done = counter.read().get("done")
        if len(won) != 1 or left != won or done != 1 or claimed.read().get("racer") != won[0]:
            yield Issue(
                f"{len(won)} of {RACERS} transactions won, their counter is {done}, {len(left)} left rows",
                _REMEDY,
            )


def examine_returned_row(dynamodb: Any, tables: Sequence[str]) -> Iterator[Issue]:  # noqa: ANN401
    """Yield an issue when a failed condition does not return the existing item."""
    with rows(dynamodb, tables[0]) as (row,):
        dynamodb.put_item(TableName=row.table, Item=row.item(mark=1))
        put = {
            "TableName": row.table, "Item": row.item(mark=2),
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }  # fmt: skip
        returned: dict[str, Any] = {"a write": None, "a transaction": None}
        try:
            dynamodb.put_item(**put)
        except ClientError as error:
            returned["a write"] = error.response.get("Item")
        try:
            dynamodb.transact_write_items(TransactItems=[{"Put": put}])
        except ClientError as error:
            reasons: Any = error.response.get("CancellationReasons") or [{}]
            returned["a transaction"] = reasons[0].get("Item")
        for way, item in returned.items():
            if (item or {}).get("mark") != {"N": "1"}:
                yield Issue(
                    f"{way} whose condition is refused does not return the row that stood in the way",
                    "nothing rests on it: each refusal costs one read more (docs/adr/0003)",
                )


def race(act: Callable[[int], None]) -> list[int]:
    """Let all racers act at once; return those that were let through. Raises what is no refusal."""
    results = run_together([partial(_try, act, racer) for racer in range(RACERS)], [SECONDS] * RACERS)
    for result in results:
        if isinstance(result, Exception):
            raise result
    if None in results:
        raise TimeoutError("a racing write was not answered")
    return [racer for racer, result in enumerate(results) if result is True]


def _try(act: Callable[[int], None], racer: int) -> bool | Exception:
    """Return whether a racer won; what only passed by is tried again."""
    for _ in range(_TRIES):
        try:
            act(racer)
        except ClientError as error:
            codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            codes.add(error.response["Error"]["Code"])
            if codes & {"ConditionalCheckFailed", "ConditionalCheckFailedException"}:
                return False
            if codes & {
                "TransactionConflict",
                "TransactionConflictException",
                "TransactionInProgressException",
            }:
                time.sleep(0.02 * (racer + 1))
                continue
            return error
        except Exception as error:  # noqa: BLE001 - reported by the thread that asked
            return error
        return True
    return False


@contextmanager
def rows(dynamodb: Any, *tables: str) -> Iterator[list[Row]]:  # noqa: ANN401
    """Give rows that are deleted afterwards, whatever happens."""
    made = [Row(dynamodb, table, str(number)) for number, table in enumerate(tables)]
    try:
        yield made
    finally:
        for row in made:
            row.delete()
