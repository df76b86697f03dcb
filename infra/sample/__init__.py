"""The sample: two suppliers and their registries, the same bytes on the same day, through the real import.

`demo_family` is the demo user's own two flats, up to today, `manual_example` holds the accounts whose
figures the user manual shows, `synthetic_accounts` simulates everybody else, `suppliers` sends registries,
`csv_builder` puts rows into files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cabinet.accounts.model import make_account_id
from cabinet.exchange.model import Registry
from infra.sample import demo_family, manual_example, suppliers, synthetic_accounts
from infra.sample.csv_builder import RegistryBuilder

if TYPE_CHECKING:
    from pathlib import Path

DEMO_EMAIL = "demo@cabinet.example"
DEMO_PASSWORD = "Demo-Kyshtym-2019"  # noqa: S105 - printed by `cabinet local`, and good for nothing else
_REGISTRY_NUMBER, _REGISTRY_DATE = 1, date(2026, 10, 31)
_NEAR = timedelta(days=50)


@dataclass(frozen=True, slots=True)
class SupplierFiles:
    """What is applied for one supplier, in this order."""

    supplier_id: str
    profile: Path
    registry: Path


def generate(folder: Path, today: date) -> tuple[SupplierFiles, ...]:
    """Write the suppliers' YAML and their registries into `folder`; the family's months end at `today`."""
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(_write(folder, supplier_id, today) for supplier_id in suppliers.PROFILES)


def demo() -> dict[str, Any]:
    """Return what `GET /local/demo` answers: the demo user, the suppliers, and accounts.

    Those that the demo user has come last, `own` of them: the manual's, and the family's flats.
    """
    own = (*manual_example.RESIDENTS, *reversed(demo_family.RESIDENTS))
    return {
        "email": DEMO_EMAIL,
        "password": DEMO_PASSWORD,
        "suppliers": [
            {"supplier_id": supplier_id, "name": suppliers.supplier_name(supplier_id)}
            for supplier_id in suppliers.PROFILES
        ],
        "accounts": [
            {
                "account_id": make_account_id(resident.supplier_id, resident.number),
                "number": resident.number,
                "house": resident.house,
                "flat": resident.flat,
                "surname": resident.holder.split()[0],
            }
            for resident in (*synthetic_accounts.accounts_for_binding(), *own)
        ],
        "own": len(own),
    }


def _dated(today: date) -> date:
    """Return the registries' date: the same as long as the family's months are not far ahead of it."""
    return _REGISTRY_DATE if today - _REGISTRY_DATE < _NEAR else today


def _write(folder: Path, supplier_id: str, today: date) -> SupplierFiles:
    profile = folder / f"{supplier_id}.yaml"
    profile.write_text(suppliers.PROFILES[supplier_id], "utf-8")
    (folder / suppliers.LOGO_FILE).write_text(suppliers.LOGO, "utf-8")
    builder = RegistryBuilder(Registry(supplier_id=supplier_id, number=_REGISTRY_NUMBER, dated=_dated(today)))
    manual_example.fill(builder)
    demo_family.fill(builder, today)
    synthetic_accounts.fill(builder)
    registry = folder / f"{supplier_id}.zip"
    registry.write_bytes(builder.packed())
    return SupplierFiles(supplier_id, profile, registry)
