"""What the staff's commands share: the supplier by its identifier, and times by its clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from cabinet.accounts.supplier_model import Feature, Supplier


def find_supplier(supplier_id: str) -> Supplier:
    """Return the supplier; raises CommandError when there is none."""
    from cabinet.accounts.store import suppliers

    supplier = suppliers([supplier_id]).get(supplier_id)
    if supplier is None:
        raise CommandError(f"no supplier {supplier_id}")
    return supplier


def supplier_with_feature(supplier_id: str, feature: Feature) -> Supplier:
    """Return the supplier; raises CommandError when there is none or it is not connected to the service."""
    supplier = find_supplier(supplier_id)
    if not supplier.offers(feature):
        raise CommandError(f"{supplier_id} does not offer {feature}: add it to the supplier's features")
    return supplier


def local_time(moment: str, supplier: Supplier) -> str:
    """Return an ISO time in UTC by the supplier's clock, «26.11.2026 18:00»."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(supplier.time_zone)):%d.%m.%Y %H:%M}"
