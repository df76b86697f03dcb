"""Attribute values in DynamoDB's own notation: their comparison and their arithmetic; and its refusals."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

type Value = dict[str, Any]
"""``{"S": "text"}``."""
type Item = dict[str, Value]


class Refused(Exception):
    """DynamoDB refuses a call, by its code and message; `more` are further members of the answer."""

    def __init__(self, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.answer = {"Error": {"Code": code, "Message": message}, "message": message, **more}


class Invalid(Refused):
    """DynamoDB refuses a call that no item could make right."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


def is_equal(one: Value | None, other: Value | None) -> bool:
    """Compare two values: numbers as numbers, sets without order; what is absent equals nothing."""
    if one is None or other is None or one.keys() != other.keys():
        return False
    if "N" in one:
        return Decimal(one["N"]) == Decimal(other["N"])
    if "SS" in one:
        return set(one["SS"]) == set(other["SS"])
    return one == other


def sortable(value: Value) -> Any:
    """Return what orders a value among those of its type: a number, or bytes."""
    if "N" in value:
        return Decimal(value["N"])
    return value["S"].encode() if "S" in value else value["B"]


def _compared(judge: Callable[[Any, Any], bool]) -> Callable[[Value | None, Value | None], bool]:
    def compare(one: Value | None, other: Value | None) -> bool:
        if one is None or other is None or one.keys() != other.keys():
            return False
        return judge(sortable(one), sortable(other))

    return compare


COMPARISONS: dict[str, Callable[[Value | None, Value | None], bool]] = {
    "=": is_equal,
    "<>": lambda one, other: not is_equal(one, other),
    "<": _compared(lambda one, other: one < other),
    "<=": _compared(lambda one, other: one <= other),
    ">": _compared(lambda one, other: one > other),
    ">=": _compared(lambda one, other: one >= other),
}


def begins_with(whole: Value | None, part: Value | None) -> bool:
    """Tell whether a text begins so."""
    return whole is not None and part is not None and "S" in whole and whole["S"].startswith(part["S"])


def added(one: Value | None, other: Value | None, factor: int = 1) -> Value:
    """Return the sum of two numbers, or their difference for a factor of -1."""
    if one is None or other is None:
        raise Invalid("The provided expression refers to an attribute that does not exist in the item")
    if "N" not in one or "N" not in other:
        raise Invalid("An operand in the update expression has an incorrect data type")
    return {"N": str(Decimal(one["N"]) + factor * Decimal(other["N"]))}
