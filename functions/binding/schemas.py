"""What the `binding` routes take and give."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StringConstraints

from cabinet.accounts.holders import needs_surname, visible_until
from cabinet.accounts.model import Account, Feature, Supplier
from cabinet.accounts.rules import PaperlessState, paperless_state
from cabinet.aws.dynamo.serialization import Item
from cabinet.core.model import DeferredModel

type AccountNumber = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
type House = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)]
type Flat = Annotated[str, StringConstraints(strip_whitespace=True, max_length=32)]


class BindingSearch(DeferredModel):
    """«Лицевой счет», «№ дома», «№ квартиры» (in blocks of flats)."""

    account_number: AccountNumber
    house: House
    flat: Flat | None = None


class Candidate(DeferredModel):
    """An account that was found; `candidate` is good for ten minutes and for this user alone."""

    candidate: str
    supplier_name: str
    check: Literal["surname"] = "surname"


class BindingCandidates(DeferredModel):
    """Empty when nothing fits: the answer does not say which part was wrong."""

    candidates: list[Candidate]


type Surname = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=160)]


class HolderName(DeferredModel):
    """The holder's surname; of an organisation, its name or INN."""

    surname: Surname


class AgreedMailings(DeferredModel):
    """The answer to which letters may come; a tick is a consent of its own."""

    receipts: StrictBool
    reminders: StrictBool
    notices: StrictBool


class NewBinding(DeferredModel):
    """A candidate with the holder's surname; of an organisation, its name or INN.

    `mailings` is asked at the first binding; the answer holds for the accounts that are bound later.
    """

    candidate: Annotated[str, StringConstraints(min_length=1, max_length=2048)]
    surname: Surname
    primary: StrictBool = False
    mailings: AgreedMailings | None = None


class BindingMailings(DeferredModel):
    """«Рассылка уведомлений»: what the subscriber has agreed to receive about the account."""

    receipts: bool = False
    reminders: bool = False
    notices: bool = False


class Binding(DeferredModel):
    """One line of «Выбор лицевого счета».

    With `needs_surname` the account has another holder by now, and all else of it is refused until that
    holder's surname is given; charges and payments of before `history_until` may still be read then, if it
    is given. `closed_on` is when the account was closed: it can be read for a year more.
    """

    account_id: str
    number: str
    address: str
    supplier_name: str
    primary: bool
    paperless: PaperlessState
    features: list[Feature]
    mailings: BindingMailings
    needs_surname: bool = False
    history_until: date | None = None
    closed_on: date | None = None


class Bindings(DeferredModel):
    """All accounts of the subscriber, in the order of binding."""

    items: list[Binding]


class PaperlessStatement(DeferredModel):
    """The statement to read before refusing paper."""

    version: str
    text: str


class PaperlessChange(DeferredModel):
    """`statement_version` is the version that was shown; needed to refuse, not to take the refusal back."""

    enabled: StrictBool
    statement_version: Annotated[str, Field(max_length=32)] | None = None


def to_response(account: Account, supplier: Supplier, binding: Item, *, primary: bool) -> Binding:
    """Return a binding as the list shows it; of another holder's account no more than where it is."""
    is_anothers = needs_surname(binding, account)
    end = visible_until(binding, account, supplier)
    return Binding(
        account_id=account.account_id,
        number=account.number,
        address=account.address.line,
        supplier_name=supplier.name,
        primary=primary,
        paperless="unavailable" if is_anothers else paperless_state(supplier, binding),
        features=supplier.features,
        mailings=BindingMailings.model_validate(binding.get("mailings") or {}),
        needs_surname=is_anothers,
        history_until=end.ended_on if end else None,
        closed_on=None if is_anothers else account.closed_on,
    )
