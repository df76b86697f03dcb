"""Lists as the staff's spreadsheets read them."""

from __future__ import annotations

import csv
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]], output: Path | None = None) -> None:
    """Write the rows under their columns into a file, or without one to the standard output.

    No cell is run as a formula; None is an empty one.
    """
    from cabinet.exchange.exports.csv_writer import escape_formula

    place = output.open("w", encoding="utf-8-sig", newline="") if output else nullcontext(sys.stdout)
    with place as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([escape_formula("" if cell is None else str(cell)) for cell in row] for row in rows)
