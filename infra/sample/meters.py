"""The sample's meters: cold and hot water, electricity in one to three tariff zones, read every month."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infra.sample.suppliers import WATER

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from infra.sample.csv_builder import RegistryBuilder
    from infra.sample.residents import Resident
    from infra.sample.tariffs import Used

_VERIFY_UNTIL = "2033-06-30"
"""Far away: a sample whose meters have expired would take no readings."""
_ZONES = ("T1", "T2", "T3")
_USE = {
    "ХВС": (2000, 6500),
    "ГВС": (1000, 4500),
    "T1": (60_000, 190_000),
    "T2": (20_000, 80_000),
    "T3": (10_000, 50_000),
}
"""Thousandths of a unit in a month, from and to."""


def _no_season(_: str, __: str) -> int:
    return 100


@dataclass(slots=True)
class Meter:
    """One meter with what each zone shows, in thousandths."""

    number: str
    service: str
    decimals: int
    shows: dict[str, int]

    def value(self, zone: str) -> str:
        """Return what the dial of a zone shows."""
        return f"{self.shows[zone] / 1000:.{self.decimals}f}"


@dataclass(slots=True)
class Meters:
    """A household's meters."""

    resident: Resident
    meters: list[Meter] = field(default_factory=list)

    def read(
        self,
        builder: RegistryBuilder,
        period: str,
        random: Random,
        season: Callable[[str, str], int] = _no_season,
    ) -> Used:
        """Let a month pass, add the readings of every zone, and return what was used.

        `season` gives the percent of a usual month's use, by what is measured and the month.
        """
        used: Used = {}
        for meter in self.meters:
            for zone in meter.shows:
                low, high = _USE[meter.service if meter.service in _USE else zone]
                step = 1000 if meter.decimals == 0 else 10
                name = meter.service if meter.service in _USE else f"{meter.service} {zone}"
                volume = random.randint(low, high) * season(name, period) // 100 // step * step
                meter.shows[zone] += volume
                used[name] = volume
                builder.add(
                    "readings", ls=self.resident.number, meter_no=meter.number, zone=zone,
                    value=meter.value(zone), taken=f"{period}-{random.randint(18, 23)}",
                    accepted=f"{period}-25", source="абонент" if random.random() < 0.8 else "контролёр",
                )  # fmt: skip
        return used


def install(
    builder: RegistryBuilder, resident: Resident, zones: int, first: str, verify_until: str = _VERIFY_UNTIL
) -> Meters:
    """Add the household's meters and their initial readings; every fifth of the water supplier's has none."""
    installed = Meters(resident)
    if resident.supplier_id == WATER:
        if int(resident.number) % 5:
            installed.meters.append(_enter(builder, resident, first, "5", "ХВС", "С/У", 1, verify_until))
        return installed
    installed.meters = [
        _enter(builder, resident, first, "1", "ХВС", "С/У", 1, verify_until),
        _enter(builder, resident, first, "2", "ГВС", "С/У", 1, verify_until),
        _enter(builder, resident, first, "3", "Электроэнергия", "Коридор", zones, verify_until),
    ]
    return installed


def _enter(
    builder: RegistryBuilder,
    resident: Resident,
    first: str,
    prefix: str,
    service: str,
    place: str,
    zones: int,
    verify_until: str,
) -> Meter:
    is_power = service == "Электроэнергия"
    number = f"{prefix}{resident.number[-6:]}"
    start = 1000 * (int(resident.number[-4:]) * 7 % 400)
    meter = Meter(number, service, 0 if is_power else 2, dict.fromkeys(_ZONES[:zones], start))
    builder.add(
        "meters", ls=resident.number, meter_no=number, service=service, place=place,
        unit="кВт*ч" if is_power else "м3", zones=zones, digits=6 if is_power else 5, decimals=meter.decimals,
        installed=f"{first}-01", verify_until=verify_until, calc_from=f"{first}-01",
        calc_to=resident.closed, reason="закрытие лицевого счёта" if resident.closed else "",
        # As it is: not every meter is known to ГИС ЖКХ.
        gis_no="" if is_power else f"7400{number}",
    )  # fmt: skip
    for zone in meter.shows:
        builder.add(
            "readings", ls=resident.number, meter_no=number, zone=zone, value=meter.value(zone),
            taken=f"{first}-01", accepted=f"{first}-01", source="начальное",
        )  # fmt: skip
    return meter
