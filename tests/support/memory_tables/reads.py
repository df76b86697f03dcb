"""Reads: by key, by keys, by partition, and of whole tables."""

import re
from collections.abc import Iterable
from typing import Any

from tests.support.dynamo_cost import size
from tests.support.memory_tables.requests import (
    PLACEHOLDERS,
    Answer,
    Request,
    Tables,
    check_parameters,
    read,
    scope_of,
    table_of,
)
from tests.support.memory_tables.table import MemoryTable
from tests.support.memory_tables.values import Invalid, Item, Value, sortable

MAX_PAGE = 1024 * 1024
MAX_KEYS = 100
_PROJECTED = {"ProjectionExpression", "ExpressionAttributeNames", "ConsistentRead"}
_PAGED = {"TableName", "Limit", "ExclusiveStartKey", "ConsistentRead", "Select"}
_BEGINS = re.compile(r"begins_with\s*\(\s*(#?\w+)\s*,\s*(:\w+)\s*\)")
_EQUALS = re.compile(r"(#?\w+)\s*=\s*(:\w+)")


def get_item(tables: Tables, request: Request) -> Answer:
    """Return one item, or nothing."""
    check_parameters(request, {"TableName", "Key", *_PROJECTED})
    table = table_of(tables, request["TableName"])
    found = table.get(table.exact_key(request["Key"]))
    return {} if found is None else {"Item": _projected(found, request)}


def batch_get_item(tables: Tables, request: Request) -> Answer:
    """Return the items that are there, in no order that means anything."""
    check_parameters(request, {"RequestItems"})
    responses: dict[str, list[Item]] = {}
    count = 0
    for name, wanted in request["RequestItems"].items():
        check_parameters(wanted, {"Keys", *_PROJECTED})
        table = table_of(tables, name)
        keys = [table.exact_key(key) for key in wanted["Keys"]]
        count += len(keys)
        if len(set(keys)) < len(keys):
            raise Invalid("Provided list of item keys contains duplicates")
        found = [table.get(key) for key in keys]
        responses[name] = [_projected(item, wanted) for item in found if item is not None]
    if not 0 < count <= MAX_KEYS:
        raise Invalid("Too many items requested for the BatchGetItem call")
    return {"Responses": responses, "UnprocessedKeys": {}}


def query(tables: Tables, request: Request) -> Answer:
    """Return a page of one partition of the table or of an index."""
    check_parameters(
        request,
        {
            *_PAGED, *PLACEHOLDERS, "IndexName", "KeyConditionExpression", "ScanIndexForward",
            "ProjectionExpression",
        },
    )  # fmt: skip
    table = table_of(tables, request["TableName"])
    index = request.get("IndexName")
    names = table.indexes[index] if index else table.key_names
    if index and request.get("ConsistentRead"):
        raise Invalid("Consistent reads are not supported on global secondary indexes")
    partition = _partition(request, names)
    held: Iterable[Item]
    if index:
        held = table.in_index(index, partition["S"])
    else:
        # Before the whole condition is looked at: a partition may have many items, and few that begin so.
        begins = _beginning(request, names[-1])
        in_partition = table.partitions.get(partition["S"], {})
        held = (item for key, item in in_partition.items() if key.startswith(begins))
    matches = read(request, "KeyConditionExpression").meaning
    found = [item for item in held if names[-1] in item and matches(scope_of(item, request))]
    return _page(request, table, found, names)


def scan(tables: Tables, request: Request) -> Answer:
    """Return a page of a whole table; commands and tests only."""
    check_parameters(request, _PAGED)
    table = table_of(tables, request["TableName"])
    return _page(request, table, table.items(), table.key_names)


def _page(request: Request, table: MemoryTable, found: list[Item], names: list[str]) -> Answer:
    """Return the items after the start key, up to the limit or a megabyte."""

    def place(item: Item) -> Any:
        return *(sortable(item[name]) for name in names), table.key_of(item)

    is_forward = request.get("ScanIndexForward", True)
    found.sort(key=place, reverse=not is_forward)
    keys = dict.fromkeys([*names, *table.key_names])
    if start := request.get("ExclusiveStartKey"):
        if start.keys() != keys.keys():
            raise Invalid("The provided starting key is invalid")
        after = place(start)  # the item itself may be gone by now
        found = [item for item in found if (place(item) > after if is_forward else place(item) < after)]
    limit = request.get("Limit", len(found) + 1)
    if limit < 1:
        raise Invalid("Limit must be at least 1")
    page, bytes_read = list[Item](), 0
    for item in found[:limit]:
        bytes_read += size(item)
        if page and bytes_read > MAX_PAGE:
            break
        page.append(item)
    answer: Answer = {"Count": len(page), "ScannedCount": len(page)}
    if request.get("Select") != "COUNT":
        answer["Items"] = [_projected(item, request) for item in page]
    # At its limit DynamoDB does not look whether anything is left.
    if len(page) < len(found) or len(page) == limit:
        answer["LastEvaluatedKey"] = {name: page[-1][name] for name in keys}
    return answer


def _partition(request: Request, names: list[str]) -> Value:
    """Return the one partition of which a key condition speaks; it speaks of keys alone."""
    written = request.get("ExpressionAttributeNames", {})
    paths = read(request, "KeyConditionExpression").paths
    if not {written.get(path[0], path[0]) for path in paths} <= set(names):
        raise Invalid("Query key condition not supported")
    for name, placeholder in _EQUALS.findall(request["KeyConditionExpression"]):
        if written.get(name, name) == names[0]:
            return dict(request["ExpressionAttributeValues"][placeholder])
    raise Invalid(f"Query condition missed key schema element: {names[0]}")


def _beginning(request: Request, sort_name: str) -> str:
    """Return how each sort key must begin that a key condition can match; a key condition has no OR."""
    written = request.get("ExpressionAttributeNames", {})
    for name, placeholder in _BEGINS.findall(request["KeyConditionExpression"]):
        if written.get(name, name) == sort_name:
            return str(request["ExpressionAttributeValues"][placeholder].get("S", ""))
    return ""


def _projected(item: Item, request: Request) -> Item:
    if "ProjectionExpression" not in request:
        return dict(item)  # boto3's resources read an answer in its place
    paths = read(request, "ProjectionExpression").meaning
    if any(len(path) > 1 for path in paths):
        raise NotImplementedError("not known to the tables in memory: a projection of nested attributes")
    names = [scope_of(item, request).name(path[0]) for path in paths]
    return {name: item[name] for name in names if name in item}
