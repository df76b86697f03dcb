"""DynamoDB's attribute values to and from Python's. Integers only: a float or a Decimal is refused."""

import base64
from typing import Any

type Item = dict[str, Any]


def serialize(value: object) -> dict[str, Any]:
    """Return `value` as an attribute value; raises TypeError for what storage must not hold (floats)."""
    if type(value) is int:
        return {"N": str(value)}
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case None:
            return {"NULL": True}
        case dict():
            return {"M": serialize_item(value)}
        case list() | tuple():
            return {"L": [serialize(entry) for entry in value]}
        case bytes():
            return {"B": value}
        case set() | frozenset() if value and all(isinstance(entry, str) for entry in value):
            return {"SS": sorted(value)}
    raise TypeError(f"cannot be stored: {type(value).__name__}")


def deserialize(attribute: dict[str, Any]) -> Any:  # noqa: ANN401 - any of JSON's types
    """Return the Python value of an attribute value."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return int(value)
        case "M":
            return deserialize_item(value)
        case "L":
            return [deserialize(entry) for entry in value]
        case "NULL":
            return None
        case "SS":
            return set(value)
        case "B" if isinstance(value, str):
            return base64.b64decode(value)
    return value


def serialize_item(item: Item) -> dict[str, Any]:
    """Return a whole item as attribute values."""
    # Most values are texts: a call for each of them is a third of the time.
    return {name: {"S": value} if type(value) is str else serialize(value) for name, value in item.items()}


def deserialize_item(attributes: dict[str, Any]) -> Item:
    """Return a whole item as Python values."""
    return {name: value["S"] if "S" in value else deserialize(value) for name, value in attributes.items()}
