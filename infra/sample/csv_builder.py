"""Rows of a native registry by section, put into a ZIP with their control sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cabinet.core.money import to_decimal_string
from cabinet.exchange.exports.csv_writer import csv_file, zip_file
from cabinet.exchange.formats.schema import NATIVE

if TYPE_CHECKING:
    from cabinet.exchange.model import Registry, SectionName

type Cells = dict[str, str]


class RegistryBuilder:
    """The files of one registry while they are filled; a column that is not given stays empty."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._rows: dict[SectionName, list[Cells]] = {section.name: [] for section in NATIVE}

    @property
    def supplier_id(self) -> str:
        """Whose registry this is."""
        return self.registry.supplier_id

    def add(self, section: SectionName, **cells: str | int | None) -> None:
        """Add one row; integers are kept for what is counted, sums come from `sum_cell`."""
        self._rows[section].append({name: "" if cell is None else str(cell) for name, cell in cells.items()})

    def packed(self) -> bytes:
        """Return the ZIP."""
        return zip_file({f"{name}.csv": content for name, content in self._files().items()})

    def _files(self) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        for section in NATIVE:
            rows = self._rows[section.name]
            if not rows:
                continue
            columns = list(section.columns)
            total = sum(
                section.control({name: section.columns[name](row.get(name, "")) for name in columns})
                for row in rows
            )
            cells = ([row.get(name, "") for name in columns] for row in rows)
            files[section.name] = csv_file(self.registry, columns, cells, total)
        return files


def sum_cell(kopecks: int) -> str:
    """Write a sum as registries do, ``3293.08``."""
    return to_decimal_string(kopecks)
