"""An item after an update; what was there before is never changed in its place."""

from tests.support.memory_tables.expressions import Change, Path, Scope
from tests.support.memory_tables.values import Invalid, Item, Value, added


def updated(scope: Scope, changes: list[Change]) -> Item:
    """Return the item after all changes, each of which sees it as it was before."""
    paths = [tuple(scope.name(step) for step in change.path) for change in changes]
    for number, path in enumerate(paths):
        if any(path[: len(other)] == other[: len(path)] for other in paths[number + 1 :]):
            raise Invalid("Two document paths overlap with each other")
    result = scope.item
    for change, path in zip(changes, paths, strict=True):
        result = _replaced(result, path, _operand(scope, change))
    return result


def _operand(scope: Scope, change: Change) -> Value | None:
    """Return the new value at the change's path; None if it is removed."""
    if change.operand is None:
        return None
    value = change.operand(scope)
    if value is None:
        raise Invalid("The provided expression refers to an attribute that does not exist in the item")
    if change.verb == "SET":
        return value
    if "N" not in value:
        raise NotImplementedError("not known to the tables in memory: ADD of a set")
    return added(scope.found_at(change.path) or {"N": "0"}, value)


def _replaced(held: Item, path: Path, value: Value | None) -> Item:
    """Return a map with another value at a path in it; only what lies on the way is copied."""
    step, rest = path[0], path[1:]
    copied = held.copy()
    if rest:
        inner = held.get(step, {})
        if "M" not in inner:
            raise Invalid("The document path provided in the update expression is invalid for update")
        copied[step] = {"M": _replaced(inner["M"], rest, value)}
    elif value is None:
        copied.pop(step, None)
    else:
        copied[step] = value
    return copied
