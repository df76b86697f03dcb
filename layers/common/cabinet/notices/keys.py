"""Keys of boards, notices, publications and readers' marks."""

from cabinet.aws.dynamo import Key
from cabinet.notices.model import Board

NOTICES_PER_READS_ROW = 100
"""Notices of a board whose readers one row counts."""


def head_key(board: Board, shard: int = 0) -> Key:
    """Return the key of the item that counts a board's notices."""
    return f"NOTICES#{board.name}#{shard}", "HEAD"


def recent_key(board: Board, shard: int = 0) -> Key:
    """Return the key of the item with a board's recent notices."""
    return f"NOTICES#{board.name}#{shard}", "RECENT"


def notice_key(board: Board, number: int) -> Key:
    """Return the key of one notice."""
    return f"NOTICES#{board.name}", f"{number:08d}"


def reads_key(board: Board, shard: int, number: int) -> Key:
    """Return the key of the row that counts how often a notice, with those of the same hundred, was read."""
    return f"NOTICES#{board.name}#{shard}", f"READS#{number // NOTICES_PER_READS_ROW:06d}"


def publication_key(publication_id: str) -> Key:
    """Return the key of a publication's own row."""
    return f"PUBLICATION#{publication_id}", "NOTICE"


def supplier_list_key(supplier_id: str, published_at: str, publication_id: str) -> Key:
    """Return the key of a publication's line in the list of its supplier's."""
    return f"PUBLICATIONS#{supplier_id}", f"{published_at}#{publication_id}"


def unfinished_key(publication_id: str) -> Key:
    """Return the key of the row that exists until a publication, or its change, is on all its boards."""
    return "PUBLICATIONSOPEN", publication_id


def placement_key(publication_id: str, board: Board) -> Key:
    """Return the key of the row that says that a publication is on a board, and under which number."""
    return f"PUBLICATION#{publication_id}", f"BOARD#{board.code}"


def reader_key(user_id: str) -> Key:
    """Return the key of a reader's marks."""
    return f"READER#{user_id}", "NOTICES"
