"""The sample: two suppliers and their registries, the same bytes at each run, fed through the real import.

`manual_example` holds the accounts whose figures the user manual shows, `synthetic_accounts` simulates
everybody else, `suppliers` is who sends the registries, `csv_builder` puts rows into files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from cabinet.accounts.model import make_account_id
from cabinet.exchange.model import Registry
from infra.sample import manual_example, suppliers, synthetic_accounts
from infra.sample.csv_builder import Sheets

if TYPE_CHECKING:
    from pathlib import Path

DEMO_EMAIL = "demo@cabinet.example"
DEMO_PASSWORD = "Demo-Kyshtym-2019"  # noqa: S105 - printed by `cabinet local`, and good for nothing else
_REGISTRY_NUMBER, _REGISTRY_DATE = 1, date(2026, 10, 31)


@dataclass(frozen=True, slots=True)
class SupplierFiles:
    """What is applied for one supplier, in this order."""

    supplier_id: str
    profile: Path
    registries: tuple[Path, ...]


def generate(folder: Path) -> tuple[SupplierFiles, ...]:
    """Write the suppliers' YAML and their registries into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(_write(folder, supplier_id) for supplier_id in suppliers.PROFILES)


def demo() -> dict[str, Any]:
    """Return what `GET /local/demo` answers: the demo user, the suppliers, and accounts that can be bound."""
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
            for resident in (*manual_example.RESIDENTS, *synthetic_accounts.accounts_for_binding())
        ],
    }


def _write(folder: Path, supplier_id: str) -> SupplierFiles:
    profile = folder / f"{supplier_id}.yaml"
    profile.write_text(suppliers.PROFILES[supplier_id], "utf-8")
    sheets = Sheets(Registry(supplier_id=supplier_id, number=_REGISTRY_NUMBER, dated=_REGISTRY_DATE))
    manual_example.fill(sheets)
    synthetic_accounts.fill(sheets)
    registry = folder / f"{supplier_id}.zip"
    registry.write_bytes(sheets.packed())
    return SupplierFiles(supplier_id, profile, (registry,))
