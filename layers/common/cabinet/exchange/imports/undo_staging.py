"""An import's log on disk, grouped by account: memory stays flat however large the import was."""

import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import batched, groupby
from pathlib import Path

from cabinet.exchange.imports import apply, bucket, undo_log
from cabinet.exchange.imports.temporary_db import TemporaryDb
from cabinet.exchange.imports.undo_log import LoggedAccount

_READ_TOGETHER = 64
_CACHE_KIB = 16_384


class UndoStaging(TemporaryDb):
    """The log is read into it, then handed out account by account. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _CACHE_KIB, "kept(number TEXT, place INTEGER PRIMARY KEY, line BLOB)")

    def load(self, supplier_id: str, import_id: str) -> None:
        """Read all that an import has kept."""
        with ThreadPoolExecutor(apply.THREADS) as executor:
            for keys in batched(undo_log.objects(supplier_id, import_id), _READ_TOGETHER, strict=False):
                for content in executor.map(bucket.read, keys):
                    for line in undo_log.lines(content or b""):
                        row = (LoggedAccount.read(line).number, zlib.compress(line.encode(), 1))
                        self._db.execute("INSERT INTO kept(number, line) VALUES (?, ?)", row)
        self._db.execute("CREATE INDEX by_number ON kept(number, place)")

    def count(self) -> int:
        """Return how many accounts the import has touched."""
        (found,) = self._db.execute("SELECT COUNT(DISTINCT number) FROM kept").fetchone()
        return int(found)

    def accounts(self, after: str = "") -> Iterator[list[LoggedAccount]]:
        """Yield each account's lines in the order in which they were written, by number, past `after`."""
        rows = self._db.execute(
            "SELECT number, line FROM kept WHERE number > ? ORDER BY number, place", (after,)
        )
        for _, of_account in groupby(rows, key=lambda row: row[0]):
            yield [LoggedAccount.read(zlib.decompress(line)) for _, line in of_account]
