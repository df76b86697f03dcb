"""The nouns of notices: a board (a supplier's, a house's, an account's) and what hangs on it."""

import hashlib
from dataclasses import dataclass

from pydantic import Field

from cabinet.accounts.model import Noun
from cabinet.shards import shard_of

WINDOW = 20
"""Notices of a board that count as new until read; older ones are history."""

SUPPLIER_COPIES = 8
"""A supplier's board hangs in so many copies, so that a million accounts do not read one key."""


@dataclass(frozen=True, slots=True)
class Board:
    """Where notices hang. Fan-out is on reading: a notice is written once a board, never once a resident."""

    name: str
    copies: int = 1

    @property
    def code(self) -> str:
        """Return what stands for the board in identifiers and in a reader's marks."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:12]

    def copy_for(self, reader_id: str) -> int:
        """Return which copy this reader looks at: always the same one."""
        return shard_of(reader_id, self.copies)


def supplier_board(supplier_id: str) -> Board:
    """Return the board of all accounts of a supplier."""
    return Board(f"SUPPLIER#{supplier_id}", SUPPLIER_COPIES)


def house_board(house: str) -> Board:
    """Return the board of a house, named as `accounts.keys.house_of` names it."""
    return Board(f"HOUSE#{house}")


def account_board(account_id: str) -> Board:
    """Return the board of one account."""
    return Board(f"ACCOUNT#{account_id}")


class Notice(Noun):
    """One notice; `number` counts a board's notices from 1 without gaps."""

    number: int
    title: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=4000)
    published_at: str
    """ISO time in UTC."""


class Marks(Noun):
    """What a reader has read of one board: all up to a number, and single ones above it."""

    upto: int = 0
    single: list[int] = []
