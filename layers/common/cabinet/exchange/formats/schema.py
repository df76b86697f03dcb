"""The native format's sections: which columns each kind of file has, and what its control sum counts.

A file's section is known by its header, never by its name. The table in `docs/centre/registries.md`
is this one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cabinet.exchange.formats import cell_parsers, meter_cells
from cabinet.exchange.formats.cell_parsers import CellReader
from cabinet.exchange.model import SectionName


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of file: its columns in order, and the kopecks that a row adds to the control sum."""

    name: SectionName
    columns: dict[str, CellReader]
    control: Callable[[dict[str, Any]], int] = lambda _: 0
    optional: frozenset[str] = frozenset()
    """Columns that a header may leave out: what the cabinet has of them then stays."""

    def matches_header(self, header: list[str]) -> bool:
        """Tell whether `header` is this section's: every required column, nothing unknown."""
        named = set(header)
        return (
            len(named) == len(header)
            and named <= set(self.columns)
            and set(self.columns) - self.optional <= named
        )


def _column_sum(*names: str) -> Callable[[dict[str, Any]], int]:
    return lambda values: sum(values[name] for name in names)


_KEY: dict[str, CellReader] = {"ls": cell_parsers.parse_account_number}
_RECEIPT: dict[str, CellReader] = _KEY | {
    "period": cell_parsers.parse_period,
    "receipt": cell_parsers.required(cell_parsers.parse_text(60)),
}
_AMOUNTS: dict[str, CellReader] = {
    "debt": cell_parsers.parse_rubles,
    "paid": cell_parsers.parse_rubles,
    "charged": cell_parsers.parse_rubles,
    "total": cell_parsers.parse_required_rubles,
}

ACCOUNTS = Section(
    "accounts",
    _KEY
    | {
        "els": cell_parsers.parse_els,
        "izhku": cell_parsers.parse_izhku,
        "org_inn": cell_parsers.parse_text(12),
        "fio": cell_parsers.required(cell_parsers.parse_text(160)),
        "city": cell_parsers.parse_text(80),
        "street": cell_parsers.parse_text(120),
        "house": cell_parsers.required(cell_parsers.parse_number_as_text(20)),
        "flat": cell_parsers.parse_number_as_text(20),
        "area": cell_parsers.parse_optional_decimal,
        "house_area": cell_parsers.parse_optional_decimal,
        "house_living": cell_parsers.parse_optional_decimal,
        "house_nonliving": cell_parsers.parse_optional_decimal,
        "house_common": cell_parsers.parse_optional_decimal,
        "residents": cell_parsers.parse_int(0, 1000),
        "registered": cell_parsers.parse_int(0, 1000),
        "closed": cell_parsers.parse_closed_flag,
    },
    optional=frozenset(
        {
            "els",
            "izhku",
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
    | {"issued": cell_parsers.parse_day}
    | _AMOUNTS
    | {
        "penalty_debt": cell_parsers.parse_rubles,
        "penalty_paid": cell_parsers.parse_rubles,
        "penalty_charged": cell_parsers.parse_rubles,
        "penalty_total": cell_parsers.parse_rubles,
        "preliminary_period": cell_parsers.parse_optional_period,
        "preliminary": cell_parsers.parse_rubles,
        "preliminary_penalty": cell_parsers.parse_rubles,
        "pd": cell_parsers.parse_gis_document,
    },
    control=_column_sum("total", "penalty_total"),
    optional=frozenset({"preliminary_period", "preliminary", "preliminary_penalty", "pd"}),
)
SERVICES = Section(
    "services",
    _RECEIPT
    | {
        "service": cell_parsers.required(cell_parsers.parse_text(120)),
        "payee_inn": cell_parsers.parse_text(12),
        "penalty": cell_parsers.parse_flag,
    }
    | _AMOUNTS,
    control=_column_sum("total"),
    optional=frozenset({"penalty"}),
)
CHARGES = Section(
    "charges",
    _RECEIPT
    | {
        "service": cell_parsers.required(cell_parsers.parse_text(120)),
        "op": cell_parsers.parse_text(60),
        "tariff": cell_parsers.parse_text(60),
        "norm": cell_parsers.parse_text(60),
        "volume": cell_parsers.parse_text(60),
        "unit": cell_parsers.parse_text(30),
        "volume_kind": meter_cells.parse_volume_kind,
        "calc_period": cell_parsers.parse_text(60),
        "recalculation": cell_parsers.parse_flag,
        "grounds": cell_parsers.parse_text(200),
        "sum": cell_parsers.parse_required_rubles,
    },
    control=_column_sum("sum"),
    optional=frozenset({"volume_kind", "recalculation", "grounds"}),
)
PAYMENTS = Section(
    "payments",
    _KEY
    | {
        "kind": cell_parsers.required(cell_parsers.parse_text(120)),
        "received": cell_parsers.parse_required_day,
        "processed": cell_parsers.parse_day,
        "sum": cell_parsers.parse_required_rubles,
        "order_id": cell_parsers.parse_text(64),
    },
    control=_column_sum("sum"),
    optional=frozenset({"order_id"}),
)
METERS = Section(
    "meters",
    _KEY
    | {
        "meter_no": meter_cells.parse_meter_number,
        "service": cell_parsers.required(cell_parsers.parse_text(60)),
        "place": cell_parsers.parse_text(60),
        "unit": cell_parsers.parse_text(20),
        "zones": cell_parsers.parse_int(1, 3),
        "digits": cell_parsers.parse_int(1, 12),
        "decimals": cell_parsers.parse_int(0, 6),
        "installed": cell_parsers.parse_day,
        "verify_until": cell_parsers.parse_day,
        "calc_from": cell_parsers.parse_day,
        "calc_to": cell_parsers.parse_day,
        "reason": cell_parsers.parse_text(120),
        "gis_no": cell_parsers.parse_number_as_text(40),
    },
    optional=frozenset({"unit", "gis_no"}),
)
READINGS = Section(
    "readings",
    _KEY
    | {
        "meter_no": meter_cells.parse_meter_number,
        "zone": meter_cells.parse_zone,
        "value": cell_parsers.parse_decimal,
        "taken": cell_parsers.parse_required_day,
        "accepted": cell_parsers.parse_day,
        "source": meter_cells.parse_source,
    },
)

NATIVE = (ACCOUNTS, BALANCES, SERVICES, CHARGES, PAYMENTS, METERS, READINGS)


def find_section(header: list[str]) -> Section | None:
    """Return the section whose columns `header` has, or None."""
    return next((section for section in NATIVE if section.matches_header(header)), None)
