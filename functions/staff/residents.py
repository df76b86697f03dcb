"""Routes of residents: search, one account with whoever has it bound, the end of a binding."""

from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator, StringConstraints

from cabinet.accounts.model import Account
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.core.text import strip_control_chars
from cabinet.staff import residents
from cabinet.web.app import Identifier, create_router
from cabinet.web.staff_auth import CurrentStaff

router = create_router(prefix="/api/staff", tags=["desk"])


def _printable(given: object) -> object:
    return strip_control_chars(given) if isinstance(given, str) else given


class ResidentLine(DeferredModel):
    """An account that was found."""

    account_id: str
    number: str
    supplier_id: str
    holder: str
    address: str
    closed_on: date | None


class ResidentPage(DeferredModel):
    """What was found, at most twenty."""

    items: list[ResidentLine]


class BoundUserResponse(DeferredModel):
    """Who has the account in their cabinet."""

    user_id: str
    email_masked: str
    bound_at: str
    is_former_holder: bool


class AccountCardResponse(ResidentLine):
    """An account, its supplier, and whoever has it bound."""

    supplier_name: str
    holder_since: date | None
    users: list[BoundUserResponse]


class EndOfBinding(DeferredModel):
    """Why, in words that the resident reads."""

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
        BeforeValidator(_printable),
    ]


@router.get("/residents")
def list_residents(
    staff: CurrentStaff, query: Annotated[str, Query(min_length=1, max_length=254)]
) -> ResidentPage:
    """Find accounts by number, or by the whole address of mail of who has them bound."""
    found = residents.search(staff.author, staff.member, query, clock.now())
    return ResidentPage(items=[ResidentLine(**_line(account)) for account in found])


@router.get("/accounts/{account_id}")
@raises(NotFound)
def get_account(account_id: Identifier, staff: CurrentStaff) -> AccountCardResponse:
    """Show an account; whoever has it bound sees the look in «Безопасность»."""
    staff.require_supplier(account_id.partition(":")[0])
    card = residents.show_account(staff.author, account_id, clock.now())
    return AccountCardResponse(
        **_line(card.account),
        supplier_name=card.supplier.name,
        holder_since=card.account.holder_since,
        users=[BoundUserResponse.model_validate(each, from_attributes=True) for each in card.users],
    )


@router.delete("/accounts/{account_id}/bindings/{user_id}", status_code=204)
@raises(NotFound, Conflict)
def delete_binding(
    account_id: Identifier, user_id: Identifier, form: EndOfBinding, staff: CurrentStaff
) -> None:
    """Take the account out of somebody's cabinet; they learn why by mail and in «Безопасность»."""
    staff.require_supplier(account_id.partition(":")[0])
    residents.end_binding(staff.author, account_id, user_id, form.reason, clock.now())


def _line(account: Account) -> dict[str, object]:
    return {
        "account_id": account.account_id, "number": account.number, "supplier_id": account.supplier_id,
        "holder": account.holder, "address": account.address.line, "closed_on": account.closed_on,
    }  # fmt: skip
