"""What the sample's services cost, and how a month's charge lines come out of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cabinet.core.periods import period_title, shift_period

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from infra.sample.residents import Resident

HEATING_MONTHS = {"10", "11", "12", "01", "02", "03", "04"}
_RECALCULATION_CHANCE = 0.02
_GROUNDS = "временное отсутствие, п. 86 ПП РФ № 354"

type Used = dict[str, int]
"""Thousandths of a unit used in the month, by meter («ХВС», «ГВС», «Электроэнергия T1» …)."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of «Детализация начислений»."""

    service: str
    tariff: str
    volume: str
    unit: str
    amount: int
    norm: str = ""
    operation: str = "начисление"
    calculated_for: str = ""
    volume_kind: str = ""
    grounds: str = ""


@dataclass(frozen=True, slots=True)
class Tariff:
    """A service's price in kopecks a unit, and how many thousandths of a unit a household takes."""

    service: str
    price: int
    unit: str
    volume: Callable[[str, Resident, Used], int]
    norm: str = ""
    meter: str = ""
    """Whose readings the volume comes from; without one it is by the norm, where there is a norm."""

    def charge(self, period: str, resident: Resident, used: Used, random: Random) -> list[Charge]:
        """Return the month's lines: the charge, and now and then a recalculation of the month before."""
        volume = self.volume(period, resident, used)
        if not volume:
            return []
        tariff = f"{self.price // 100},{self.price % 100:02d} руб/{self.unit}"
        shown = f"{volume / 1000:.3f}".rstrip("0").rstrip(".")
        amount = (self.price * volume + 500) // 1000
        kind = "прибор учёта" if self.meter in used else "норматив" if self.norm else ""
        lines = [Charge(self.service, tariff, shown, self.unit, amount, norm=self.norm, volume_kind=kind)]
        if random.random() < _RECALCULATION_CHANCE:
            earlier = period_title(shift_period(period, -1))
            lines.append(
                Charge(
                    self.service,
                    tariff,
                    "",
                    "",
                    -(amount // 7),
                    operation="перерасчёт",
                    calculated_for=earlier,
                    grounds=_GROUNDS,
                )
            )
        return lines


def household(*, with_repairs: bool) -> tuple[Tariff, ...]:
    """Return the services of the united receipt."""
    services = (
        Tariff("Содержание и ремонт", 22_94, "м2", _area),
        Tariff("Отопление", 1170_57, "Гкал", _heat),
        Tariff("ГВС", 178_60, "м3", _metered("ГВС"), meter="ГВС"),
        Tariff("ХВС", 25_16, "м3", _metered("ХВС"), meter="ХВС"),
        Tariff("Водоотведение", 18_24, "м3", _metered("ГВС", "ХВС"), meter="ХВС"),
        Tariff("Электроэнергия", 4_41, "кВт*ч", _metered("Электроэнергия T1"), meter="Электроэнергия T1"),
        Tariff("Электроэнергия", 2_08, "кВт*ч", _metered("Электроэнергия T2"), meter="Электроэнергия T2"),
        Tariff("Электроэнергия", 3_37, "кВт*ч", _metered("Электроэнергия T3"), meter="Электроэнергия T3"),
        Tariff("Обращение с ТКО", 128_35, "чел", _residents),
    )
    return (*services, capital_repair()) if with_repairs else services


def capital_repair() -> Tariff:
    """Return the fee that goes to the second payee."""
    return Tariff("Взнос на капитальный ремонт", 14_20, "м2", _area)


def water_alone() -> tuple[Tariff, ...]:
    """Return the services of the water supplier's receipt; without meters, by the norm."""
    norm = "4,85 м3/чел"
    return (
        Tariff("ХВС", 31_80, "м3", _water_by_norm, norm=norm, meter="ХВС"),
        Tariff("ВО", 22_12, "м3", _water_by_norm, norm=norm, meter="ХВС"),
    )


def _area(_: str, resident: Resident, __: Used) -> int:
    return int(resident.area.replace(".", "")) * 100


def _residents(_: str, resident: Resident, __: Used) -> int:
    return resident.residents * 1000


def _heat(period: str, resident: Resident, used: Used) -> int:
    return _area(period, resident, used) * 3 // 100 if period[5:] in HEATING_MONTHS else 0


def _water_by_norm(_: str, resident: Resident, used: Used) -> int:
    return used.get("ХВС") or resident.residents * 4850


def _metered(*names: str) -> Callable[[str, Resident, Used], int]:
    return lambda _, __, used: sum(used.get(name, 0) for name in names)
