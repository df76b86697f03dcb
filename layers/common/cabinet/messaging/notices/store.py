"""Boards in storage: a small head that counts, the recent notices in one item, and each notice for ever.

A reader's marks are one item of the reader, so neither publishing nor reading writes anything that others
share. Publishing writes every copy of the board in one transaction.
"""

from dataclasses import dataclass

from cabinet import clock, dynamo
from cabinet.dynamo import IS_ABSENT, Key, Table, Transaction
from cabinet.errors import Conflict, Unavailable
from cabinet.messaging.fanout import Job, enlist
from cabinet.messaging.notices.model import Board, Marks, Notice
from cabinet.messaging.notices.rules import recent
from cabinet.wire import Item

_HAS_COUNT = "#count = :count"
_TRIES = 12


class AlreadyPublished(Conflict):
    """A notice with this publication's identifier hangs already."""


@dataclass(frozen=True, slots=True)
class BoardState:
    """A board as a reader sees it: how many notices it has had, the recent ones newest first."""

    board: Board
    count: int
    notices: list[Notice]


def head_key(board: Board, copy: int = 0) -> Key:
    """Return the key of the item that counts a board's notices."""
    return f"NOTICES#{board.name}#{copy}", "HEAD"


def recent_key(board: Board, copy: int = 0) -> Key:
    """Return the key of the item with a board's recent notices."""
    return f"NOTICES#{board.name}#{copy}", "RECENT"


def notice_key(board: Board, number: int) -> Key:
    """Return the key of one notice."""
    return f"NOTICES#{board.name}", f"{number:08d}"


def reader_key(user_id: str) -> Key:
    """Return the key of a reader's marks."""
    return f"READER#{user_id}", "NOTICES"


def state_of(board: Board, row: Item | None) -> BoardState:
    """Return the board as its HEAD or RECENT item says."""
    notices = [Notice.model_validate(each) for each in (row or {}).get("notices", [])]
    return BoardState(board, (row or {}).get("count", 0), notices)


def marks_in(row: Item | None) -> dict[str, Marks]:
    """Return a reader's marks by board code."""
    return {code: Marks.model_validate(each) for code, each in (row or {}).get("boards", {}).items()}


def publish(board: Board, title: str, text: str, publication_id: str, job: Job | None = None) -> Notice:
    """Hang a notice on a board, all its copies at once, and return it.

    Parameters
    ----------
    publication_id
        The same publication never hangs twice: raises AlreadyPublished.
    job
        The fan-out of mails that follows; for the caller to dispatch after the commit.
    """
    for _ in range(_TRIES):
        row = dynamo.get(Table.MESSAGES, recent_key(board), consistent=True)
        state = state_of(board, row)
        published_at = clock.timestamp(clock.now())
        notice = Notice(number=state.count + 1, title=title, text=text, published_at=published_at)
        transaction = _hang(state, notice, publication_id)
        if job is not None:
            enlist(transaction, job)
        try:
            transaction.commit()
        except AlreadyPublished:
            raise
        except Conflict:
            continue
        return notice
    raise Unavailable


def _hang(state: BoardState, notice: Notice, publication_id: str) -> Transaction:
    board = state.board
    transaction = Transaction()
    published = {"pk": f"PUBLICATION#{publication_id}", "sk": "NOTICE", "board": board.name}
    transaction.put(Table.MESSAGES, published, when=IS_ABSENT, otherwise=AlreadyPublished)
    pk, sk = notice_key(board, notice.number)
    row = notice.model_dump(mode="json") | {"pk": pk, "sk": sk}
    transaction.put(Table.MESSAGES, row, when=IS_ABSENT, otherwise=Conflict)
    unmoved, bound = (_HAS_COUNT, {"count": state.count}) if state.count else (IS_ABSENT, {})
    shown = [each.model_dump(mode="json") for each in recent(state.notices, notice)]
    for copy in range(board.copies):
        for key, content in ((head_key(board, copy), {}), (recent_key(board, copy), {"notices": shown})):
            item = {"pk": key[0], "sk": key[1], "count": notice.number} | content
            transaction.put(Table.MESSAGES, item, when=unmoved, otherwise=Conflict, **bound)
    return transaction


def save_marks(user_id: str, standing: Item | None, marks: dict[str, Marks]) -> None:
    """Write a reader's marks if nobody has written them since `standing` was read; raises Conflict."""
    pk, sk = reader_key(user_id)
    version = (standing or {}).get("version", 0)
    boards = {code: each.model_dump() for code, each in marks.items()}
    row = {"pk": pk, "sk": sk, "boards": boards, "version": version + 1}
    if standing is None:
        dynamo.put(Table.MESSAGES, row, when=IS_ABSENT, otherwise=Conflict)
    else:
        dynamo.put(Table.MESSAGES, row, when="#version = :version", otherwise=Conflict, version=version)
