"""Payments and readings of a file, compared with those that other files of the same registry have brought.

A registry may come in parts of one number and date, so another file is another part, unless it says the same
payments again. Where it then differs is reported: another sum or day of a payment is an error, for billing
gives its payments no number, and a payment must not be stored twice; the rest are warnings.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Set
from datetime import date
from typing import NamedTuple, Self

from cabinet.core.money import NO_BREAK_SPACE, format_rubles
from cabinet.exchange.imports.merge_rules import make_meter_id
from cabinet.exchange.imports.staging_db import StagingDb
from cabinet.exchange.model import Issue, Location, Registry, Severity
from cabinet.metering.volumes import format_volume, parse_volume

_METER_DECIMALS = 3


class ReceivedRow(NamedTuple):
    """A payment or a reading as a file of a registry said it."""

    section: str
    number: str
    """The account's number, folded."""
    what: str
    """A payment's kind; a reading's meter and zone."""
    day: str
    value: int
    """Kopecks, or millionths of the meter's unit."""
    processed: str
    """The day on which billing took it over, or nothing."""


_FIELDS = ", ".join(ReceivedRow._fields)
_SAME = ("section", "number", "what", "day", "value")
_OTHER_VALUE = ("section", "number", "what", "day")
_MOVED = {
    "received": ("section", "number", "what", "value"),
    "kind": ("section", "number", "day", "value"),
    "ls": ("section", "what", "day", "value"),
}
"""Column that changed → what has stayed of a payment that was moved."""

type _Pair = tuple[ReceivedRow, Location, ReceivedRow]
"""What is said here, where, and what was said before."""


def rows_of(staging: StagingDb) -> Iterator[tuple[ReceivedRow, Location]]:
    """Yield the payments without an order's number, and the readings, with their locations."""
    for rows in staging.accounts(sections=("payments", "readings")):
        for location, row in rows.with_location("payments"):
            if not row.get("order_id"):
                yield (
                    ReceivedRow(
                        "payments",
                        rows.number,
                        row["kind"],
                        row["received"],
                        row["sum"],
                        row["processed"] or "",
                    ),
                    location,
                )
        for location, row in rows.with_location("readings"):
            meter = f"{make_meter_id(row['meter_no'])} {row['zone']}"
            value = parse_volume(row["value"])
            yield (
                ReceivedRow("readings", rows.number, meter, row["taken"], value, row["accepted"] or ""),
                location,
            )


