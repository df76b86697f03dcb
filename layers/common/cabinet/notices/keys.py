"""Where boards, notices, publications and readers' marks stand in storage."""

from cabinet.aws.dynamo import Key
from cabinet.notices.model import Board


def head_key(board: Board, copy: int = 0) -> Key:
    """Return the key of the item that counts a board's notices."""
    return f"NOTICES#{board.name}#{copy}", "HEAD"


def recent_key(board: Board, copy: int = 0) -> Key:
    """Return the key of the item with a board's recent notices."""
    return f"NOTICES#{board.name}#{copy}", "RECENT"


def notice_key(board: Board, number: int) -> Key:
    """Return the key of one notice."""
    return f"NOTICES#{board.name}", f"{number:08d}"


def publication_key(publication_id: str) -> Key:
    """Return the key of a publication's own row."""
    return f"PUBLICATION#{publication_id}", "NOTICE"


def placement_key(publication_id: str, board: Board) -> Key:
    """Return the key of the row that says that a publication hangs on a board, and under which number."""
    return f"PUBLICATION#{publication_id}", f"BOARD#{board.code}"


def reader_key(user_id: str) -> Key:
    """Return the key of a reader's marks."""
    return f"READER#{user_id}", "NOTICES"
