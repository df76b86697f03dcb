"""Writes: alone, in batches, and in transactions. Each is checked before anything is written."""

from dataclasses import dataclass

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
from tests.support.memory_tables.table import Key, MemoryTable
from tests.support.memory_tables.updates import updated
from tests.support.memory_tables.values import Invalid, Item, Refused

MAX_BATCH = 25
MAX_ACTIONS = 100
MAX_TRANSACTION = 4 * 1024 * 1024
_SUBJECTS = {
    "Put": {"Item"},
    "Update": {"Key", "UpdateExpression"},
    "Delete": {"Key"},
    "ConditionCheck": {"Key"},
}
_CONDITIONAL = {"TableName", "ConditionExpression", "ReturnValuesOnConditionCheckFailure", *PLACEHOLDERS}


@dataclass(frozen=True, slots=True)
class _Write:
    """Where a write goes, what is there, what will be, and which attributes an update names."""

    table: MemoryTable
    key: Key
    before: Item | None
    after: Item | None
    named: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, Key]:
        return self.table.name, self.key

    def happen(self) -> None:
        self.table.keep(self.key, self.after)


def put_item(tables: Tables, request: Request) -> Answer:
    """Write an item whole."""
    return _single("Put", tables, request)


def update_item(tables: Tables, request: Request) -> Answer:
    """Change an item."""
    return _single("Update", tables, request)


def delete_item(tables: Tables, request: Request) -> Answer:
    """Delete an item."""
    return _single("Delete", tables, request)


def batch_write_item(tables: Tables, request: Request) -> Answer:
    """Write and delete items, without conditions."""
    check_parameters(request, {"RequestItems"})
    writes = []
    for name, wanted in request["RequestItems"].items():
        for each in wanted:
            ((kind, given),) = each.items()
            writes.append(_judged(kind.removesuffix("Request"), tables, {"TableName": name, **given}))
    if not 0 < len(writes) <= MAX_BATCH:
        raise Invalid("Too many items requested for the BatchWriteItem call")
    if len({write.place for write in writes}) < len(writes):
        raise Invalid("Provided list of item keys contains duplicates")
    for write in writes:
        write.happen()
    return {"UnprocessedItems": {}}


def transact_write_items(tables: Tables, request: Request) -> Answer:
    """Do all writes, or none."""
    check_parameters(request, {"TransactItems", "ClientRequestToken"})
    actions = [next(iter(each.items())) for each in request["TransactItems"]]
    if not 0 < len(actions) <= MAX_ACTIONS:
        raise Invalid("Member must have length less than or equal to 100")
    places = {(given["TableName"], _key(verb, tables, given)) for verb, given in actions}
    if len(places) < len(actions):
        raise Invalid("Transaction request cannot include multiple operations on one item")
    writes, reasons = list[_Write](), list[Answer]()
    for verb, given in actions:
        try:
            writes.append(_judged(verb, tables, given))
            reasons.append({"Code": "None"})
        except Invalid:
            raise
        except Refused as refusal:
            shown = {name: refusal.answer[name] for name in ("Item",) if name in refusal.answer}
            reasons.append({"Code": "ConditionalCheckFailed", "Message": str(refusal), **shown})
    if len(writes) < len(actions):
        codes = ", ".join(reason["Code"] for reason in reasons)
        raise Refused(
            "TransactionCanceledException",
            f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
            CancellationReasons=reasons,
        )
    if sum(size(write.after) for write in writes if write.after is not None) > MAX_TRANSACTION:
        raise Invalid("Member must have a size of at most 4 MB")
    for write in writes:
        write.happen()
    return {}


def _single(verb: str, tables: Tables, request: Request) -> Answer:
    wanted = request.get("ReturnValues", "NONE")
    write = _judged(verb, tables, {name: each for name, each in request.items() if name != "ReturnValues"})
    write.happen()
    before, after = dict(write.before or {}), dict(write.after or {})
    match wanted:
        case "NONE":
            return {}
        case "ALL_OLD":
            return {"Attributes": before} if before else {}
        case "ALL_NEW":
            return {"Attributes": after}
        case "UPDATED_NEW":
            return {"Attributes": {name: after[name] for name in write.named if name in after}}
    raise NotImplementedError(f"not known to the tables in memory: {wanted}")


def _key(verb: str, tables: Tables, request: Request) -> Key:
    table = table_of(tables, request["TableName"])
    return table.key_of(request["Item"]) if verb == "Put" else table.exact_key(request["Key"])


def _judged(verb: str, tables: Tables, request: Request) -> _Write:
    """Return the write that the request means; raises Refused when its condition does not hold."""
    check_parameters(request, _CONDITIONAL | _SUBJECTS[verb])
    table, key = table_of(tables, request["TableName"]), _key(verb, tables, request)
    before = table.get(key)
    if "ConditionExpression" in request:
        holds = read(request, "ConditionExpression").meaning
        if not holds(scope_of(before or {}, request)):
            is_shown = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and before is not None
            shown = {"Item": dict(before or {})} if is_shown else {}
            raise Refused("ConditionalCheckFailedException", "The conditional request failed", **shown)
    match verb:
        case "Put":
            write = _Write(table, key, before, request["Item"])
        case "Update":
            write = _updated(table, key, request)
        case "Delete":
            write = _Write(table, key, before, None)
        case _:
            return _Write(table, key, before, before)
    if write.after is not None:
        table.check(write.after)
    return write


def _updated(table: MemoryTable, key: Key, request: Request) -> _Write:
    before = table.get(key)
    scope = scope_of(before or request["Key"], request)
    changes = read(request, "UpdateExpression").meaning if "UpdateExpression" in request else []
    named = tuple(dict.fromkeys(scope.name(change.path[0]) for change in changes))
    if any(name in table.key_names for name in named):
        raise Invalid("This attribute is part of the key")
    return _Write(table, key, before, updated(scope, changes), named)
