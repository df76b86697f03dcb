"""Routes of residents: search, one account with its bindings, the end of a binding."""

from datetime import date
from typing import Annotated, Self

from fastapi import Query
from pydantic import StringConstraints

from cabinet.accounts.model import Account
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound, raises
from cabinet.core.identifiers import supplier_part
from cabinet.core.model import DeferredModel
from cabinet.core.text import Reason
from cabinet.staff import resident_activation, resident_search, residents
from cabinet.staff.residents import AccountCard
from cabinet.web.app import Identifier, create_router
from cabinet.web.staff_auth import CurrentStaff

router = create_router(prefix="/api/staff", tags=["desk"])


class ResidentLine(DeferredModel):
    """An account that was found."""

    account_id: str
    number: str
    supplier_id: str
    holder: str
    address: str
    closed_on: date | None


class FoundUserResponse(DeferredModel):
    """A cabinet that was found by its own mail or telephone."""

    user_id: str
    email_masked: str
    created_at: str
    is_activated: bool


class ResidentPage(DeferredModel):
    """What was found, at most fifty accounts, by address; `has_more` asks for a narrower search."""

    items: list[ResidentLine]
    users: list[FoundUserResponse]
    has_more: bool


class BoundUserResponse(DeferredModel):
    """Who has the account in their cabinet."""

    user_id: str
    email_masked: str
    bound_at: str
    is_former_holder: bool


class AccountCardResponse(ResidentLine):
    """An account, its supplier, and everyone who has it bound."""

    supplier_name: str
    holder_since: date | None
    users: list[BoundUserResponse]

    @classmethod
    def of(cls, card: AccountCard) -> Self:
        """Return it as the API shows it."""
        return cls(
            **_line(card.account),
            supplier_name=card.supplier.name,
            holder_since=card.account.holder_since,
            users=[BoundUserResponse.model_validate(each, from_attributes=True) for each in card.users],
        )


class HolderChanges(DeferredModel):
    """Accounts with the former holders who have them bound, the newest change first."""

    items: list[AccountCardResponse]


class EndOfBinding(DeferredModel):
    """Why, in words that the resident reads."""

    reason: Reason


class ActivationMail(DeferredModel):
    """The whole address of a registration: the search shows it in part."""

    email: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254)]


@router.get("/residents")
def list_residents(
    staff: CurrentStaff, query: Annotated[str, Query(min_length=1, max_length=254)]
) -> ResidentPage:
    """Find accounts by number, holder's surname or address, and cabinets by mail address or telephone."""
    found = resident_search.search(staff.author, staff.member, query, clock.now())
    return ResidentPage(
        items=[ResidentLine(**_line(account)) for account in found.accounts],
        users=[FoundUserResponse.model_validate(each, from_attributes=True) for each in found.users],
        has_more=found.has_more,
    )


@router.get("/holder-changes")
def list_holder_changes(staff: CurrentStaff) -> HolderChanges:
    """List accounts whose holder has changed and whose former holder has them bound still."""
    cards = residents.list_holder_changes(staff.author, staff.member, clock.now())
    return HolderChanges(items=[AccountCardResponse.of(each) for each in cards])


@router.get("/accounts/{account_id}")
@raises(NotFound)
def get_account(account_id: Identifier, staff: CurrentStaff) -> AccountCardResponse:
    """Show an account; everyone who has it bound sees this access in «Безопасность»."""
    staff.require_supplier(supplier_part(account_id))
    card = residents.show_account(staff.author, account_id, clock.now())
    return AccountCardResponse.of(card)


@router.delete("/accounts/{account_id}/bindings/{user_id}", status_code=204)
@raises(NotFound, Conflict)
def delete_binding(
    account_id: Identifier, user_id: Identifier, form: EndOfBinding, staff: CurrentStaff
) -> None:
    """Delete a binding; its owner learns why by mail and in «Безопасность»."""
    staff.require_supplier(supplier_part(account_id))
    residents.end_binding(staff.author, account_id, user_id, form.reason, clock.now())


@router.post("/users/{user_id}/activation-mail", status_code=204)
@raises(NotFound, Conflict)
def post_activation_mail(user_id: Identifier, form: ActivationMail, staff: CurrentStaff) -> None:
    """Send the email that activates a cabinet again; the link in the one before is void."""
    resident_activation.resend_activation_email(staff.author, staff.member, user_id, form.email, clock.now())


def _line(account: Account) -> dict[str, object]:
    return {
        "account_id": account.account_id, "number": account.number, "supplier_id": account.supplier_id,
        "holder": account.holder, "address": account.address.line, "closed_on": account.closed_on,
    }  # fmt: skip
