"""A database on disk that dies with its import: rows are sorted outside memory (SQLite's merge sort)."""

import sqlite3
from pathlib import Path
from typing import Self


class TemporaryDb:
    """A connection to a new file, in one transaction; the file goes with it. Use as a context manager."""

    def __init__(self, path: Path, cache_kib: int, table: str) -> None:
        self._path = path
        self._db = sqlite3.connect(path, isolation_level=None)
        # Nothing here outlives the process, so nothing is synced or journalled.
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", "locking_mode=EXCLUSIVE"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute(f"PRAGMA cache_size=-{cache_kib}")
        self._db.execute(f"CREATE TABLE {table}")

    def __enter__(self) -> Self:
        self._db.execute("BEGIN")
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()
        self._path.unlink(missing_ok=True)
