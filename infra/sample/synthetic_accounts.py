"""Everybody else in the sample: a small town whose people pay on time, late, too much or hardly at all.

A seeded simulation, month by month: what was owed, paid and charged adds up as a billing system's books do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from cabinet.core.periods import period_title, shift_period
from infra.sample import meters
from infra.sample.csv_builder import sum_cell
from infra.sample.residents import Resident
from infra.sample.suppliers import CAPITAL_REPAIR_INN, CENTER, CENTER_INN, WATER, WATER_INN
from infra.sample.tariffs import Charge, Tariff, capital_repair, household, water_alone

if TYPE_CHECKING:
    from infra.sample.csv_builder import RegistryBuilder

LAST_PERIOD = "2026-10"
LONG_HISTORY, SHORT_HISTORY = 26, 6
"""Months; every fourth account has the long one, so that the sample loads in seconds."""

_SEED = 20190928
_PENALTY_SHARE = 130
"""A debtor's penalty for a month: 30 days of 1/300 of a 7.7 % key rate, roughly debt / 130."""
_STREETS = ("УЛ. ВОРОВСКОГО", "ПР. ЛЕНИНА", "УЛ. СОНИ КРИВОЙ", "УЛ. КЫШТЫМСКАЯ", "УЛ. 3-Я АРЗАМАССКАЯ")
_SURNAMES = (
    "Иванов", "Смирнов", "Ёжиков", "Петров", "Соловьёв", "Волков", "Зайцев", "Семёнов", "Голубев",
    "Виноградов", "Богданов", "Воробьёв", "Фёдоров", "Мамин-Сибиряк", "Беляев", "Тарасов", "Комаров",
    "Киселёв",
)  # fmt: skip
_NAMES = (("Алексей", "Николаевич"), ("Сергей", "Иванович"), ("Дмитрий", "Олегович"), ("Павел", "Юрьевич"))
_PAID_BY = ('оплата "Город"', "оплата в Сбербанке", "оплата в кассе")
_HABITS = ("on_time", "on_time", "on_time", "late", "generous", "debtor")


@dataclass(frozen=True, slots=True)
class Household:
    """A resident with what decides their balance."""

    resident: Resident
    habit: str
    months: int
    zones: int
    """Tariff zones of the electricity meter."""
    repairs: bool
    """Whether capital repair comes as a receipt of its own."""


@dataclass(slots=True)
class Balance:
    """What a household owes for one kind of receipt: kopecks by service, and the penalty apart."""

    owed: dict[str, int] = field(default_factory=dict)
    penalty: int = 0


@cache
def households() -> tuple[Household, ...]:
    """Return the town, always the same."""
    random = Random(_SEED)
    center = [_household(random, CENTER, number) for number in range(160)]
    water = [_household(random, WATER, number) for number in range(50)]
    return (*center, *water)


def accounts_for_binding() -> tuple[Resident, ...]:
    """Return the accounts worth trying: one to three zones, a debtor, one paid late, the other supplier's."""
    center = [one for one in households() if one.resident.supplier_id == CENTER and not one.resident.closed]
    chosen = [
        next(one for one in center if one.zones == zones and one.months == LONG_HISTORY)
        for zones in (3, 2, 1)
    ]
    chosen += [
        next(one for one in center if one.habit == habit and one not in chosen)
        for habit in ("debtor", "late")
    ]
    chosen.append(next(one for one in households() if one.resident.supplier_id == WATER))
    return tuple(one.resident for one in chosen)


def fill(builder: RegistryBuilder) -> None:
    """Add the town's accounts of this supplier."""
    for household_ in households():
        if household_.resident.supplier_id == builder.supplier_id:
            _fill_household(builder, household_)


