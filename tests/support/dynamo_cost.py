"""Counts what a request costs in DynamoDB: round trips and capacity units, from calls and item sizes."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any

from cabinet.aws import dynamo


@dataclass
class Cost:
    """Round trips by operation, and read units of all of them."""

    operations: list[str] = field(default_factory=list)
    read_units: float = 0.0


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure the calls that the product makes inside the block."""
    cost = Cost()
    asked: dict[int, dict[str, Any]] = {}  # by thread: a request may read several things at once
    events = dynamo.dynamodb_client().meta.events

    def before(params: dict[str, Any], **_: Any) -> None:
        asked[get_ident()] = params

    def after(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        cost.operations.append(model.name)
        cost.read_units += _units(model.name, asked.pop(get_ident()), parsed)

    events.register("provide-client-params.dynamodb.*", before)
    events.register("after-call.dynamodb.*", after)
    try:
        yield cost
    finally:
        events.unregister("provide-client-params.dynamodb.*", before)
        events.unregister("after-call.dynamodb.*", after)


def _units(operation: str, asked: dict[str, Any], answer: dict[str, Any]) -> float:
    match operation:
        case "GetItem":
            return _rounded(size(answer.get("Item", {}))) * _factor(asked)
        case "Query":
            return _rounded(sum(size(item) for item in answer["Items"])) * _factor(asked)
        case "BatchGetItem":
            total = 0.0
            for table, entry in asked["RequestItems"].items():
                found = answer["Responses"].get(table, [])
                absent = len(entry["Keys"]) - len(found)
                total += (sum(_rounded(size(item)) for item in found) + absent) * _factor(entry)
            return total
    return 0.0


def _rounded(size_in_bytes: int) -> int:
    return max(1, math.ceil(size_in_bytes / 4096))


def _factor(asked: dict[str, Any]) -> float:
    return 1.0 if asked.get("ConsistentRead") else 0.5


def size(item: dict[str, Any]) -> int:
    """Return the bytes that DynamoDB counts for an item (names, values, three bytes a document)."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(attribute: dict[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return len(value) // 2 + 2
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_size(each) for name, each in value.items())
        case "L":
            return 3 + sum(1 + _value_size(each) for each in value)
        case "B":
            return len(value)
        case "SS":
            return sum(len(each.encode()) for each in value)
        case "BOOL" | "NULL":
            return 1
    raise NotImplementedError(f"a type that the product does not store: {kind}")
