"""Boards as their readers see them, and the marks by which a reader knows what is new.

A reader's marks are one item of the reader, so reading writes nothing that others share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from cabinet.aws.dynamo import IS_ABSENT, Item, Table, Transaction, key_attributes
from cabinet.core.errors import Conflict
from cabinet.notices.keys import NOTICES_PER_READS_ROW, reader_key, reads_key
from cabinet.notices.model import Board, Emergency, Notice, ReadMarks

BOARDS_AT_ONCE = 10
"""Boards whose marks are written together: each may be two actions beside the marks' own."""
_MAX_READERS = 10**9
_BELOW_MAX = "attribute_not_exists(#c0) OR #c0 < :most"


@dataclass(frozen=True, slots=True)
class BoardState:
    """A board as a reader sees it: how many notices it has had, the recent ones newest first."""

    board: Board
    count: int
    notices: list[Notice]
    version: int = 0
    """Moves with every writing of the recent notices."""
    emergencies: tuple[Emergency, ...] = ()
    """Emergencies not ended by hand, newest first; some may be over by their own time."""


def board_state(board: Board, row: Item | None) -> BoardState:
    """Return the board as its HEAD or RECENT item says."""
    row = row or {}
    notices = [Notice.model_validate(each) for each in row.get("notices", [])]
    emergencies = tuple(Emergency.model_validate(each) for each in row.get("emergencies", []))
    return BoardState(board, row.get("count", 0), notices, row.get("edition", 0), emergencies)


def parse_marks(row: Item | None) -> dict[str, ReadMarks]:
    """Return a reader's marks by board code."""
    return {code: ReadMarks.model_validate(each) for code, each in (row or {}).get("boards", {}).items()}


def save_marks(
    user_id: str, existing: Item | None, marks: dict[str, ReadMarks], read: Mapping[Board, Sequence[int]]
) -> None:
    """Write a reader's marks if nobody has written them since `existing` was read, and count the readings.

    `read` are the notices that are read by these marks and were not before: each is counted once a reader.
    Raises Conflict.
    """
    version = (existing or {}).get("version", 0)
    boards = {code: each.model_dump() for code, each in marks.items()}
    row = {**key_attributes(reader_key(user_id)), "boards": boards, "version": version + 1}
    transaction = Transaction()
    if existing is None:
        transaction.put(Table.MESSAGES, row, condition=IS_ABSENT, on_conflict=Conflict)
    else:
        transaction.put(
            Table.MESSAGES, row, condition="#version = :version", on_conflict=Conflict, version=version
        )
    for board, numbers in read.items():
        _count(transaction, board, board.shard_for(user_id), numbers)
    transaction.commit()


def _count(transaction: Transaction, board: Board, shard: int, numbers: Sequence[int]) -> None:
    for _, group in groupby(sorted(numbers), key=lambda number: number // NOTICES_PER_READS_ROW):
        counted = list(group)
        names = {f"c{index}": counter_name(number) for index, number in enumerate(counted)}
        transaction.update(
            Table.MESSAGES, reads_key(board, shard, counted[0]),
            f"ADD {', '.join(f'#{name} :one' for name in names)}",
            condition=_BELOW_MAX, on_conflict=Conflict, names=names, one=1, most=_MAX_READERS,
        )  # fmt: skip


def counter_name(number: int) -> str:
    """Return the attribute that counts who has read a notice."""
    return f"n{number}"
