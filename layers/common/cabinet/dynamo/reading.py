"""Reads: by key, by keys in one round trip, by partition page by page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cabinet.dynamo import calling
from cabinet.dynamo.calling import Key, Table
from cabinet.errors import Unavailable
from cabinet.wire import Item, item_from_wire, item_to_wire

_BATCH_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Items of one answer, and where to go on: the raw start key, or None at the end."""

    items: list[Item]
    next_key: Item | None


def get(table: Table, key: Key, *, consistent: bool = False) -> Item | None:
    """Return the item, or None when it is absent or has expired."""
    found = calling.call(
        calling.client().get_item,
        TableName=table.physical_name,
        Key=calling.wire_key(key),
        ConsistentRead=consistent,
    ).get("Item")
    return calling.living(item_from_wire(found)) if found else None


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
        entry["Keys"].append(calling.wire_key(key))
    found: dict[tuple[str, str, str], Item] = {}
    for attempt in range(calling.ATTEMPTS):
        if not wanted:
            break
        if attempt:
            calling.pause(attempt)
        answer = calling.call(calling.client().batch_get_item, RequestItems=wanted)
        for name, items in answer.get("Responses", {}).items():
            for raw in items:
                item = item_from_wire(raw)
                found[name, item["pk"], item["sk"]] = item
        wanted = answer.get("UnprocessedKeys") or {}
    if wanted:
        raise Unavailable
    return [calling.living(found.get((table.physical_name, *key))) for table, key in reads]


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
    answer = calling.call(calling.client().query, **request)
    last = answer.get("LastEvaluatedKey")
    items = [item for raw in answer["Items"] if (item := calling.living(item_from_wire(raw)))]
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
