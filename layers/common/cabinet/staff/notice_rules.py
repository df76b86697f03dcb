"""Where a desk's notice is posted, in words; the flats of an entrance; impossible validity periods. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cabinet.core.errors import FieldError

MAX_HOUSES = 100
"""Houses chosen for one notice: a board each, written one after another while the person waits."""
MAX_ACCOUNTS = 100
"""Accounts of an entrance or a list: a board each as well."""

type TargetKind = Literal["supplier", "houses", "entrance", "accounts"]

_NUMBER = re.compile(r"\d+", re.ASCII)
_MAX_NAMED_LINES = 3


@dataclass(frozen=True, slots=True)
class Target:
    """Where the member of staff wants a notice to be posted.

    `houses` are identifiers of the list; an entrance is one house with its first and last flat, as registries
    know flats but no entrances; `accounts` are numbers as they were typed.
    """

    kind: TargetKind
    houses: tuple[str, ...] = ()
    first_flat: int | None = None
    last_flat: int | None = None
    accounts: tuple[str, ...] = ()


def target_errors(target: Target) -> list[FieldError]:
    """Return what is missing or too much; an empty list when the place can be looked up."""
    if target.kind == "accounts":
        return _count_errors("accounts", len(target.accounts), MAX_ACCOUNTS, "лицевой счёт")
    if target.kind == "supplier":
        return []
    if target.kind == "houses":
        return _count_errors("houses", len(target.houses), MAX_HOUSES, "дом")
    found = [] if len(target.houses) == 1 else [FieldError("where.houses", "one_house", "Выберите один дом.")]
    first, last = target.first_flat, target.last_flat
    if first is None or last is None or first < 1:
        found.append(FieldError("where.first_flat", "required", "Укажите первую и последнюю квартиру."))
    elif last < first:
        message = "Последняя квартира меньше первой."
        found.append(FieldError("where.last_flat", "flats_reversed", message))
    return found


def _count_errors(field: str, count: int, most: int, noun: str) -> list[FieldError]:
    if not count:
        return [FieldError(f"where.{field}", "required", f"Выберите хотя бы один {noun}.")]
    if count > most:
        message = f"Выбрано {count}, а можно не больше {most}. Отправьте всем или разделите на части."
        return [FieldError(f"where.{field}", "too_many", message)]
    return []


def is_flat_between(flat: str, first: int, last: int) -> bool:
    """Tell whether a flat is among those of an entrance; «12а» counts as 12, one without digits is not."""
    number = _NUMBER.search(flat)
    return number is not None and first <= int(number[0]) <= last


def validity_errors(valid_from: str | None, valid_until: str | None, now: str) -> list[FieldError]:
    """Return what is wrong with a term (ISO times in UTC): over already, or ending before it begins."""
    if valid_until is None:
        return []
    if valid_until <= now:
        message = "Срок уже прошёл: укажите время в будущем или оставьте пустым."
        return [FieldError("valid_until", "term_over", message)]
    if valid_from is not None and valid_until <= valid_from:
        return [FieldError("valid_until", "term_reversed", "Конец не позже начала.")]
    return []


def describe_target(target: Target, lines: Sequence[str]) -> str:
    """Return «ул. Мира, 1, ул. Мира, 3 и ещё 5»; `lines` are the houses or accounts, as they were found."""
    if target.kind == "supplier":
        return "Все лицевые счета"
    if target.kind == "entrance":
        return f"{lines[0]}, квартиры {target.first_flat}–{target.last_flat}"
    named = ", ".join(lines[:_MAX_NAMED_LINES])
    rest = len(lines) - _MAX_NAMED_LINES
    listed = f"{named} и ещё {rest}" if rest > 0 else named
    return listed if target.kind == "houses" else f"Лицевые счета: {listed}"