def _household(random: Random, supplier_id: str, index: int) -> Household:
    first, patronymic = random.choice(_NAMES)
    street = _STREETS[index // 40 % len(_STREETS)]
    closed = f"{shift_period(LAST_PERIOD, -2)}-15" if index % 41 == 40 else ""
    resident = Resident(
        supplier_id=supplier_id,
        number=f"{74 if supplier_id == CENTER else 75}{index + 1:08d}",
        holder=f"{_SURNAMES[index % len(_SURNAMES)]} {first} {patronymic}",
        street=street,
        house=f"{index // 20 * 2 + 1}{'а' if index // 20 % 3 == 2 else ''}",
        flat=str(index % 20 + 1),
        area=f"{random.randint(280, 950) / 10}",
        residents=random.randint(1, 5),
        closed=closed,
    )
    return Household(
        resident=resident,
        habit=_HABITS[index % len(_HABITS)],
        months=LONG_HISTORY if index % 4 == 0 else SHORT_HISTORY,
        zones=index // 4 % 3 + 1,
        repairs=supplier_id == CENTER and index % 5 == 0,
    )


def _fill_household(builder: RegistryBuilder, home: Household) -> None:
    random = Random(f"{_SEED}-{home.resident.supplier_id}-{home.resident.number}")
    home.resident.enter(builder)
    last = shift_period(LAST_PERIOD, -3) if home.resident.closed else LAST_PERIOD
    first = shift_period(LAST_PERIOD, 1 - home.months)
    installed = meters.install(builder, home.resident, home.zones, first)
    balances: dict[str, Balance] = {}
    period = first
    while period <= last:
        used = installed.read(builder, period, random)
        for kind, tariffs in _receipts(home):
            charges = [
                charge for tariff in tariffs for charge in tariff.charge(period, home.resident, used, random)
            ]
            balance = balances.setdefault(kind, Balance())
            _bill(builder, home, kind, period, charges, balance, random)
        period = shift_period(period, 1)


def _receipts(home: Household) -> list[tuple[str, tuple[Tariff, ...]]]:
    if home.resident.supplier_id == WATER:
        return [("ХВС и ВО", water_alone())]
    united = ("Объединённая", household(with_repairs=not home.repairs))
    return [united, ("Капитальный ремонт", (capital_repair(),))] if home.repairs else [united]


def _bill(
    builder: RegistryBuilder,
    home: Household,
    kind: str,
    period: str,
    charges: list[Charge],
    balance: Balance,
    random: Random,
) -> None:
    """Add one receipt with its lines, and the payment that it takes into account."""
    number = home.resident.number
    paid = _payment(home, balance, random)
    if paid:
        day = random.randint(8, 20)
        builder.add(
            "payments", ls=number, kind=random.choice(_PAID_BY), received=f"{period}-{day:02d}",
            processed=f"{period}-{day + 2:02d}", sum=sum_cell(sum(paid.values())),
        )  # fmt: skip
    charged: dict[str, int] = {}
    for charge in charges:
        charged[charge.service] = charged.get(charge.service, 0) + charge.amount
        builder.add(
            "charges", ls=number, period=period, receipt=kind, service=charge.service, op=charge.operation,
            tariff=charge.tariff, norm=charge.norm, volume=charge.volume, unit=charge.unit,
            volume_kind=charge.volume_kind, calc_period=charge.calculated_for or period_title(period),
            grounds=charge.grounds, sum=sum_cell(charge.amount),
        )  # fmt: skip
    debt = sum(balance.owed.values())
    # A service without a charge this month (heating in summer) keeps its line while money is owed on it.
    for service in dict.fromkeys((*charged, *(name for name, owed in balance.owed.items() if owed))):
        before, money, amount = balance.owed.get(service, 0), -paid.get(service, 0), charged.get(service, 0)
        after = before + money + amount
        _line(builder, home, kind, period, service, before, money, amount)
        balance.owed[service] = after
    penalty_debt, penalty = balance.penalty, _penalty(home, debt - sum(paid.values()))
    balance.penalty += penalty
    if balance.penalty:
        service = f"Пеня: {charges[0].service}"
        _line(builder, home, kind, period, service, penalty_debt, 0, penalty, is_penalty="да")
    total = sum(balance.owed.values())
    advance = {"preliminary_period": shift_period(period, 1), "preliminary": sum_cell(sum(charged.values()))}
    builder.add(
        "balances", ls=number, period=period, receipt=kind, issued=f"{period}-28", debt=sum_cell(debt),
        paid=sum_cell(-sum(paid.values())), charged=sum_cell(sum(charged.values())), total=sum_cell(total),
        penalty_debt=sum_cell(penalty_debt), penalty_paid="0", penalty_charged=sum_cell(penalty),
        penalty_total=sum_cell(balance.penalty),
        **(advance if home.habit == "generous" else {}),
    )  # fmt: skip


def _line(
    builder: RegistryBuilder, home: Household, kind: str, period: str, service: str, debt: int, paid: int,
    charged: int, is_penalty: str = "нет",
) -> None:  # fmt: skip
    owner = WATER_INN if home.resident.supplier_id == WATER else CENTER_INN
    builder.add(
        "services", ls=home.resident.number, period=period, receipt=kind, service=service,
        payee_inn=CAPITAL_REPAIR_INN if service.endswith("Взнос на капитальный ремонт") else owner,
        debt=sum_cell(debt), paid=sum_cell(paid), charged=sum_cell(charged),
        total=sum_cell(max(0, debt + paid + charged)), penalty=is_penalty,
    )  # fmt: skip


def _payment(home: Household, balance: Balance, random: Random) -> dict[str, int]:
    """Decide what is paid this month, by service; nothing in the first month, when nothing is owed."""
    due = {service: amount for service, amount in balance.owed.items() if amount > 0}
    skips = {"late": 0.4, "debtor": 0.85}.get(home.habit, 0.03)
    if not due or random.random() < skips:
        return {}
    if home.habit == "generous":  # rounded up to a hundred rubles: a small overpayment remains
        first = next(iter(due))
        due[first] += -sum(due.values()) % 100_00
    if home.habit == "debtor":
        return {service: amount // 3 for service, amount in due.items() if amount >= 3}
    return due


def _penalty(home: Household, overdue: int) -> int:
    return max(0, overdue) // _PENALTY_SHARE if home.habit == "debtor" else 0
