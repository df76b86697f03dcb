"""The only module that talks to DynamoDB's API: reads, conditional writes, transactions, retries.

Stores give it keys, expressions with ``#name`` and ``:value`` placeholders, and for each write the domain
error that a refused condition means. Only the portable subset of the API is used (docs/adr): no PartiQL, no
Streams, no ClientRequestToken; an item past ``expires_at`` counts as absent.
"""

import os
import random
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, Self

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError
from botocore.handlers import generate_idempotent_uuid

from cabinet import clock
from cabinet.dynamo_json import pass_json_through
from cabinet.errors import Conflict, DomainError, Unavailable
from cabinet.wire import Item, item_from_wire, item_to_wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Key = tuple[str, str]
"""Partition key and sort key."""

type Otherwise = type[DomainError] | DomainError | Callable[[Item | None], Exception]
"""What a refused condition means: an error, or a function of the item that stood in the way."""

IS_ABSENT = "attribute_not_exists(pk)"
IS_PRESENT = "attribute_exists(pk)"

MAX_ACTIONS = 25
"""Actions in one transaction that every AWS-compatible cloud accepts (docs/adr)."""

_ATTEMPTS = 8
_BASE_SECONDS, _CAP_SECONDS = 0.02, 0.5
_BATCH_LIMIT = 100
_PASSING = {
    "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
    "TransactionConflictException", "TransactionInProgressException",
    "InternalServerError", "ServiceUnavailable",
}  # fmt: skip
_PASSING_REASONS = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
_NAMES = re.compile(r"#(\w+)")


class Table(StrEnum):
    """The four tables, by the variable that holds each one's name."""

    USERS = "USERS_TABLE"
    ACCOUNTS = "ACCOUNTS_TABLE"
    PAYMENTS = "PAYMENTS_TABLE"
    MESSAGES = "MESSAGES_TABLE"

    @property
    def physical_name(self) -> str:
        """Return the name in this environment."""
        return os.environ[self.value]


@cache
def client() -> "DynamoDBClient":
    """Return the one client, made at the first use and kept warm."""
    made: DynamoDBClient = boto3.client(
        "dynamodb",
        config=Config(
            connect_timeout=1, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2},
            parameter_validation=False, tcp_keepalive=True,
            # botocore would put its own together anew for each call: an eighth of a request's processor time
            user_agent="cabinet",
        ),
    )  # fmt: skip
    # botocore adds a ClientRequestToken by itself; not every cloud knows it, and we rest on marks instead.
    made.meta.events.unregister("before-parameter-build", generate_idempotent_uuid)
    pass_json_through(made)
    return made


# ------------------------------------------------------------------ reading


@dataclass(frozen=True, slots=True)
class Page:
    """Items of one answer, and where to go on: the raw start key, or None at the end."""

    items: list[Item]
    next_key: Item | None


def get(table: Table, key: Key, *, consistent: bool = False) -> Item | None:
    """Return the item, or None when it is absent or has expired."""
    found = _call(
        client().get_item, TableName=table.physical_name, Key=_wire_key(key), ConsistentRead=consistent
    ).get("Item")
    return _living(item_from_wire(found)) if found else None


def batch_get(
    reads: Sequence[tuple[Table, Key]], *, consistent: bool | Table = False, attributes: Sequence[str] = ()
) -> list[Item | None]:
    """Return the items in the order of `reads` (at most 100, of any tables) in one round trip.

    `consistent` may name the one table that must be read so: each consistent item costs twice. `attributes`
    narrows the answer (not its cost in capacity) to some attributes besides the key.
    """
    if len(reads) > _BATCH_LIMIT:
        raise ValueError(f"at most {_BATCH_LIMIT} keys in a batch")
    wanted: dict[str, Any] = {}
    for table, key in dict.fromkeys(reads):
        strongly = consistent is True or consistent is table
        entry = wanted.setdefault(
            table.physical_name, {"Keys": [], "ConsistentRead": strongly, **_narrowed_to(attributes)}
        )
        entry["Keys"].append(_wire_key(key))
    found: dict[tuple[str, str, str], Item] = {}
    for attempt in range(_ATTEMPTS):
        if not wanted:
            break
        if attempt:
            _pause(attempt)
        answer = _call(client().batch_get_item, RequestItems=wanted)
        for name, items in answer.get("Responses", {}).items():
            for raw in items:
                item = item_from_wire(raw)
                found[name, item["pk"], item["sk"]] = item
        wanted = answer.get("UnprocessedKeys") or {}
    if wanted:
        raise Unavailable
    return [_living(found.get((table.physical_name, *key))) for table, key in reads]


def _narrowed_to(attributes: Sequence[str]) -> dict[str, Any]:
    if not attributes:
        return {}
    names = {f"#{name}": name for name in ("pk", "sk", "expires_at", *attributes)}
    return {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}


