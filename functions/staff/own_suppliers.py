"""The route of the person's own suppliers: what each of the desk's screens may be about."""

from cabinet.accounts.store import all_suppliers
from cabinet.core.model import DeferredModel
from cabinet.web.app import create_router
from cabinet.web.staff_auth import CurrentStaff

router = create_router(prefix="/api/staff/suppliers", tags=["desk"])


class OwnSupplier(DeferredModel):
    """A supplier, and what it offers to its residents."""

    supplier_id: str
    name: str
    features: list[str]


class OwnSuppliers(DeferredModel):
    """The person's own suppliers, by name."""

    items: list[OwnSupplier]


@router.get("")
def list_suppliers(staff: CurrentStaff) -> OwnSuppliers:
    """List the person's own suppliers."""
    own = [each for each in all_suppliers() if staff.member.covers([each.supplier_id])]
    by_name = sorted(own, key=lambda each: each.name)
    return OwnSuppliers.model_validate({"items": by_name}, from_attributes=True)
