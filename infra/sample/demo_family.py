"""The demo user's own flats: a family of today, with two years behind them, whatever day it is.

The first flat is paid month by month; its newest receipt waits. The second one owes for some months. A
receipt charges what the meters counted in the month before: this month's readings are still to be submitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from cabinet.core.periods import period_from_date, period_title, shift_period
from infra.sample import meters
from infra.sample.csv_builder import sum_cell
from infra.sample.residents import Resident
from infra.sample.suppliers import CAPITAL_REPAIR_INN, CENTER, CENTER_INN

if TYPE_CHECKING:
    from datetime import date

    from infra.sample.csv_builder import RegistryBuilder
    from infra.sample.tariffs import Used

MONTHS = 24
_KIND = "Объединённая"
_HOLDER = "Соколова Ирина Павловна"
HOME = Resident(CENTER, "7600000001", _HOLDER, "УЛ. ТИМИРЯЗЕВА", "27", "15", "62.3", 3, els="75КА200301")
PARENTS = Resident(CENTER, "7600000002", _HOLDER, "ПР. ПОБЕДЫ", "168", "8", "44.8", 2, els="75КА200302")
RESIDENTS = (HOME, PARENTS)

_UNPAID_MONTHS = 3
"""Months for which the second flat has not been paid."""
_ISSUED_FROM = 16
"""Day from which this month's receipt is there: then it can be paid until the 15th of the next month."""
_HEAT_SEASON = {1: 150, 2: 140, 3: 115, 4: 70, 10: 75, 11: 110, 12: 140}
"""Heat by month, percent of a month's mean; none in summer."""
_ELECTRICITY_SEASON = {1: 125, 2: 115, 3: 105, 10: 105, 11: 115, 12: 130, 6: 80, 7: 75, 8: 80}
"""Electricity by month, percent."""
_INDEXED_IN, _INDEXED_BY = "07", 109
"""Prices rise in July."""


@dataclass(frozen=True, slots=True)
class _Price:
    """A service's first price in kopecks, and where its volume comes from."""

    service: str
    kopecks: int
    unit: str
    meter: str = ""


_PRICES = (
    _Price("Содержание и ремонт", 26_40, "м2"),
    _Price("Отопление", 1930_15, "Гкал"),
    _Price("ХВС", 31_31, "м3", "ХВС"),
    _Price("ГВС", 198_40, "м3", "ГВС"),
    _Price("Водоотведение", 25_70, "м3", "ХВС+ГВС"),
    _Price("Электроэнергия (пик)", 5_83, "кВт*ч", "Электроэнергия T1"),
    _Price("Электроэнергия (ночь)", 2_45, "кВт*ч", "Электроэнергия T2"),
    _Price("Электроэнергия (полупик)", 4_48, "кВт*ч", "Электроэнергия T3"),
    _Price("Обращение с ТКО", 142_60, "чел"),
    _Price("Взнос на капитальный ремонт", 15_60, "м2"),
)


def last_period(today: date) -> str:
    """Return the month of the newest receipt."""
    month = period_from_date(today)
    return month if today.day >= _ISSUED_FROM else shift_period(month, -1)


def fill(builder: RegistryBuilder, today: date) -> None:
    """Add both flats, up to `today`."""
    if builder.supplier_id != CENTER:
        return
    for resident, unpaid in ((HOME, 0), (PARENTS, _UNPAID_MONTHS)):
        _fill_flat(builder, resident, today, unpaid)


def _fill_flat(builder: RegistryBuilder, resident: Resident, today: date, unpaid: int) -> None:
    random = Random(f"{resident.number}")
    resident.enter(builder)
    last = last_period(today)
    first = shift_period(last, 1 - MONTHS)
    before = shift_period(first, -1)
    installed = meters.install(builder, resident, 3, before, verify_until=f"{today.year + 3}-06-30")
    owed: dict[str, int] = {}
    used = installed.read(builder, before, random, _electricity_season)
    period = first
    while period <= last:
        pays = period <= shift_period(last, -unpaid)
        _bill(builder, resident, period, used, owed, pays=pays)
        # Of last month at the latest: those of this month are still to be submitted.
        if period < period_from_date(today):
            used = installed.read(builder, period, random, _electricity_season)
        period = shift_period(period, 1)