def query(
    table: Table,
    pk: str,
    *,
    begins: str = "",
    between: tuple[str, str] | None = None,
    index: tuple[str, str, str] | None = None,
    limit: int = 100,
    after: Item | None = None,
    newest_first: bool = False,
    consistent: bool = False,
) -> Page:
    """Return one page of a partition, by sort key.

    Parameters
    ----------
    begins, between
        Narrow the sort key by prefix, or to a closed range.
    index
        ``(index name, its partition attribute, its sort attribute)``; the table's own keys when None.
    limit
        Items read at most; the page may hold fewer where some have expired.
    after
        `Page.next_key` of the page before.
    """
    index_name, pk_name, sk_name = index or ("", "pk", "sk")
    condition, values = "#pk = :pk", {":pk": pk}
    if between is not None:
        condition += " AND #sk BETWEEN :low AND :high"
        values |= {":low": between[0], ":high": between[1]}
    elif begins:
        condition += " AND begins_with(#sk, :begins)"
        values[":begins"] = begins
    request: dict[str, Any] = {
        "TableName": table.physical_name,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": {"#pk": pk_name} | ({"#sk": sk_name} if "#sk" in condition else {}),
        "ExpressionAttributeValues": item_to_wire(values),
        "Limit": limit,
        "ScanIndexForward": not newest_first,
    }
    if index_name:
        request["IndexName"] = index_name
    elif consistent:
        request["ConsistentRead"] = True
    if after is not None:
        request["ExclusiveStartKey"] = item_to_wire(after)
    answer = _call(client().query, **request)
    last = answer.get("LastEvaluatedKey")
    items = [item for raw in answer["Items"] if (item := _living(item_from_wire(raw)))]
    return Page(items, item_from_wire(last) if last else None)


def walk(table: Table, pk: str, **narrowing: Any) -> Iterator[Item]:  # noqa: ANN401 - the arguments of query
    """Yield a whole partition page by page; for workers and commands, never for a subscriber's request."""
    after: Item | None = None
    while True:
        page = query(table, pk, after=after, **narrowing)
        yield from page.items
        after = page.next_key
        if after is None:
            return


# ------------------------------------------------------------------ writing


def put(table: Table, item: Item, *, when: str, otherwise: Otherwise, **bound: object) -> None:
    """Write one item under a condition; `bound` are the values of the condition's ``:placeholders``."""
    _single(_Write("Put", table, (item["pk"], item["sk"]), when, otherwise, item=item, values=bound))


def update(
    table: Table, key: Key, change: str, *, when: str, otherwise: Otherwise,
    names: Mapping[str, str] | None = None, **bound: object,
) -> None:  # fmt: skip
    """Change one item by an update expression under a condition (see `Transaction.update`)."""
    _single(
        _Write("Update", table, key, when, otherwise, change=change, values=bound, names=dict(names or {}))
    )


def delete(table: Table, key: Key, *, when: str, otherwise: Otherwise, **bound: object) -> None:
    """Delete one item under a condition."""
    _single(_Write("Delete", table, key, when, otherwise, values=bound))


def increment(table: Table, key: Key, attribute: str, *, expires_at: int, by: int = 1) -> int:
    """Add to a counter that vanishes at `expires_at` (epoch seconds) and return its new value.

    The one write without a condition: an addition has no order that could be lost.
    """
    answer = _call(
        client().update_item,
        TableName=table.physical_name,
        Key=_wire_key(key),
        UpdateExpression="ADD #counter :by SET #expires_at = :expires_at",
        ExpressionAttributeNames={"#counter": attribute, "#expires_at": "expires_at"},
        ExpressionAttributeValues=item_to_wire({":by": by, ":expires_at": expires_at}),
        ReturnValues="UPDATED_NEW",
    )
    return int(item_from_wire(answer["Attributes"])[attribute])


