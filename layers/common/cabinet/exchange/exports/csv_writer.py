"""Writes native registries: rows in, bytes out. Pure; which rows go out is each area's business.

A file is a `#registry` line, a header, rows and a `#control` line, as `docs/centre/registries.md` says:
the same format as incoming files, so what this writes the import can read.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cabinet.accounts.supplier_model import Supplier
from cabinet.core.model import FrozenModel
from cabinet.core.money import Kopecks, to_decimal_string
from cabinet.core.text import slug
from cabinet.exchange.formats.cell_parsers import BadCell, reject_formula
from cabinet.exchange.model import Registry

PAYMENT_COLUMNS = ("id", "ls", "receipt", "service", "sum", "paid_at", "bank_order", "status", "period")
READING_COLUMNS = ("ls", "meter_no", "zone", "value", "taken", "accepted", "source")
PAPERLESS_COLUMNS = ("ls", "refused", "at", "statement_version", "statement_sha256")

REGISTRY_MARK, CONTROL_MARK = "#registry", "#control"


class CsvFormat(FrozenModel):
    """How a supplier has its registries written; each registry keeps its own, for its bytes never change."""

    decimal_comma: bool = False
    time_zone: str = ""
    """IANA name; empty: times stay in UTC with microseconds, as registries of earlier releases have them."""
    titles: dict[str, str] = {}
    """Code of a kind of receipt → the words by which registries call it."""

    @classmethod
    def of(cls, supplier: Supplier) -> "CsvFormat":
        """Return the format that the supplier's settings ask for."""
        return cls(
            decimal_comma=supplier.registry_decimal == "comma",
            time_zone=supplier.time_zone,
            titles={slug(title): title for title in supplier.receipt_kinds},
        )

    def decimal(self, plain: str) -> str:
        """Return a number with a dot as the supplier writes it."""
        return plain.replace(".", ",") if self.decimal_comma else plain

    def rubles(self, amount: Kopecks) -> str:
        """Return a sum in rubles, without spaces between thousands."""
        return self.decimal(to_decimal_string(amount))

    def moment(self, timestamp: str) -> str:
        """Return a stored UTC time as ``2026-10-31 23:22:33`` of the supplier's clocks."""
        if not self.time_zone or not timestamp:
            return timestamp
        local = datetime.fromisoformat(timestamp).astimezone(ZoneInfo(self.time_zone))
        return local.strftime("%Y-%m-%d %H:%M:%S")


PLAIN = CsvFormat.model_construct()
"""Dots and UTC."""


@dataclass(frozen=True, slots=True)
class RegistryTable:
    """One file of a registry, before it is written."""

    name: str
    """The file name without an extension."""
    columns: Sequence[str]
    rows: list[tuple[str, ...]]
    """Cells as texts, in the order of `columns`."""
    total: Kopecks = 0
    """The control sum."""


def csv_file(
    registry: Registry,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    total: Kopecks = 0,
    csv_format: CsvFormat = PLAIN,
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
    writer.writerow([CONTROL_MARK, count, csv_format.rubles(total)])
    return written.getvalue().encode("utf-8-sig")


def zip_file(members: Mapping[str, bytes]) -> bytes:
    """Return a registry of several files; the same files make the same bytes, for `ZipInfo` has one time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def escape_formula(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run: billing's clerks open these files in one."""
    try:
        reject_formula(cell)
    except BadCell:
        return f"'{cell}"
    return cell
