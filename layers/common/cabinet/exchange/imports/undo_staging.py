"""An import's log on disk, grouped by account: memory stays flat however large the import was."""

import sqlite3
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import batched, groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from cabinet.exchange.imports import apply, bucket, undo_log
from cabinet.exchange.imports.undo_log import KeptAccount

_READ_TOGETHER = 64
_CACHE_KIB = 16_384


class UndoStaging:
    """The log is read into it, then handed out account by account. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", "locking_mode=EXCLUSIVE"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        self._db.execute("CREATE TABLE kept(number TEXT, place INTEGER PRIMARY KEY, line BLOB)")

    def __enter__(self) -> Self:
        self._db.execute("BEGIN")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        self._path.unlink(missing_ok=True)

    def load(self, supplier_id: str, import_id: str) -> None:
        """Read all that an import has kept."""
        with ThreadPoolExecutor(apply.THREADS) as executor:
            for keys in batched(undo_log.objects(supplier_id, import_id), _READ_TOGETHER, strict=False):
                for content in executor.map(bucket.read, keys):
                    for line in undo_log.lines(content or b""):
                        row = (KeptAccount.read(line).number, zlib.compress(line.encode(), 1))
                        self._db.execute("INSERT INTO kept(number, line) VALUES (?, ?)", row)
        self._db.execute("CREATE INDEX by_number ON kept(number, place)")

    def count(self) -> int:
        """Return how many accounts the import has touched."""
        (found,) = self._db.execute("SELECT COUNT(DISTINCT number) FROM kept").fetchone()
        return int(found)

    def accounts(self, after: str = "") -> Iterator[list[KeptAccount]]:
        """Yield each account's lines in the order in which they were written, by number, past `after`."""
        rows = self._db.execute(
            "SELECT number, line FROM kept WHERE number > ? ORDER BY number, place", (after,)
        )
        for _, of_account in groupby(rows, key=lambda row: row[0]):
            yield [KeptAccount.read(zlib.decompress(line)) for _, line in of_account]
