"""A row as bytes and back: DynamoDB's own JSON in one spelling, so that equal rows are equal bytes."""

from __future__ import annotations

import base64
import json
from typing import Any

from cabinet.aws.dynamo.serialization import deserialize_item

type Attributes = dict[str, Any]
"""A row as boto3's client gives it: attribute → {type: value}."""


def encode_row(row: Attributes) -> bytes:
    """Return a row's canonical bytes."""
    plain = {name: _plain(value) for name, value in row.items()}
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def decode_row(content: bytes) -> Attributes:
    """Return the row of `encode_row`'s bytes."""
    return {name: _native(value) for name, value in json.loads(content).items()}


def key_of(row: Attributes) -> tuple[str, str]:
    """Return a row's partition key and sort key."""
    return row["pk"]["S"], row["sk"]["S"]


def values_of(row: Attributes) -> dict[str, Any]:
    """Return a row as Python values."""
    return deserialize_item(row)


def _plain(attribute: Attributes) -> Attributes:
    ((kind, value),) = attribute.items()
    match kind:
        case "M":
            return {kind: {name: _plain(part) for name, part in value.items()}}
        case "L":
            return {kind: [_plain(part) for part in value]}
        case "B":
            return {kind: base64.b64encode(value).decode()}
        case "SS" | "NS":
            return {kind: sorted(value)}
        case "BS":
            return {kind: sorted(base64.b64encode(part).decode() for part in value)}
    return {kind: value}


def _native(attribute: Attributes) -> Attributes:
    ((kind, value),) = attribute.items()
    match kind:
        case "M":
            return {kind: {name: _native(part) for name, part in value.items()}}
        case "L":
            return {kind: [_native(part) for part in value]}
        case "B":
            return {kind: base64.b64decode(value)}
        case "BS":
            return {kind: [base64.b64decode(part) for part in value]}
    return {kind: value}
