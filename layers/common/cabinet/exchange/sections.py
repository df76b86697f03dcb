"""The native format's sections: which columns each kind of file has, and what its control sum counts.

A file's section is known by its header, never by its name. The table in `docs/registries.md` is this one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cabinet.exchange import cells
from cabinet.exchange.cells import CellReader
from cabinet.exchange.model import SectionName


def _nothing(_: dict[str, Any]) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of file: its columns in order, and the kopecks that a row adds to the control sum."""

    name: SectionName
    columns: dict[str, CellReader]
    control: Callable[[dict[str, Any]], int] = _nothing
    optional: frozenset[str] = frozenset()
    """Columns that a header may leave out."""

    def fits(self, header: list[str]) -> bool:
        """Tell whether `header` is this section's: every required column, nothing unknown."""
        named = set(header)
        return (
            len(named) == len(header)
            and named <= set(self.columns)
            and set(self.columns) - self.optional <= named
        )


def _sum_of(*names: str) -> Callable[[dict[str, Any]], int]:
    return lambda values: sum(values[name] for name in names)


_KEY: dict[str, CellReader] = {"ls": cells.account_number}
_RECEIPT: dict[str, CellReader] = _KEY | {"period": cells.period, "receipt": cells.required(cells.text(60))}
_AMOUNTS: dict[str, CellReader] = {
    "debt": cells.rubles,
    "paid": cells.rubles,
    "charged": cells.rubles,
    "total": cells.required_rubles,
}

ACCOUNTS = Section(
    "accounts",
    _KEY
    | {
        "els": cells.text(20),
        "org_inn": cells.text(12),
        "fio": cells.required(cells.text(160)),
        "city": cells.text(80),
        "street": cells.text(120),
        "house": cells.required(cells.number_as_text(20)),
        "flat": cells.number_as_text(20),
        "area": cells.optional_decimal,
        "house_area": cells.optional_decimal,
        "house_living": cells.optional_decimal,
        "house_nonliving": cells.optional_decimal,
        "house_common": cells.optional_decimal,
        "residents": cells.count(0, 1000),
        "registered": cells.count(0, 1000),
        "closed": cells.closed,
    },
    optional=frozenset(
        {
            "els",
            "org_inn",
            "city",
            "registered",
            "closed",
            "house_area",
            "house_living",
            "house_nonliving",
            "house_common",
        }
    ),
)
BALANCES = Section(
    "balances",
    _RECEIPT
    | {"issued": cells.day}
    | _AMOUNTS
    | {
        "penalty_debt": cells.rubles,
        "penalty_paid": cells.rubles,
        "penalty_charged": cells.rubles,
        "penalty_total": cells.rubles,
        "preliminary_period": cells.optional_period,
        "preliminary": cells.rubles,
        "preliminary_penalty": cells.rubles,
    },
    control=_sum_of("total", "penalty_total"),
    optional=frozenset({"preliminary_period", "preliminary", "preliminary_penalty"}),
)
SERVICES = Section(
    "services",
    _RECEIPT
    | {"service": cells.required(cells.text(120)), "payee_inn": cells.text(12), "penalty": cells.flag}
    | _AMOUNTS,
    control=_sum_of("total"),
    optional=frozenset({"penalty"}),
)
CHARGES = Section(
    "charges",
    _RECEIPT
    | {
        "service": cells.required(cells.text(120)),
        "op": cells.text(60),
        "tariff": cells.text(60),
        "norm": cells.text(60),
        "volume": cells.text(60),
        "unit": cells.text(30),
        "volume_kind": cells.volume_kind,
        "calc_period": cells.text(60),
        "grounds": cells.text(200),
        "sum": cells.required_rubles,
    },
    control=_sum_of("sum"),
    optional=frozenset({"volume_kind", "grounds"}),
)
PAYMENTS = Section(
    "payments",
    _KEY
    | {
        "kind": cells.required(cells.text(120)),
        "received": cells.required_day,
        "processed": cells.day,
        "sum": cells.required_rubles,
        "order_id": cells.text(64),
    },
    control=_sum_of("sum"),
    optional=frozenset({"order_id"}),
)
METERS = Section(
    "meters",
    _KEY
    | {
        "meter_no": cells.meter_number,
        "service": cells.required(cells.text(60)),
        "place": cells.text(60),
        "unit": cells.text(20),
        "zones": cells.count(1, 3),
        "digits": cells.count(1, 12),
        "decimals": cells.count(0, 6),
        "installed": cells.day,
        "verify_until": cells.day,
        "calc_from": cells.day,
        "calc_to": cells.day,
        "reason": cells.text(120),
    },
    optional=frozenset({"unit"}),
)
READINGS = Section(
    "readings",
    _KEY
    | {
        "meter_no": cells.meter_number,
        "zone": cells.zone,
        "value": cells.decimal,
        "taken": cells.required_day,
        "accepted": cells.day,
        "source": cells.source,
    },
)

NATIVE = (ACCOUNTS, BALANCES, SERVICES, CHARGES, PAYMENTS, METERS, READINGS)


def section_of(header: list[str]) -> Section | None:
    """Return the section whose columns `header` has, or None."""
    return next((section for section in NATIVE if section.fits(header)), None)
