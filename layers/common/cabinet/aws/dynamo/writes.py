"""Conditional writes, alone and in transactions: each with the domain error that its refusal means."""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self

from botocore.exceptions import ClientError

from cabinet.aws.dynamo import client, reads
from cabinet.aws.dynamo.client import Key, Table
from cabinet.aws.dynamo.serialization import Item, deserialize_item, serialize_item
from cabinet.core.errors import Conflict, DomainError

type OnConflict = type[DomainError] | DomainError | Callable[[Item | None], Exception]
"""What a failed condition means: an error, or a function of the existing item that returns one."""

IS_ABSENT = "attribute_not_exists(pk)"
IS_PRESENT = "attribute_exists(pk)"
ALWAYS = f"{IS_ABSENT} OR {IS_PRESENT}"
"""Of a write that may come first or over any other."""

MAX_ACTIONS = 25
"""Actions in one transaction that every AWS-compatible cloud accepts (docs/adr)."""

_NAMES = re.compile(r"#(\w+)")


@lru_cache(1024)
def _names_in(condition: str, change: str) -> tuple[str, ...]:
    """Return the names that two expressions speak of: an import writes the same ones again and again."""
    return tuple(_NAMES.findall(f"{condition} {change}"))


def put(table: Table, item: Item, *, condition: str, on_conflict: OnConflict, **bound: object) -> None:
    """Write one item under a condition; `bound` are the values of the condition's ``:placeholders``."""
    _write_one(
        _Write("Put", table, (item["pk"], item["sk"]), condition, on_conflict, item=item, values=bound)
    )


def update(
    table: Table, key: Key, change: str, *, condition: str, on_conflict: OnConflict,
    names: Mapping[str, str] | None = None, **bound: object,
) -> None:  # fmt: skip
    """Change one item by an update expression under a condition (see `Transaction.update`)."""
    _write_one(_Write("Update", table, key, condition, on_conflict, change=change, values=bound, names=names))


def delete(table: Table, key: Key, *, condition: str, on_conflict: OnConflict, **bound: object) -> None:
    """Delete one item under a condition."""
    _write_one(_Write("Delete", table, key, condition, on_conflict, values=bound))


def increment(table: Table, key: Key, attribute: str, *, expires_at: int, by: int) -> int:
    """Add to a counter that vanishes at `expires_at` (epoch seconds) and return its new value.

    The one write without a condition: an addition has no order that could be lost.
    """
    answer = client.call(
        client.dynamodb_client().update_item,
        TableName=table.physical_name,
        Key=client.serialize_key(key),
        UpdateExpression="ADD #counter :by SET #expires_at = :expires_at",
        ExpressionAttributeNames={"#counter": attribute, "#expires_at": "expires_at"},
        ExpressionAttributeValues=serialize_item({":by": by, ":expires_at": expires_at}),
        ReturnValues="UPDATED_NEW",
    )
    return int(deserialize_item(answer["Attributes"])[attribute])


