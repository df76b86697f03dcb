"""Fills a template with a supplier's month: workbooks of limited length, and what could not be written.

All of it is one ZIP on the disk. In memory are the template and the rows of one workbook.
"""

import csv
import io
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from typing import IO

from cabinet.accounts.supplier_model import Supplier
from cabinet.core.money import Kopecks, parse_rubles
from cabinet.core.periods import Period
from cabinet.core.remaining_time import HasTime
from cabinet.exchange.errors import OutOfTime
from cabinet.exchange.exports.csv_writer import escape_formula
from cabinet.exchange.gis.errors import OutputTooLarge
from cabinet.exchange.gis.model import REASONS, FilledRow, Outcome, Reason, SkippedRow
from cabinet.exchange.gis.sources import SOURCES
from cabinet.exchange.gis.template import Template, open_template
from cabinet.exchange.gis.template_rules import GisKind
from cabinet.exchange.gis.workbook_writer import Row, write_filled

MAX_OUTPUT_BYTES = 200_000_000
LEFT_OUT_NAME = "не-вошли.csv"
_LEFT_OUT_COLUMNS = ("Лицевой счёт", "Прибор или оплата", "Дата", "Значение или сумма", "Почему не вошло")


@dataclass(slots=True)
class FillReport:
    """Its result."""

    rows: int = 0
    workbooks: int = 0
    total: Kopecks = 0
    """The sum of the payments written."""
    left_out: Counter[Reason] = field(default_factory=Counter)

    @property
    def left_out_rows(self) -> int:
        """Return how many rows the list of what was not written has."""
        return sum(self.left_out.values())


def fill(
    path: Path, kind: GisKind, supplier: Supplier, period: Period, target: IO[bytes],
    has_time: HasTime = lambda: True,
) -> FillReport:  # fmt: skip
    """Write the ZIP of a month to `target` and return what is in it.

    Raises
    ------
    GisTemplateRejected
        The template does not fit; nothing has been read of the residents then.
    OutOfTime
        When `has_time` says so: a supplier of this size is for the command, which has no limit.
    """
    template = open_template(path, kind)
    report = FillReport()
    stem = f"{kind}_{supplier.supplier_id}_{period}"
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive,
        tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as left_out,
    ):
        writer = csv.writer(left_out, delimiter=";", lineterminator="\r\n")
        writer.writerow(_LEFT_OUT_COLUMNS)
        outcomes = SOURCES[kind](supplier, period, template.layout.columns)
        filled = _written(outcomes, lambda row: _leave_out(writer.writerow, row, report), has_time)
        for rows in batched(filled, supplier.gis_rows_per_file, strict=False):
            _add_workbook(archive, f"{stem}_{report.workbooks + 1:03d}.xlsx", template, kind, rows)
            report.workbooks += 1
            report.rows += len(rows)
            report.total += sum(parse_rubles(row["amount"]) for row in rows if "amount" in row)
        if report.left_out:
            _add_file(archive, LEFT_OUT_NAME, left_out)
    return report


def _written(
    outcomes: Iterable[Outcome], leave_out: Callable[[SkippedRow], None], has_time: HasTime
) -> Iterator[Row]:
    for outcome in outcomes:
        if not has_time():
            raise OutOfTime
        if isinstance(outcome, FilledRow):
            yield outcome.cells
        else:
            leave_out(outcome)


def _leave_out(write: Callable[[list[str]], object], row: SkippedRow, report: FillReport) -> None:
    report.left_out[row.reason] += 1
    cells = [row.account, row.about, row.day, row.value, REASONS[row.reason]]
    write([escape_formula(cell) for cell in cells])


def _add_workbook(
    archive: zipfile.ZipFile, name: str, template: Template, kind: GisKind, rows: Sequence[Row]
) -> None:
    with archive.open(zipfile.ZipInfo(name), "w") as member:
        book = io.BytesIO()
        write_filled(template, kind, rows, book)
        member.write(book.getbuffer())
    if archive.fp is not None and archive.fp.tell() > MAX_OUTPUT_BYTES:
        raise OutputTooLarge


def _add_file(archive: zipfile.ZipFile, name: str, text: IO[str]) -> None:
    text.seek(0)
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(info, "w") as member:
        member.write("\ufeff".encode())
        for line in text:
            member.write(line.encode())
