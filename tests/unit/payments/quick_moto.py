"""moto without its detours, for tests of many thousand calls: the same storage and rules, less wrapping.

Half of moto's time goes into a serializer that looks at every attribute of every answer through the API's
model; DynamoDB's answers are JSON already. Reading the books needs no API call at all.
"""

import json
import pickle
from typing import Any

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import BaseResponse
from moto.dynamodb.models import dynamodb_backends

from cabinet.wire import item_from_wire
from tests.conftest import REGION


def shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer DynamoDB's calls with plain JSON."""
    thorough = BaseResponse.serialized

    def serialized(self: Any, action_result: Any) -> Any:
        if self.boto3_service_name != "dynamodb" or isinstance(action_result.result, Exception):
            return thorough(self, action_result)
        return 200, self.response_headers, _plain(action_result.result)

    monkeypatch.setattr(BaseResponse, "serialized", serialized)


def items_of(table: str) -> list[dict[str, Any]]:
    """Return all items of a table as moto holds them."""
    partitions = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[table].items.values()
    held = [item.attrs for partition in partitions for item in partition.values()]
    return [item_from_wire(item) for item in json.loads(_plain(held))]


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


def _plain(result: Any) -> str:
    return json.dumps(result, default=lambda value: value.to_json())