@dataclass(slots=True)
class _Write:
    """One conditional action and the meaning of its refusal."""

    action: str
    table: Table
    key: Key
    when: str
    otherwise: Otherwise
    item: Item | None = None
    change: str = ""
    values: dict[str, object] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def request(self) -> dict[str, Any]:
        """Return the action's parameters, alike in a transaction and alone."""
        expressions = f"{self.when} {self.change}"
        names = {f"#{n}": self.names.get(n, n) for n in _NAMES.findall(expressions)}
        values = item_to_wire({f":{name}": value for name, value in self.values.items()})
        made: dict[str, Any] = {
            "TableName": self.table.physical_name,
            "ConditionExpression": self.when,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if self.item is not None:
            made["Item"] = item_to_wire(self.item)
        else:
            made["Key"] = _wire_key(self.key)
        if self.change:
            made["UpdateExpression"] = self.change
        if names:
            made["ExpressionAttributeNames"] = names
        if values:
            made["ExpressionAttributeValues"] = values
        return made

    def refusal(self, standing: Item | None) -> Exception:
        """Return the error that this write's refused condition means."""
        if isinstance(self.otherwise, DomainError):
            return self.otherwise
        if isinstance(self.otherwise, type):
            error: type[DomainError] = self.otherwise
            return error()
        return self.otherwise(standing)


class Transaction:
    """Writes that happen together or not at all, each with its condition and its domain error.

    Every put carries the transaction's `mark`. A commit whose answer was lost is repeated (by botocore, or by
    the caller with the same mark) and then finds its own items: that is success, not a conflict.
    """

    def __init__(self, mark: str | None = None) -> None:
        self.mark = mark or uuid.uuid4().hex
        self._writes: list[_Write] = []

    def __len__(self) -> int:
        return len(self._writes)

    def put(self, table: Table, item: Item, *, when: str, otherwise: Otherwise, **bound: object) -> Self:
        """Write an item, usually `when` IS_ABSENT."""
        marked = item | {"mark": self.mark}
        return self._add(
            _Write("Put", table, (item["pk"], item["sk"]), when, otherwise, item=marked, values=bound)
        )

    def update(
        self, table: Table, key: Key, change: str, *, when: str, otherwise: Otherwise,
        names: Mapping[str, str] | None = None, **bound: object,
    ) -> Self:  # fmt: skip
        """Change an item: `change` is an update expression, `bound` its ``:values``, ``#name`` an attribute.

        `names` gives the attribute behind a ``#placeholder`` that is not the attribute's own name
        (``SET #open.#id = :payment`` with ``names={"id": payment_id}``).
        """
        return self._add(
            _Write(
                "Update", table, key, when, otherwise, change=change, values=bound, names=dict(names or {})
            )
        )

    def delete(self, table: Table, key: Key, *, when: str, otherwise: Otherwise, **bound: object) -> Self:
        """Delete an item under a condition."""
        return self._add(_Write("Delete", table, key, when, otherwise, values=bound))

    def check(self, table: Table, key: Key, *, when: str, otherwise: Otherwise, **bound: object) -> Self:
        """Require a condition of an item that is not written."""
        return self._add(_Write("ConditionCheck", table, key, when, otherwise, values=bound))

    def commit(self) -> None:
        """Do all of it in one round trip.

        Raises
        ------
        DomainError
            The error of the first write (in the order added) whose condition was refused.
        Unavailable
            Conflicts or throttling outlasted the retries; nothing was written.
        """
        if len(self._writes) > MAX_ACTIONS:
            raise ValueError(f"{len(self._writes)} actions; a transaction takes {MAX_ACTIONS}")
        actions = [{write.action: write.request()} for write in self._writes]
        try:
            _call(client().transact_write_items, TransactItems=actions)
        except ClientError as error:
            self._explain(error)

    def _add(self, write: _Write) -> Self:
        self._writes.append(write)
        return self

    def _explain(self, error: ClientError) -> None:
        """Return when the refusal shows our own items; otherwise raise what the first refusal means."""
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise error
        reasons: list[Any] = list(error.response.get("CancellationReasons", []))
        refused = [
            (write, item_from_wire(reason["Item"]) if reason.get("Item") else None)
            for write, reason in zip(self._writes, reasons, strict=True)
            if reason.get("Code") == "ConditionalCheckFailed"
        ]
        if not refused:
            raise error
        # All or nothing: one item with our mark proves that the whole transaction stood before.
        if any(standing is not None and standing.get("mark") == self.mark for _, standing in refused):
            return
        write, standing = refused[0]
        raise write.refusal(standing) from None


def _single(write: _Write) -> None:
    dynamodb: Any = client()
    verbs = {"Put": dynamodb.put_item, "Update": dynamodb.update_item, "Delete": dynamodb.delete_item}
    try:
        _call(verbs[write.action], **write.request())
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        standing: Any = error.response.get("Item")
        raise write.refusal(item_from_wire(standing) if standing else None) from None


# ------------------------------------------------------------------ calling


def _call(operation: Callable[..., Any], **request: Any) -> Any:  # noqa: ANN401 - botocore's shapes
    """Call, and repeat with full jitter what only passed by: conflicts, throttling, a broken connection."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return operation(**request)
        except ClientError as error:
            if not _is_passing(error):
                raise
        except (ConnectionError, HTTPClientError):
            # botocore has tried again already; every write has a condition, so the caller may too.
            _give_up()
        if attempt < _ATTEMPTS:
            _pause(attempt)
    return _give_up()


def _is_passing(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    if code == "TransactionCanceledException":
        reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
        return bool(reasons & _PASSING_REASONS) and "ConditionalCheckFailed" not in reasons
    return code in _PASSING


def _give_up() -> NoReturn:
    raise Unavailable from None


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, min(_CAP_SECONDS, _BASE_SECONDS * 2**attempt)))  # noqa: S311 - jitter


def _wire_key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def _living(item: Item | None) -> Item | None:
    if item is None or item.get("expires_at", 1 << 62) <= clock.epoch(clock.now()):
        return None
    return item


def conflict(_: Item | None = None) -> Exception:
    """Return the plain answer to a lost race, for writes whose refusal has no story of its own."""
    return Conflict()
