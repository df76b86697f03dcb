"""The books as moto holds them: looked at, emptied and put back without a call, for tests of many steps."""

import json
import pickle
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from cabinet.aws.dynamo.serialization import deserialize_item
from tests.support.aws import REGION
from tests.support.moto_speedups import plain


def items_of(table: str, sort_key: str = "") -> list[dict[str, Any]]:
    """Return the items of a table, as moto holds them, whose sort key begins so."""
    partitions = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[table].items.values()
    held = [
        item.attrs
        for partition in partitions
        for item in partition.values()
        if item.range_key.value.startswith(sort_key)
    ]
    return [deserialize_item(item) for item in json.loads(plain(held))]


def empty_all() -> None:
    """Forget every item; the tables stay."""
    for table in dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables.values():
        table.items.clear()


def kept() -> bytes:
    """Return all tables' items as they are, for `restore`."""
    tables = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables
    return pickle.dumps({name: table.items for name, table in tables.items()})


def restore(items: bytes) -> None:
    """Put all tables' items back as they were kept."""
    for name, held in pickle.loads(items).items():  # noqa: S301 - our own bytes
        dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[name].items = held
