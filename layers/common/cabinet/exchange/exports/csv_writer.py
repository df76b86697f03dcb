"""Writes native registries: rows in, bytes out. Pure; which rows go out is each area's business.

A file is a `#registry` line, a header, rows and a `#control` line, as `docs/centre/registries.md` says:
the very form that comes in, so what this writes the import can read.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from cabinet.core.money import Kopecks, to_decimal_string
from cabinet.exchange.formats.cell_parsers import BadCell, refuse_formula
from cabinet.exchange.model import Registry

PAYMENT_COLUMNS = ("id", "ls", "receipt", "service", "sum", "paid_at", "bank_order", "status")
READING_COLUMNS = ("ls", "meter_no", "zone", "value", "taken", "accepted", "source")
PAPER_OPTOUT_COLUMNS = ("ls", "refused", "at", "statement_version", "statement_sha256")

REGISTRY_MARK, CONTROL_MARK = "#registry", "#control"

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""ZIP's earliest time: equal content makes equal bytes."""


def csv_file(
    registry: Registry,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    total: Kopecks = 0,
    encoding: str = "utf-8-sig",
) -> bytes:
    """Return one file of a registry.

    Parameters
    ----------
    rows
        Cells as texts, in the order of `columns`; sums by `money.to_decimal_string`, days in ISO.
    total
        The control sum, in kopecks.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow([REGISTRY_MARK, registry.supplier_id, registry.number, registry.dated.isoformat()])
    writer.writerow(columns)
    count = 0
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"{len(row)} cells for {len(columns)} columns")
        writer.writerow([escape_formula(cell) for cell in row])
        count += 1
    writer.writerow([CONTROL_MARK, count, to_decimal_string(total)])
    return written.getvalue().encode(encoding)


def zip_file(members: Mapping[str, bytes]) -> bytes:
    """Return a registry of several files; the same files make the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, compress_type=zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def escape_formula(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run: billing's clerks open these files in one."""
    try:
        refuse_formula(cell)
    except BadCell:
        return f"'{cell}"
    return cell
