"""Rows on disk between the two passes, grouped by account: memory stays flat however large the file is.

A registry's files come in any order, while an account's items are written together, so the rows are sorted
outside memory (SQLite's external merge sort) in a temporary file that dies with the import.
"""

import hashlib
import marshal
from collections.abc import Iterator, Sequence
from pathlib import Path

from cabinet.core.text import number_key
from cabinet.exchange.formats.schema import NATIVE
from cabinet.exchange.imports.temporary_db import TemporaryDb
from cabinet.exchange.imports.totals import Totals
from cabinet.exchange.model import AccountRows, Location, Row, SectionName

_CACHE_KIB = 32_768
_BATCH = 2_000
_COLUMNS = "number TEXT, section INT, member INT, line INT, shape INT, cells BLOB"
_SCOPES: dict[SectionName, str] = {
    "accounts": "accounts", "closures": "accounts", "payments": "payments", "meters": "meters",
}  # fmt: skip
_ORDER: tuple[SectionName, ...] = (*(section.name for section in NATIVE), "closures")


class StagingDb(TemporaryDb):
    """Rows are added, then `finalise`d, then read account by account. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _CACHE_KIB, f"arrived({_COLUMNS})")
        self._members: dict[str, int] = {}
        self._shapes: dict[tuple[str, ...], int] = {}
        """Which columns a row has: kept once, not in each row."""
        self._waiting: list[tuple[str, int, int, int, int, bytes]] = []
        self._payments = hashlib.sha256()
        self.rows = 0
        self.totals = Totals()
        self.sections: set[SectionName] = set()
        self.periods: set[str] = set()
        """Periods whose receipts the registry touches."""

    @property
    def scopes(self) -> set[str]:
        """Return what the rows may be the newest of: receipts month by month, the rest by kind."""
        of_sections = {_SCOPES[section] for section in self.sections if section in _SCOPES}
        return of_sections | {f"receipts#{period}" for period in self.periods}

    def add(self, row: Row) -> None:
        """Keep a readable row."""
        member = self._members.setdefault(row.location.member, len(self._members))
        shape = self._shapes.setdefault(tuple(row.values), len(self._shapes))
        cells = marshal.dumps(tuple(row.values.values()))
        if row.section == "payments":
            self._payments.update(repr((row.number, *row.values.values())).encode())
        self._waiting.append(
            (number_key(row.number), _ORDER.index(row.section), member, row.location.line, shape, cells)
        )
        self.rows += 1
        self.totals.add(row)
        self.sections.add(row.section)
        if "period" in row.values:
            self.periods.add(row.values["period"])
        if len(self._waiting) >= _BATCH:
            self._flush()

    @property
    def payments_digest(self) -> str:
        """Return the digest of the payments, the same whatever the file is called or packed in."""
        return self._payments.hexdigest()[:32]

    def finalise(self) -> None:
        """Sort what was added; nothing can be added after."""
        self._flush()
        self._db.execute(
            "CREATE TABLE sorted AS SELECT * FROM arrived ORDER BY number, section, member, line, rowid"
        )
        self._db.execute("DROP TABLE arrived")

    def accounts(self, after: str = "", sections: Sequence[SectionName] = _ORDER) -> Iterator[AccountRows]:
        """Yield the accounts whose numbers follow `after`, in the numbers' order, with their rows."""
        names, shapes = list(self._members), list(self._shapes)
        wanted = [_ORDER.index(section) for section in sections]
        marks = ", ".join("?" * len(wanted))
        current: AccountRows | None = None
        for number, section, member, line, shape, cells in self._db.execute(
            f"SELECT * FROM sorted WHERE number > ? AND section IN ({marks}) ORDER BY rowid",  # noqa: S608 - marks alone
            (after, *wanted),
        ):
            if current is None or current.number != number:
                if current is not None:
                    yield current
                current = AccountRows(number)
            location = Location(names[member], line)
            # This very process has written them.
            values = dict(zip(shapes[shape], marshal.loads(cells), strict=True))  # noqa: S302
            current.rows.setdefault(_ORDER[section], []).append((location, values))
        if current is not None:
            yield current

    def numbers(self, *sections: SectionName) -> Iterator[str]:
        """Yield the numbers of the accounts that rows of the sections name."""
        wanted = [_ORDER.index(section) for section in sections]
        marks = ", ".join("?" * len(wanted))
        rows = self._db.execute(f"SELECT DISTINCT number FROM sorted WHERE section IN ({marks})", wanted)  # noqa: S608 - marks alone
        yield from (number for (number,) in rows)

    def count_accounts(self, until: str | None = None) -> int:
        """Return how many accounts the rows name, in all or up to a number."""
        counted = "SELECT COUNT(DISTINCT number) FROM sorted"
        where, values = ("", ()) if until is None else (" WHERE number <= ?", (until,))
        (count,) = self._db.execute(counted + where, values).fetchone()
        return int(count)

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO arrived VALUES (?, ?, ?, ?, ?, ?)", self._waiting)
        self._waiting.clear()
