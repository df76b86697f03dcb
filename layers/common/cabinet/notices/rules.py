"""Decisions about notices: which are new to a reader, how marks grow, which boards an account reads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cabinet.core.identifiers import supplier_part
from cabinet.notices.model import (
    MAX_EMERGENCIES,
    RECENT_NOTICES,
    Board,
    Emergency,
    Notice,
    Publication,
    ReadMarks,
    account_board,
    house_board,
    supplier_board,
)

_RECENT_BYTES = 60_000


def boards_for_binding(binding: Mapping[str, Any]) -> list[Board]:
    """Return the boards that the account of a binding reads: its supplier's, its house's, its own."""
    account_id = binding["account_id"]
    boards = [supplier_board(supplier_part(account_id)), account_board(account_id)]
    if binding.get("house_key"):
        boards.append(house_board(binding["house_key"]))
    return boards


def is_read(number: int, count: int, marks: ReadMarks) -> bool:
    """Tell whether notice `number` of a board that has had `count` counts as read."""
    return number <= max(marks.upto, count - RECENT_NOTICES) or number in marks.single


def unread(count: int, marks: ReadMarks) -> int:
    """Return how many of a board's notices are new to a reader."""
    first = max(marks.upto, count - RECENT_NOTICES) + 1
    return sum(1 for number in range(first, count + 1) if number not in marks.single)


def mark_as_read(number: int, count: int, marks: ReadMarks) -> ReadMarks:
    """Return the marks after reading one notice; they never grow beyond the window."""
    floor = max(marks.upto, count - RECENT_NOTICES)
    single = {each for each in (*marks.single, number) if each > floor}
    while floor + 1 in single:
        floor += 1
        single.discard(floor)
    return ReadMarks(upto=floor, single=sorted(single))


def newly_read(count: int, before: ReadMarks, after: ReadMarks) -> list[int]:
    """Return the notices of a board that has had `count` that are read now and were new before."""
    return [
        number
        for number in range(max(1, count - RECENT_NOTICES + 1), count + 1)
        if is_read(number, count, after) and not is_read(number, count, before)
    ]


def recent(notices: Sequence[Notice], new: Notice) -> list[Notice]:
    """Return what the board shows first after `new` was added: newest first, bounded in number and size."""
    kept: list[Notice] = []
    size = 0
    for notice in [new, *notices][:RECENT_NOTICES]:
        size += len(notice.text.encode()) + len(notice.title.encode())
        if kept and size > _RECENT_BYTES:
            break
        kept.append(notice)
    return kept


def emergencies_after(current: Sequence[Emergency], changed: Notice, moment: str) -> list[Emergency]:
    """Return a board's emergencies, newest first, after a notice was posted, corrected or ended on it."""
    kept = [
        each
        for each in current
        if each.number != changed.number and (each.valid_until is None or moment < each.valid_until)
    ]
    if changed.kind == "emergency" and changed.ended_at is None:
        kept.append(
            Emergency(
                number=changed.number,
                title=changed.title,
                valid_from=changed.valid_from,
                valid_until=changed.valid_until,
            )
        )
    return sorted(kept, key=lambda each: each.number, reverse=True)[:MAX_EMERGENCIES]


def validity_text(publication: Publication, time_zone: str) -> str:
    """Return «с 26.11.2026 10:00 до 26.11.2026 18:00» by the supplier's clock; empty without a term."""
    named = (("с", publication.valid_from), ("до", publication.valid_until))
    return " ".join(f"{word} {_local(moment, time_zone)}" for word, moment in named if moment)


def _local(moment: str, time_zone: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(time_zone)):%d.%m.%Y %H:%M}"