@dataclass(slots=True)
class _Write:
    """One conditional action and the meaning of its refusal."""

    action: str
    table: Table
    key: Key
    condition: str
    on_conflict: OnConflict
    item: Item | None = None
    change: str = ""
    values: dict[str, object] = field(default_factory=dict)
    names: Mapping[str, str] | None = None

    @property
    def location(self) -> tuple[Table, Key]:
        """Return where the item is."""
        return self.table, self.key

    @property
    def needs_existing(self) -> bool:
        """Tell whether the existing item decides what a failed condition means, if there can be one."""
        is_marked = "mark" in self.values or (self.item is not None and "mark" in self.item)
        has_error_factory = not isinstance(self.on_conflict, type | DomainError)
        return self.condition != IS_PRESENT and (is_marked or has_error_factory)

    def request(self) -> dict[str, Any]:
        """Return the action's parameters: the same in a transaction and for a single call."""
        given = self.names or {}
        names = {f"#{n}": given.get(n, n) for n in _names_in(self.condition, self.change)}
        values = serialize_item({f":{name}": value for name, value in self.values.items()})
        made: dict[str, Any] = {
            "TableName": self.table.physical_name,
            "ConditionExpression": self.condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if self.item is not None:
            made["Item"] = serialize_item(self.item)
        else:
            made["Key"] = client.serialize_key(self.key)
        if self.change:
            made["UpdateExpression"] = self.change
        if names:
            made["ExpressionAttributeNames"] = names
        if values:
            made["ExpressionAttributeValues"] = values
        return made

    def on_condition_failed(self, existing: Item | None) -> Exception:
        """Return the error to raise when this write's condition failed."""
        if isinstance(self.on_conflict, DomainError):
            return self.on_conflict
        if isinstance(self.on_conflict, type):
            error: type[DomainError] = self.on_conflict
            return error()
        return self.on_conflict(existing)


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

    def put(
        self, table: Table, item: Item, *, condition: str, on_conflict: OnConflict, **bound: object
    ) -> Self:
        """Write an item, usually under the condition IS_ABSENT."""
        marked = item | {"mark": self.mark}
        return self._add(
            _Write("Put", table, (item["pk"], item["sk"]), condition, on_conflict, item=marked, values=bound)
        )

    def update(
        self, table: Table, key: Key, change: str, *, condition: str, on_conflict: OnConflict,
        names: Mapping[str, str] | None = None, **bound: object,
    ) -> Self:  # fmt: skip
        """Change an item: `change` is an update expression, `bound` its ``:values``, ``#name`` an attribute.

        `names` gives the attribute behind a ``#placeholder`` that is not the attribute's own name
        (``SET #open.#id = :payment`` with ``names={"id": payment_id}``).
        """
        return self._add(
            _Write("Update", table, key, condition, on_conflict, change=change, values=bound, names=names)
        )

    def delete(
        self, table: Table, key: Key, *, condition: str, on_conflict: OnConflict, **bound: object
    ) -> Self:
        """Delete an item under a condition."""
        return self._add(_Write("Delete", table, key, condition, on_conflict, values=bound))

    def check(
        self, table: Table, key: Key, *, condition: str, on_conflict: OnConflict,
        names: Mapping[str, str] | None = None, **bound: object,
    ) -> Self:  # fmt: skip
        """Require a condition of an item that is not written; `names` as in `update`."""
        return self._add(
            _Write("ConditionCheck", table, key, condition, on_conflict, values=bound, names=names)
        )

    def commit(self) -> None:
        """Do all of it in one round trip.

        Raises
        ------
        DomainError
            The error of the first write (in the order added) whose condition failed.
        ServiceUnavailable
            Conflicts or throttling outlasted the retries; nothing was written.
        """
        if len(self._writes) > MAX_ACTIONS:
            raise ValueError(f"{len(self._writes)} actions; a transaction takes {MAX_ACTIONS}")
        actions = [{write.action: write.request()} for write in self._writes]
        try:
            client.call(client.dynamodb_client().transact_write_items, TransactItems=actions)
        except ClientError as error:
            self._raise_for_cancellation(error)

    def _add(self, write: _Write) -> Self:
        self._writes.append(write)
        return self

    def _raise_for_cancellation(self, error: ClientError) -> None:
        """Return if the items found are this transaction's own, else raise the first failed write's error."""
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise error
        reasons: list[Any] = list(error.response.get("CancellationReasons", []))
        failed = [
            (write, reason)
            for write, reason in zip(self._writes, reasons, strict=True)
            if reason.get("Code") == "ConditionalCheckFailed"
        ]
        if not failed:
            raise error
        refused = _with_existing(failed)
        # All or nothing: one item with our mark proves that the whole transaction was written before.
        if any(existing is not None and existing.get("mark") == self.mark for _, existing in refused):
            return
        write, existing = refused[0]
        raise write.on_condition_failed(existing) from None


def _write_one(write: _Write) -> None:
    dynamodb: Any = client.dynamodb_client()
    verbs = {"Put": dynamodb.put_item, "Update": dynamodb.update_item, "Delete": dynamodb.delete_item}
    try:
        client.call(verbs[write.action], **write.request())
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        refusal: Any = error.response
        ((_, existing),) = _with_existing([(write, refusal)])
        raise write.on_condition_failed(existing) from None


def _with_existing(refused: Sequence[tuple[_Write, Mapping[str, Any]]]) -> list[tuple[_Write, Item | None]]:
    """Return writes whose condition failed, each with the existing item.

    `refused` pairs each with DynamoDB's answer. An engine may leave the items out, though asked for: where
    none is there, those that decide the error are read, strongly consistent.
    """
    items = {
        write.location: deserialize_item(answer["Item"]) for write, answer in refused if answer.get("Item")
    }
    unknown = [write.location for write, _ in refused if write.needs_existing]
    if not items and unknown:
        found = reads.batch_get(unknown, consistent=True)
        items = {location: item for location, item in zip(unknown, found, strict=True) if item is not None}
    return [(write, items.get(write.location)) for write, _ in refused]


def conflict(_: Item | None = None) -> Exception:
    """Return the general error of a lost race, for writes that need no specific one."""
    return Conflict()
