"""Who lives where in the sample, and the rows that say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.sample.sheets import Sheets

CITY = "Г. ЧЕЛЯБИНСК"


@dataclass(frozen=True, slots=True)
class Dweller:
    """An account of the sample and what is printed about it."""

    supplier_id: str
    number: str
    holder: str
    street: str
    house: str
    flat: str
    area: str
    residents: int
    els: str = ""
    closed: str = ""

    def enter(self, sheets: Sheets) -> None:
        """Add the account's row."""
        sheets.add(
            "accounts",
            ls=self.number,
            els=self.els,
            fio=self.holder,
            city=CITY,
            street=self.street,
            house=self.house,
            flat=self.flat,
            area=self.area,
            residents=self.residents,
            registered=self.residents,
            closed=self.closed,
        )
