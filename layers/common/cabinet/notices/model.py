"""Models of notices: a board (a supplier's, a house's, an account's) and what is posted on it."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from cabinet.core.model import FrozenModel
from cabinet.core.sharding import shard_for

RECENT_NOTICES = 20
"""Notices of a board that count as new until read; older ones are history."""

MAX_EMERGENCIES = 5
"""Maximum number of emergencies in a board's head, the newest ones: it is read with every first screen."""

SUPPLIER_SHARDS = 8
"""Number of shards of a supplier's board, so that a million accounts do not read one key."""


type NoticeKind = Literal["common", "emergency", "planned"]
"""An emergency is an accident or outage: it is mailed to all; `planned` are works announced beforehand."""

KIND_TITLES: dict[NoticeKind, str] = {
    "common": "Уведомление",
    "emergency": "Авария",
    "planned": "Плановые работы",
}


@dataclass(frozen=True, slots=True)
class Board:
    """Where notices are posted. A notice is written once per board, not once per resident."""

    name: str
    shards: int = 1

    @property
    def code(self) -> str:
        """Return what stands for the board in identifiers and in a reader's marks."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:12]

    @property
    def account_id(self) -> str | None:
        """Return the account whose own board it is; None for a board of many."""
        kind, _, name = self.name.partition("#")
        return name if kind == "ACCOUNT" else None

    def shard_for(self, reader_id: str) -> int:
        """Return which shard this reader looks at: always the same one."""
        return shard_for(reader_id, self.shards)


def supplier_board(supplier_id: str) -> Board:
    """Return the board of all accounts of a supplier."""
    return Board(f"SUPPLIER#{supplier_id}", SUPPLIER_SHARDS)


def named_board(name: str) -> Board:
    """Return the board of this name: the number of shards follows from it."""
    return Board(name, SUPPLIER_SHARDS if name.startswith("SUPPLIER#") else 1)


def house_board(house: str) -> Board:
    """Return the board of a house, named as `accounts.keys.house_index_key` names it."""
    return Board(f"HOUSE#{house}")


def account_board(account_id: str) -> Board:
    """Return the board of one account."""
    return Board(f"ACCOUNT#{account_id}")


class Notice(FrozenModel):
    """One notice; `number` counts a board's notices from 1 without gaps."""

    number: int
    title: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=4000)
    published_at: str
    """ISO time in UTC, as the other times here."""
    kind: NoticeKind = "common"
    valid_from: str | None = None
    valid_until: str | None = None
    ended_at: str | None = None
    """When the staff said that it is over («устранено»)."""
    publication_id: str = ""
    revision: int = 0
    """How often the publication was corrected or ended when this copy was written."""


class Emergency(FrozenModel):
    """What a board's head holds of an emergency that has not ended: enough for the banner of every screen."""

    number: int
    title: str
    valid_from: str | None = None
    valid_until: str | None = None

    def is_active(self, moment: str) -> bool:
        """Tell whether the emergency is in force at `moment` (ISO time in UTC)."""
        has_begun = self.valid_from is None or self.valid_from <= moment
        return has_begun and (self.valid_until is None or moment < self.valid_until)


class ReadMarks(FrozenModel):
    """What a reader has read of one board: all up to a number, and single ones above it."""

    upto: int = 0
    single: list[int] = []


class Publication(FrozenModel):
    """What the staff published by one command: one notice on one or several boards (all houses of a street).

    `version` moves with every correction; the copies on the boards follow it, never an older one.
    """

    publication_id: str
    supplier_id: str
    where: str
    """Where it is posted, for the staff: «ул. Северная, 3 houses»."""
    boards: list[str]
    kind: NoticeKind
    title: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=4000)
    published_at: str
    valid_from: str | None = None
    valid_until: str | None = None
    ended_at: str | None = None
    version: int = 0
    recipients: int = 0
    """How many people it reached when it was published; 0 for old publications, which were not counted."""
    is_fully_counted: bool = True
    """False if time ran out before all were counted: `recipients` is then a lower bound."""
    is_mailed: bool = True
    """False if it is only shown on the site; an emergency is always mailed."""

    def is_over(self, moment: str) -> bool:
        """Tell whether it has been ended, or its time has passed at `moment` (ISO time in UTC)."""
        return self.ended_at is not None or (self.valid_until is not None and self.valid_until <= moment)
