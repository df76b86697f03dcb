"""Boards as their readers see them, and the marks by which a reader knows what is new.

A reader's marks are one item of the reader, so reading writes nothing that others share.
"""

from dataclasses import dataclass

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table
from cabinet.aws.dynamo.serialization import Item
from cabinet.core.errors import Conflict
from cabinet.notices.keys import reader_key
from cabinet.notices.model import Board, Emergency, Notice, ReadMarks


@dataclass(frozen=True, slots=True)
class BoardState:
    """A board as a reader sees it: how many notices it has had, the recent ones newest first."""

    board: Board
    count: int
    notices: list[Notice]
    edition: int = 0
    """Moves with every writing of the recent notices."""
    emergencies: tuple[Emergency, ...] = ()
    """Those that nobody has ended, newest first; some may be over by their own time."""


def board_state(board: Board, row: Item | None) -> BoardState:
    """Return the board as its HEAD or RECENT item says."""
    row = row or {}
    notices = [Notice.model_validate(each) for each in row.get("notices", [])]
    emergencies = tuple(Emergency.model_validate(each) for each in row.get("emergencies", []))
    return BoardState(board, row.get("count", 0), notices, row.get("edition", 0), emergencies)


def parse_marks(row: Item | None) -> dict[str, ReadMarks]:
    """Return a reader's marks by board code."""
    return {code: ReadMarks.model_validate(each) for code, each in (row or {}).get("boards", {}).items()}


def save_marks(user_id: str, existing: Item | None, marks: dict[str, ReadMarks]) -> None:
    """Write a reader's marks if nobody has written them since `existing` was read; raises Conflict."""
    pk, sk = reader_key(user_id)
    version = (existing or {}).get("version", 0)
    boards = {code: each.model_dump() for code, each in marks.items()}
    row = {"pk": pk, "sk": sk, "boards": boards, "version": version + 1}
    if existing is None:
        dynamo.put(Table.MESSAGES, row, condition=IS_ABSENT, on_conflict=Conflict)
    else:
        dynamo.put(
            Table.MESSAGES, row, condition="#version = :version", on_conflict=Conflict, version=version
        )
