"""Routes of an owner: who works at the desk, invitations, roles, the end of access."""

from typing import Annotated, Self

from pydantic import StringConstraints

from cabinet.accounts.store import all_suppliers
from cabinet.audit.model import EVERY_SUPPLIER
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.staff import access, members
from cabinet.staff.errors import OwnAccess, StaffExists, supplier_unknown
from cabinet.staff.invitations import invite
from cabinet.staff.model import Member
from cabinet.web.app import Identifier, create_router
from cabinet.web.staff_auth import CurrentStaff, Staff
from staff.schemas import Roles, StaffResponse, SupplierIds

router = create_router(prefix="/api/staff/staff", tags=["desk"])


class ColleagueResponse(StaffResponse):
    """A colleague; `joined_at` is None while the invitation waits."""

    invited_at: str
    joined_at: str | None

    @classmethod
    def of(cls, member: Member) -> Self:
        """Return it as the API shows it."""
        return cls(
            **StaffResponse.of(member).model_dump(), invited_at=member.invited_at, joined_at=member.joined_at
        )


class Colleagues(DeferredModel):
    """Everybody whose suppliers are the owner's own."""

    items: list[ColleagueResponse]


class NewInvitation(DeferredModel):
    """Whom to invite, as what, for which suppliers (``*``: all)."""

    email: Annotated[str, StringConstraints(min_length=1, max_length=254)]
    roles: Roles
    suppliers: SupplierIds


class AccessForm(DeferredModel):
    """Other roles and suppliers of a colleague."""

    roles: Roles
    suppliers: SupplierIds


@router.get("")
def list_staff(staff: CurrentStaff) -> Colleagues:
    """List the colleagues whom the owner may manage."""
    found = [each for each in members.list_members() if staff.member.covers(each.suppliers)]
    return Colleagues(items=[ColleagueResponse.of(each) for each in found])


@router.post("", status_code=201)
@raises(StaffExists, Conflict)
def post_invitation(form: NewInvitation, staff: CurrentStaff) -> ColleagueResponse:
    """Invite a colleague by mail; an invitation that waits is sent anew."""
    suppliers = _require_known_suppliers(staff, form.suppliers)
    invited = invite(staff.author, form.email, _distinct(form.roles), suppliers, clock.now())
    return ColleagueResponse.of(invited.member)


@router.put("/{staff_id}/roles")
@raises(NotFound, OwnAccess, Conflict)
def put_roles(staff_id: Identifier, form: AccessForm, staff: CurrentStaff) -> ColleagueResponse:
    """Give a colleague other roles and suppliers; their sessions are over."""
    suppliers = _require_known_suppliers(staff, form.suppliers)
    changed = access.change_access(
        staff.author, staff.member, staff_id, _distinct(form.roles), suppliers, clock.now()
    )
    return ColleagueResponse.of(changed)


@router.delete("/{staff_id}", status_code=204)
@raises(NotFound, OwnAccess, Conflict)
def delete_staff(staff_id: Identifier, staff: CurrentStaff) -> None:
    """End a colleague's access at once."""
    access.remove(staff.author, staff.member, staff_id, clock.now())


def _require_known_suppliers(staff: Staff, asked: list[str]) -> list[str]:
    """Return the suppliers that are there and the owner's own; raises InvalidFields."""
    wanted = list(dict.fromkeys(asked))
    known = {supplier.supplier_id for supplier in all_suppliers()} | {EVERY_SUPPLIER}
    if not staff.member.covers(wanted) or not known.issuperset(wanted):
        raise supplier_unknown()
    return wanted


def _distinct[T](values: list[T]) -> list[T]:
    return list(dict.fromkeys(values))
