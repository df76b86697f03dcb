"""What the `binding` routes take and give."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StringConstraints

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


class PaperlessStatement(DeferredModel):
    """The statement to read before refusing paper."""

    version: str
    text: str


class PaperlessChange(DeferredModel):
    """`statement_version` is the version that was shown; needed to refuse, not to take the refusal back."""

    enabled: StrictBool
    statement_version: Annotated[str, Field(max_length=32)] | None = None
