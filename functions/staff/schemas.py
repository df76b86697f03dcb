"""Shapes that several routes of the desk share."""

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from cabinet.core.model import DeferredModel
from cabinet.staff.model import Member, Role


def require_iso_date(given: object) -> object:
    """Refuse all but YYYY-MM-DD of 2000 to 2099: a date would be read from seconds since 1970 as well."""
    if isinstance(given, str) and not re.fullmatch(r"20\d{2}-\d{2}-\d{2}", given):
        raise ValueError("no day")
    return given


type Day = Annotated[date, BeforeValidator(require_iso_date)]
type TypedCode = Annotated[str, StringConstraints(min_length=1, max_length=32)]
type InvitationToken = Annotated[str, StringConstraints(min_length=1, max_length=256)]
type Roles = Annotated[list[Role], Field(max_length=len(Role))]
type SupplierIds = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=32)]], Field(max_length=200)
]


class StaffResponse(DeferredModel):
    """A person of the staff; `suppliers` are ids, or ``*`` for all."""

    staff_id: str
    email: str
    name: str
    roles: list[Role]
    suppliers: list[str]

    @classmethod
    def of(cls, member: Member) -> "StaffResponse":
        """Return a person as colleagues see them."""
        return cls.model_validate(member, from_attributes=True)
