"""What is known of every row, on disk: its digest and the part that holds it. Memory stays flat."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from infra.backup.encryption import ROW_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class IndexedRow(NamedTuple):
    """A row's digest, its part, and whether the second pass found it."""

    digest: bytes
    part: int
    is_seen: bool


class RowIndex:
    """SQLite in a file; rows go by the ids of `Encryptor`, so the file tells nothing of them.

    Nothing is kept before `commit`, which goes with a part of the archive.
    """

    def __init__(self, path: Path | str) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        # A commit that a power cut takes back costs one part, which is written over: no more is needed.
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.execute("PRAGMA cache_size=-16384")
        self.db.executescript(
            """
            CREATE TABLE IF NOT EXISTS rows (
                id BLOB PRIMARY KEY, source TEXT, digest BLOB, part INTEGER, seen INTEGER DEFAULT 0
            ) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS parts (number INTEGER PRIMARY KEY, kind TEXT);
            CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value BLOB);
            CREATE TABLE IF NOT EXISTS changed_rows (number INTEGER PRIMARY KEY, sealed BLOB);
            -- The number of a place's stored group; in a restore, 0 marks a superseded place.
            CREATE TABLE IF NOT EXISTS components (place BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS stored_groups (number INTEGER, sealed BLOB);
            CREATE INDEX IF NOT EXISTS by_number ON stored_groups (number);
            CREATE TABLE IF NOT EXISTS objects (
                id BLOB PRIMARY KEY, source TEXT, digest BLOB, size INTEGER, seen INTEGER DEFAULT 0
            ) WITHOUT ROWID;
            """
        )
        self.db.execute("BEGIN")

    def commit(self) -> None:
        """Keep what was noted since the last time, all of it or nothing."""
        self.db.execute("COMMIT")
        self.db.execute("BEGIN")

    def close(self) -> None:
        """Forget what was not kept, and let the file go."""
        self.db.rollback()
        self.db.close()

    def put(self, row_id: bytes, source: str, digest: bytes, part: int) -> None:
        """Note a row of a table (`source`) and where it is stored."""
        self.db.execute(
            "INSERT OR REPLACE INTO rows (id, source, digest, part) VALUES (?, ?, ?, ?)",
            (row_id, source, digest, part),
        )

    def get(self, row_id: bytes) -> IndexedRow | None:
        """Return what is known of a row."""
        found = self.db.execute("SELECT digest, part, seen FROM rows WHERE id = ?", (row_id,)).fetchone()
        return None if found is None else IndexedRow(found[0], found[1], bool(found[2]))

    def mark_seen(self, row_id: bytes) -> None:
        """Note that a row was found."""
        self.db.execute("UPDATE rows SET seen = 1 WHERE id = ?", (row_id,))

    def drop(self, row_id: bytes) -> None:
        """Forget a row."""
        self.db.execute("DELETE FROM rows WHERE id = ?", (row_id,))

    def drop_partition(self, partition_id: bytes) -> None:
        """Forget all rows of a partition."""
        self.db.execute("DELETE FROM rows WHERE id >= ? AND id < ?", _range(partition_id))

    def totals(self, source: str) -> tuple[int, str]:
        """Return how many rows of a table are known, and a digest of them all that knows no order."""
        count = total = 0
        for (digest,) in self.db.execute("SELECT digest FROM rows WHERE source = ?", (source,)):
            count += 1
            total += int.from_bytes(digest, "big")
        return count, f"{total % (1 << 128):032x}"

    def unseen(self, source: str) -> int:
        """Return how many rows of a table were not found."""
        found = self.db.execute("SELECT count(*) FROM rows WHERE source = ? AND seen = 0", (source,))
        return int(found.fetchone()[0])

    def note(self, name: str, value: bytes) -> None:
        """Keep a value under a name."""
        self.db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))

    def noted(self, name: str) -> bytes | None:
        """Return what was kept under a name."""
        found = self.db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return None if found is None else bytes(found[0])

    def next_part(self) -> int:
        """Return the number of the next part."""
        return 1 + int(self.db.execute("SELECT coalesce(max(number), 0) FROM parts").fetchone()[0])

    def add_part(self, number: int, kind: str) -> None:
        """Note a part that was written."""
        self.db.execute("INSERT INTO parts VALUES (?, ?)", (number, kind))

    def parts(self) -> list[tuple[int, str]]:
        """Return all parts in their order."""
        return self.db.execute("SELECT number, kind FROM parts ORDER BY number").fetchall()

    def parts_with_unseen_rows(self) -> Iterator[int]:
        """Yield the parts with rows that have changed or were deleted (not `seen`)."""
        for (part,) in self.db.execute(
            "SELECT DISTINCT part FROM rows WHERE seen = 0 ORDER BY part"
        ).fetchall():
            yield part


def _range(partition_id: bytes) -> tuple[bytes, bytes]:
    return partition_id, partition_id + b"\xff" * (ROW_BYTES + 1)
