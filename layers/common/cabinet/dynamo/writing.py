"""Conditional writes, alone and in transactions: each with the domain error that its refusal means."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from botocore.exceptions import ClientError

from cabinet.dynamo import calling
from cabinet.dynamo.calling import Key, Table
from cabinet.errors import Conflict, DomainError
from cabinet.wire import Item, item_from_wire, item_to_wire

type Otherwise = type[DomainError] | DomainError | Callable[[Item | None], Exception]
"""What a refused condition means: an error, or a function of the item that stood in the way."""

IS_ABSENT = "attribute_not_exists(pk)"
IS_PRESENT = "attribute_exists(pk)"

MAX_ACTIONS = 25
"""Actions in one transaction that every AWS-compatible cloud accepts (docs/adr)."""

_NAMES = re.compile(r"#(\w+)")


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
    answer = calling.call(
        calling.client().update_item,
        TableName=table.physical_name,
        Key=calling.wire_key(key),
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
            made["Key"] = calling.wire_key(self.key)
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
            calling.call(calling.client().transact_write_items, TransactItems=actions)
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
    dynamodb: Any = calling.client()
    verbs = {"Put": dynamodb.put_item, "Update": dynamodb.update_item, "Delete": dynamodb.delete_item}
    try:
        calling.call(verbs[write.action], **write.request())
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        standing: Any = error.response.get("Item")
        raise write.refusal(item_from_wire(standing) if standing else None) from None


def conflict(_: Item | None = None) -> Exception:
    """Return the plain answer to a lost race, for writes whose refusal has no story of its own."""
    return Conflict()
