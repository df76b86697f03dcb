"""What every call says: its table, its parameters, its expressions."""

from collections.abc import Callable
from typing import Any

from tests.support.memory_tables import expressions
from tests.support.memory_tables.expressions import Scope
from tests.support.memory_tables.table import MemoryTable
from tests.support.memory_tables.values import Invalid, Item, Refused

type Tables = dict[str, MemoryTable]
type Request = dict[str, Any]
type Answer = dict[str, Any]

PLACEHOLDERS = {"ExpressionAttributeNames", "ExpressionAttributeValues"}
_READERS: dict[str, Callable[[str], expressions.Read[Any]]] = {
    "ConditionExpression": expressions.condition,
    "KeyConditionExpression": expressions.condition,
    "ProjectionExpression": expressions.projection,
    "UpdateExpression": expressions.update,
}


def check_parameters(request: Request, known: set[str]) -> None:
    """Refuse what is not known here, and placeholders that no expression uses or that have no value."""
    if unknown := request.keys() - known:
        raise NotImplementedError(f"not known to the tables in memory: {sorted(unknown)}")
    given = {*request.get("ExpressionAttributeNames", ()), *request.get("ExpressionAttributeValues", ())}
    for name in PLACEHOLDERS & request.keys():
        if not request[name]:
            raise Invalid(f"{name} must not be empty")
    used = {each for name in _READERS if name in request for each in read(request, name).placeholders}
    if used != given:
        raise Invalid(f"Placeholders unused or not defined: {sorted(used ^ given)}")


def read(request: Request, name: str) -> expressions.Read[Any]:
    """Read an expression that the request has."""
    return _READERS[name](request[name])


def scope_of(item: Item, request: Request) -> Scope:
    """Return the item as the request's expressions see it."""
    return Scope(
        item, request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
    )


def table_of(tables: Tables, name: str) -> MemoryTable:
    """Return the table of this name."""
    try:
        return tables[name]
    except KeyError:
        raise Refused("ResourceNotFoundException", "Requested resource not found") from None
