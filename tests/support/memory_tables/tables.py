"""All tables of one account: where the calls about items come in, and what tests look at."""

import base64
import re
import threading
from collections.abc import Callable
from typing import Any

from cabinet.aws.dynamo.serialization import deserialize_item
from tests.support.aws_calls import Call
from tests.support.memory_tables import reads, writes
from tests.support.memory_tables.requests import Answer, Request, Tables
from tests.support.memory_tables.table import MemoryTable, Partitions
from tests.support.memory_tables.values import Refused

type Snapshot = dict[str, Partitions]
"""All items by table, partition and sort key."""

_OPERATIONS: dict[str, Callable[[Tables, Request], Answer]] = {
    "GetItem": reads.get_item,
    "BatchGetItem": reads.batch_get_item,
    "Query": reads.query,
    "Scan": reads.scan,
    "PutItem": writes.put_item,
    "UpdateItem": writes.update_item,
    "DeleteItem": writes.delete_item,
    "BatchWriteItem": writes.batch_write_item,
    "TransactWriteItems": writes.transact_write_items,
}
_ABOUT_ITEMS = re.compile("Item|Query|Scan|Statement|Transaction")


class MemoryTables:
    """All tables of one account, empty at first."""

    def __init__(self, schemas: dict[str, Any]) -> None:
        self._tables = {name: MemoryTable(name, schema) for name, schema in schemas.items()}
        self._turn = threading.Lock()

    def respond(self, call: Call) -> tuple[int, Answer] | None:
        """Answer a call about items as botocore's parser would; calls about tables are not for us."""
        if call.service != "dynamodb" or not _ABOUT_ITEMS.search(call.operation):
            return None
        if call.operation not in _OPERATIONS:
            raise NotImplementedError(f"not known to the tables in memory: {call.operation}")
        request = call.request
        if b'"B"' in call.body:
            request = _with_bytes(request)
        with self._turn:
            try:
                return 200, _OPERATIONS[call.operation](self._tables, request)
            except Refused as refusal:
                return 400, refusal.answer

    def items_of(self, table: str, sort_key: str = "") -> list[dict[str, Any]]:
        """Return the items of a table, as Python's values, whose sort key begins so."""
        held = self._tables[table].items()
        return [deserialize_item(item) for item in held if item["sk"]["S"].startswith(sort_key)]

    def empty(self) -> None:
        """Forget every item; the tables stay."""
        for table in self._tables.values():
            table.partitions = {}

    def snapshot(self) -> Snapshot:
        """Return all items as they are, for `restore`."""
        return {name: _copied(table.partitions) for name, table in self._tables.items()}

    def restore(self, kept: Snapshot) -> None:
        """Put all items back as they were."""
        for name, partitions in kept.items():
            self._tables[name].partitions = _copied(partitions)


def _copied(partitions: Partitions) -> Partitions:
    return {name: dict(items) for name, items in partitions.items()}


def _with_bytes(value: Any) -> Any:
    """Read the bytes of a request, which JSON holds as base64."""
    if isinstance(value, list):
        return [_with_bytes(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"B"} and isinstance(value["B"], str):
        return {"B": base64.b64decode(value["B"])}
    return {name: _with_bytes(each) for name, each in value.items()}
