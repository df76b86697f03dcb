"""Reads: by key, by keys in one round trip, by partition page by page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cabinet.aws.dynamo import client
from cabinet.aws.dynamo.client import Key, Table
from cabinet.aws.dynamo.serialization import Item, deserialize_item, serialize_item
from cabinet.core.errors import NotFound, ServiceUnavailable

BATCH_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Items of one answer, and where to continue: the raw start key, or None at the end."""

    items: list[Item]
    next_key: Item | None


def get(table: Table, key: Key, *, consistent: bool = False) -> Item | None:
    """Return the item, or None when it is absent or has expired."""
    found = client.call(
        client.dynamodb_client().get_item,
        TableName=table.physical_name,
        Key=client.serialize_key(key),
        ConsistentRead=consistent,
    ).get("Item")
    return client.unexpired(deserialize_item(found)) if found else None


def require(table: Table, key: Key, *, consistent: bool = False) -> Item:
    """Return the item; raises NotFound when it is absent or has expired."""
    found = get(table, key, consistent=consistent)
    if found is None:
        raise NotFound
    return found


def batch_get(
    reads: Sequence[tuple[Table, Key]], *, consistent: bool | Table = False, attributes: Sequence[str] = ()
) -> list[Item | None]:
    """Return the items in the order of `reads` (at most 100, of any tables) in one round trip.

    `consistent` may name the one table that must be read so: each consistent item costs twice. `attributes`
    narrows the answer (not its cost in capacity) to some attributes besides the key.
    """
    if len(reads) > BATCH_LIMIT:
        raise ValueError(f"at most {BATCH_LIMIT} keys in a batch")
    names = {table: table.physical_name for table in {table for table, _ in reads}}
    wanted: dict[str, Any] = {
        name: {
            "Keys": [],
            "ConsistentRead": consistent is True or consistent is table,
            **_projection(attributes),
        }
        for table, name in names.items()
    }
    for table, key in dict.fromkeys(reads):
        wanted[names[table]]["Keys"].append(client.serialize_key(key))
    found: dict[tuple[str, str, str], Item] = {}
    for attempt in range(client.ATTEMPTS):
        if not wanted:
            break
        if attempt:
            client.backoff(attempt)
        answer = client.call(client.dynamodb_client().batch_get_item, RequestItems=wanted)
        for name, items in answer.get("Responses", {}).items():
            for raw in items:
                item = deserialize_item(raw)
                found[name, item["pk"], item["sk"]] = item
        wanted = answer.get("UnprocessedKeys") or {}
    if wanted:
        client.log_failure("UnprocessedKeys", {"RequestItems": wanted})
        raise ServiceUnavailable
    return [client.unexpired(found.get((names[table], *key))) for table, key in reads]


def _projection(attributes: Sequence[str]) -> dict[str, Any]:
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
    attributes: Sequence[str] = (),
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
    attributes
        Narrow the answer (not its cost in capacity) to some attributes besides the table's key.
    """
    index_name, pk_name, sk_name = index or ("", "pk", "sk")
    condition, values = "#partition = :pk", {":pk": pk}
    if between is not None:
        condition += " AND #sort BETWEEN :low AND :high"
        values |= {":low": between[0], ":high": between[1]}
    elif begins:
        condition += " AND begins_with(#sort, :begins)"
        values[":begins"] = begins
    request: dict[str, Any] = {
        "TableName": table.physical_name,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": serialize_item(values),
        "Limit": limit,
        "ScanIndexForward": not newest_first,
        **_projection(attributes),
    }
    names = {"#partition": pk_name} | ({"#sort": sk_name} if "#sort" in condition else {})
    request["ExpressionAttributeNames"] = request.get("ExpressionAttributeNames", {}) | names
    if index_name:
        request["IndexName"] = index_name
    elif consistent:
        request["ConsistentRead"] = True
    if after is not None:
        request["ExclusiveStartKey"] = serialize_item(after)
    answer = client.call(client.dynamodb_client().query, **request)
    last = answer.get("LastEvaluatedKey")
    items = [item for raw in answer["Items"] if (item := client.unexpired(deserialize_item(raw)))]
    return Page(items, deserialize_item(last) if last else None)


def query_all(table: Table, pk: str, **narrowing: Any) -> Iterator[Item]:  # noqa: ANN401 - the arguments of query
    """Yield a whole partition page by page; for workers and commands, never for a subscriber's request."""
    after: Item | None = None
    while True:
        page = query(table, pk, after=after, **narrowing)
        yield from page.items
        after = page.next_key
        if after is None:
            return
