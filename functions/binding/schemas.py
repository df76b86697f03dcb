"""What the `binding` routes take and give."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StringConstraints

from cabinet.core.model import DeferredModel
from cabinet.home.binding_view import BindingPhone

type AccountNumber = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
type House = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)]
type Flat = Annotated[str, StringConstraints(strip_whitespace=True, max_length=32)]


class BindingSearch(DeferredModel):
    """«Лицевой счет», «№ дома», «№ квартиры» (in blocks of flats)."""

    account_number: AccountNumber
    house: House
    flat: Flat | None = None


class SupplierConsent(DeferredModel):
    """The consent that a supplier asks for beside the cabinet's own: read, then agreed to by its version."""

    version: str
    title: str
    text: str


def _is_none(value: object) -> bool:
    return value is None


class Candidate(DeferredModel):
    """An account that was found; `candidate` is good for ten minutes and for this user alone.

    `consent` is left out where the supplier asks for none.
    """

    candidate: str
    supplier_name: str
    consent: Annotated[SupplierConsent | None, Field(exclude_if=_is_none)] = None
    check: Literal["surname"] = "surname"


class BindingCandidates(DeferredModel):
    """Empty when nothing fits: the answer does not say which part was wrong."""

    candidates: list[Candidate]


type Surname = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=160)]


class HolderName(DeferredModel):
    """The holder's surname; of an organisation, its name or INN."""

    surname: Surname


class AgreedMailings(DeferredModel):
    """The answer to which emails may come; a tick is a consent of its own."""

    receipts: StrictBool
    reminders: StrictBool
    notices: StrictBool


class AgreedConsent(DeferredModel):
    """The version of the text that was shown."""

    version: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class NewBinding(DeferredModel):
    """A candidate with the holder's surname; of an organisation, its name or INN.

    `mailings` is asked at the first binding; the answer holds for the accounts that are bound later.
    `consent` is needed where the candidate brought one.
    """

    candidate: Annotated[str, StringConstraints(min_length=1, max_length=2048)]
    surname: Surname
    primary: StrictBool = False
    mailings: AgreedMailings | None = None
    consent: AgreedConsent | None = None


class PaperlessStatement(DeferredModel):
    """The statement to read before refusing paper."""

    version: str
    text: str


class PaperlessChange(DeferredModel):
    """`statement_version` is the version that was shown; needed to refuse, not to take the refusal back."""

    enabled: StrictBool
    statement_version: Annotated[str, Field(max_length=32)] | None = None


class SupplierHelp(DeferredModel):
    """What a supplier says on the page of help, an empty line between paragraphs; empty where nothing."""

    text: str


class SiteSupplier(DeferredModel):
    """A supplier that can be called."""

    name: str
    phones: list[BindingPhone]


class SiteResponse(DeferredModel):
    """What the site shows before anybody has signed in."""

    esia: bool
    """Whether one may sign in through Госуслуги here."""
    suppliers: list[SiteSupplier]
    """Only suppliers with a telephone for residents."""
