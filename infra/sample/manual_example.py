"""The accounts of the user manual, with the manual's own figures, line by line.

The manual shows screens of several people; each has an account here, so that every screen comes back exactly.
What a screen does not show (the lines of a receipt of which only the totals are printed) is made to fit. The
rows are in `data/manual_example`, one file for a supplier's section of a registry.

Two figures are the manual's own although they do not add up: the penalty of August 2020 (−14,62 asks for
0,00, never for less), and the total of February 2018 (0,00 − 485,28 + 539,20 is not 539,20: its billing
system has a rule of its own for totals). The meters of «Информация об ИПУ» change by the same each month,
so that the average is known; those of «Передать показания» have only the initial reading.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from cabinet.exchange.formats.schema import NATIVE
from infra.sample.residents import Resident
from infra.sample.suppliers import CENTER, DATA, WATER

if TYPE_CHECKING:
    from infra.sample.csv_builder import RegistryBuilder

_KYSHTYMSKAYA = "УЛ. КЫШТЫМСКАЯ"
_HOLDER = "Кузнецова Анна Сергеевна"

MAIN = Resident(CENTER, "1234567899", _HOLDER, _KYSHTYMSKAYA, "10", "1010", "18.3", 1, els="75КА100101")
"""«Общая информация» of September 2019, «История оплат», meters, «Документы»."""
DEBTOR = Resident(CENTER, "1234567820", "Ёлкин-Береговой Пётр Ильич", _KYSHTYMSKAYA, "10", "77", "61.4", 3)
"""«Общая информация» of August 2020: 58 383,43."""
DETAILS_ACCOUNT = Resident(
    CENTER, "1234567821", "Орлова Мария Викторовна", "УЛ. ВОРОВСКОГО", "15а", "42", "114.8", 2
)
"""«Детализация по услугам», «Детализация начислений» and the cart of August 2020: 5 135,27."""
WATER_SUPPLY_ACCOUNT = Resident(WATER, "1234567802", _HOLDER, _KYSHTYMSKAYA, "10", "1010", "18.3", 1)
"""«Оплата услуг» of February 2018: the receipt «ХВС и ВО»."""

RESIDENTS = (MAIN, DEBTOR, DETAILS_ACCOUNT, WATER_SUPPLY_ACCOUNT)


def fill(builder: RegistryBuilder) -> None:
    """Add the manual's accounts of this supplier."""
    for resident in RESIDENTS:
        if resident.supplier_id == builder.supplier_id:
            resident.enter(builder)
    for section in NATIVE:
        path = DATA / "manual_example" / builder.supplier_id / f"{section.name}.csv"
        if path.exists():
            with path.open(encoding="utf-8", newline="") as rows:
                for row in csv.DictReader(rows, delimiter=";"):
                    builder.add(section.name, **row)