def _electricity_season(name: str, period: str) -> int:
    return _ELECTRICITY_SEASON.get(int(period[5:]), 100) if name.startswith("Электроэнергия") else 100


def _bill(
    builder: RegistryBuilder, resident: Resident, period: str, used: Used, owed: dict[str, int], *, pays: bool
) -> None:
    """Add one receipt with its lines, and the payment that it takes into account."""
    paid = {service: amount for service, amount in owed.items() if amount > 0} if pays else {}
    if paid:
        builder.add(
            "payments", ls=resident.number, kind='оплата "Город"', received=f"{period}-12",
            processed=f"{period}-14", sum=sum_cell(sum(paid.values())),
        )  # fmt: skip
    debt, charged = sum(owed.values()), 0
    for price in _PRICES:
        volume = _volume(price, resident, period, used)
        amount = _charge(builder, resident, period, price, volume) if volume else 0
        before, money = owed.get(price.service, 0), -paid.get(price.service, 0)
        if not (before or amount):
            continue
        owed[price.service] = before + money + amount
        charged += amount
        repairs = price.service == "Взнос на капитальный ремонт"
        builder.add(
            "services", ls=resident.number, period=period, receipt=_KIND, service=price.service,
            payee_inn=CAPITAL_REPAIR_INN if repairs else CENTER_INN, debt=sum_cell(before),
            paid=sum_cell(money), charged=sum_cell(amount), total=sum_cell(owed[price.service]),
            penalty="нет",
        )  # fmt: skip
    builder.add(
        "balances", ls=resident.number, period=period, receipt=_KIND, issued=f"{period}-16",
        debt=sum_cell(debt), paid=sum_cell(-sum(paid.values())), charged=sum_cell(charged),
        total=sum_cell(sum(owed.values())), penalty_debt="0", penalty_paid="0", penalty_charged="0",
        penalty_total="0",
    )  # fmt: skip


def _charge(builder: RegistryBuilder, resident: Resident, period: str, price: _Price, volume: int) -> int:
    kopecks = _indexed(price.kopecks, period)
    amount = (kopecks * volume + 500) // 1000
    shown = f"{volume / 1000:.4f}".rstrip("0").rstrip(".")
    measured_in = shift_period(period, -1) if price.meter else period
    builder.add(
        "charges", ls=resident.number, period=period, receipt=_KIND, service=price.service, op="начисление",
        tariff=f"{kopecks // 100},{kopecks % 100:02d} руб/{price.unit}", norm="", volume=shown,
        unit=price.unit, volume_kind="прибор учёта" if price.meter else "",
        calc_period=period_title(measured_in), grounds="", sum=sum_cell(amount),
    )  # fmt: skip
    return amount


def _indexed(kopecks: int, period: str) -> int:
    """Return the price of a month: it has risen each July since the sample's beginning."""
    rises = int(period[:4]) - 2024 + (period[5:] >= _INDEXED_IN) - 1
    for _ in range(max(rises, 0)):
        kopecks = kopecks * _INDEXED_BY // 100
    return kopecks


def _volume(price: _Price, resident: Resident, period: str, used: Used) -> int:
    """Return thousandths of a unit."""
    area = round(float(resident.area) * 1000)
    match price.unit:
        case "м2":
            return area
        case "чел":
            return resident.residents * 1000
        case "Гкал":
            return area * _HEAT_SEASON.get(int(period[5:]), 0) // 100 * 22 // 1000
    return sum(used.get(name, 0) for name in price.meter.split("+"))
