"""Who lives where in the sample, and the rows that say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from infra.sample.csv_builder import RegistryBuilder

CITY = "Г. ЧЕЛЯБИНСК"
_MANUAL_HOUSE_AREAS = ("УЛ. КЫШТЫМСКАЯ", "10"), ("10955.38", "10955.38", "0", "2462.89")
"""The house whose areas the manual's sheet shows."""


def house_areas(street: str, house: str) -> dict[str, str]:
    """Return the cells of a house's areas: the same for all of its accounts."""
    known, areas = _MANUAL_HOUSE_AREAS
    if (street, house) != known:
        seed = crc32(f"{street}, {house}".encode())
        living, shops, common = 3000_00 + seed % 7000_00, seed % 7 * 55_10, 600_00 + seed % 1500_00
        areas = (_metres(living + shops), _metres(living), _metres(shops), _metres(common))
    return dict(zip(("house_area", "house_living", "house_nonliving", "house_common"), areas, strict=True))


def _metres(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}"


@dataclass(frozen=True, slots=True)
class Resident:
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

    def enter(self, builder: RegistryBuilder) -> None:
        """Add the account's row."""
        builder.add(
            "accounts",
            ls=self.number,
            els=self.els,
            fio=self.holder,
            city=CITY,
            street=self.street,
            house=self.house,
            flat=self.flat,
            area=self.area,
            **house_areas(self.street, self.house),
            residents=self.residents,
            registered=self.residents,
            closed=self.closed,
        )