class Comparison:
    """Compares on disk, for a registry may be large. Use as a context manager."""

    def __init__(self, registry: Registry, sections: Set[str]) -> None:
        self._registry, self._sections = registry, sections
        self._db = sqlite3.connect("", isolation_level=None)  # a temporary file of its own
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("BEGIN")
        for table in ("here", "before"):
            self._db.execute(
                f"CREATE TABLE {table}(id INTEGER PRIMARY KEY, {_FIELDS}, part, line, "
                "open DEFAULT 1, known DEFAULT 0)"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def add_here(self, rows: Iterable[tuple[ReceivedRow, Location]]) -> None:
        """Take what the file says."""
        self._add("here", ((*row, *location) for row, location in rows))

    def add_before(self, part: str, rows: Iterable[ReceivedRow]) -> None:
        """Take what another file of the registry said, of the sections that this one has."""
        self._add("before", ((*row, part, None) for row in rows if row.section in self._sections))

    def drop_rows_of_first_import(self) -> None:
        """Leave out what this same file brought when it was first imported."""
        list(self._pairs(_SAME))
        self._db.execute("DELETE FROM here WHERE NOT open")
        self._db.execute("DELETE FROM before")

    def new_rows(self, left_out: Set[str] = frozenset()) -> Iterator[ReceivedRow]:
        """Yield what no other file has brought, in an order of its own; accounts `left_out` bring nothing."""
        for row in self._db.execute(f"SELECT {_FIELDS} FROM here WHERE NOT known ORDER BY {_FIELDS}"):  # noqa: S608
            if row[1] not in left_out:
                yield ReceivedRow(*row)

    def find_issues(self) -> Iterator[Issue]:
        """Yield what this file says otherwise than the others did."""
        for now, location, was in self._pairs(_SAME):
            if was.processed and now.processed != was.processed:
                yield self._processed_otherwise(now, location, was)
        self._db.execute("UPDATE here SET known = 1 WHERE NOT open")
        for now, location, was in self._pairs(_OTHER_VALUE):
            yield self._other_value(now, location, was)
        self._drop_unrelated_files()
        for column, kept in _MOVED.items():
            for now, location, was in self._pairs(kept, "AND section = 'payments'"):
                yield self._moved(column, now, location, was)
        if self._db.execute("SELECT 1 FROM before LIMIT 1").fetchone():
            yield from self._added()
            yield from self._missing_here()

    # -------------------------------------------------------------- rows that mean each other

    def _add(self, table: str, rows: Iterable[tuple[object, ...]]) -> None:
        marks = ", ".join("?" * (len(ReceivedRow._fields) + 2))
        self._db.executemany(f"INSERT INTO {table}({_FIELDS}, part, line) VALUES ({marks})", rows)  # noqa: S608

    def _drop_unrelated_files(self) -> None:
        """Delete the earlier files that share nothing with this one; those that it repeats stay.

        One of the same number of rows and the same sums is a repetition too, with every row changed.
        """
        by_section = "SELECT {part} section, COUNT(*), SUM(value) FROM {table} GROUP BY {part} section"
        here = set(self._db.execute(by_section.format(part="", table="here")))
        totals: dict[str, set[tuple[str, int, int]]] = {}
        for part, *of_section in self._db.execute(by_section.format(part="part,", table="before")):
            totals.setdefault(part, set()).add(tuple(of_section))
        for part, of_part in totals.items():
            repeated = "SELECT 1 FROM before WHERE part = ? AND NOT open LIMIT 1"
            if of_part != here and not self._db.execute(repeated, (part,)).fetchone():
                self._db.execute("DELETE FROM before WHERE part = ?", (part,))

    def _pairs(self, kept: tuple[str, ...], only: str = "") -> Iterator[_Pair]:
        """Yield each open row with the one before it that equals it in `kept`, and close both."""
        names = ", ".join(kept)
        ranked = (
            f"(SELECT *, ROW_NUMBER() OVER (PARTITION BY {names} ORDER BY id) AS place_among "  # noqa: S608
            f"FROM {{}} WHERE open {only})"
        )
        self._db.execute("DROP TABLE IF EXISTS paired")
        self._db.execute(
            f"CREATE TABLE paired AS SELECT h.id AS here, b.id AS before FROM {ranked.format('here')} h "  # noqa: S608
            f"JOIN {ranked.format('before')} b USING ({names}, place_among)"
        )
        for table in ("here", "before"):
            self._db.execute(f"UPDATE {table} SET open = 0 WHERE id IN (SELECT {table} FROM paired)")  # noqa: S608
        now = ", ".join(f"h.{name}" for name in ReceivedRow._fields)
        was = ", ".join(f"b.{name}" for name in ReceivedRow._fields)
        width = len(ReceivedRow._fields)
        for row in self._db.execute(
            f"SELECT {now}, h.part, h.line, {was} FROM paired JOIN here h ON h.id = paired.here "  # noqa: S608
            "JOIN before b ON b.id = paired.before ORDER BY h.id"
        ).fetchall():
            yield ReceivedRow(*row[:width]), Location(*row[width : width + 2]), ReceivedRow(*row[width + 2 :])

    # -------------------------------------------------------------- what is said of them

    def _processed_otherwise(self, now: ReceivedRow, location: Location, was: ReceivedRow) -> Issue:
        column = "processed" if now.section == "payments" else "accepted"
        here = _day(now.processed) if now.processed else "пусто"
        message = f"здесь в {column} было {_day(was.processed)}, а теперь {here}. Записано новое."
        return self._issue(location, column, message, "warning", now)

    def _other_value(self, now: ReceivedRow, location: Location, was: ReceivedRow) -> Issue:
        if now.section == "readings":
            message = (
                f"показание за {_day(was.day)} было {_value(was)}, а здесь {_value(now)}. Записано новое."
            )
            return self._issue(location, "value", message, "warning", now)
        message = (
            f"оплата «{was.what}» за {_day(was.day)} была {_value(was)}, а здесь {_value(now)} Не записана: "
            "исправление пришлите под следующим номером реестра, а части одного реестра — одним ZIP."
        )
        return self._issue(location, "sum", message, "error", now)

    def _moved(self, column: str, now: ReceivedRow, location: Location, was: ReceivedRow) -> Issue:
        before = {
            "received": f"за {_day(was.day)}",
            "kind": f"с видом «{was.what}»",
            "ls": f"по счёту {was.number}",
        }[column]
        message = (
            f"эта оплата {_value(now)} была {before}. Не записана, чтобы не стоять дважды: под следующим "
            "номером реестра пришлите прежнюю строку с суммой 0 и новую."
        )
        return self._issue(location, column, message, "error", now)

    def _added(self) -> Iterator[Issue]:
        query = f"SELECT {_FIELDS}, part, line FROM here WHERE open ORDER BY id"  # noqa: S608
        for *row, member, line in self._db.execute(query).fetchall():
            now = ReceivedRow(*row)
            message = f"{_named(now)} — в нём этого не было. Записано."
            yield self._issue(Location(member, line), "", message, "warning", now)

    def _missing_here(self) -> Iterator[Issue]:
        for row in self._db.execute(f"SELECT {_FIELDS} FROM before WHERE open ORDER BY id").fetchall():  # noqa: S608
            was = ReceivedRow(*row)
            message = f"{_named(was)} — в нём было, а здесь нет. Осталось в кабинете."
            if was.section == "payments":
                message += " Если оплаты не было, пришлите её под следующим номером реестра с суммой 0."
            yield self._issue(Location("", 0), "", message, "warning", was)

    def _issue(
        self, location: Location, column: str, finding: str, severity: Severity, row: ReceivedRow
    ) -> Issue:
        registry = self._registry
        message = f"Реестр № {registry.number} от {registry.dated:%d.%m.%Y} уже загружался: {finding}"
        return Issue(location, column, "number_repeated", message, severity, row.number)


def _named(row: ReceivedRow) -> str:
    if row.section == "readings":
        return f"показание {_value(row)} за {_day(row.day)} (счёт {row.number}, прибор {row.what})"
    return f"оплата «{row.what}» за {_day(row.day)} {_value(row)} по счёту {row.number}"


def _value(row: ReceivedRow) -> str:
    if row.section == "readings":
        return format_volume(row.value, _METER_DECIMALS).replace(".", ",")
    return f"{format_rubles(row.value)}{NO_BREAK_SPACE}руб."


def _day(day: str) -> str:
    return f"{date.fromisoformat(day):%d.%m.%Y}"
