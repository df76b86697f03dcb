"""What the desk's routes of notices take and give."""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, StringConstraints

from cabinet.core import clock
from cabinet.core.model import DeferredModel
from cabinet.core.text import strip_control_chars_if_str
from cabinet.notices.audience import Reach
from cabinet.notices.model import NoticeKind, Publication
from cabinet.notices.read_statistics import Reason, Unreached
from cabinet.staff.notice_rules import MAX_ACCOUNTS, MAX_HOUSES, Target, TargetKind
from cabinet.staff.notices import Draft
from cabinet.web.responses import response_from

_YEARS = range(2000, 2101)
_WITH_OFFSET = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d.*(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _require_time_with_offset(given: object) -> object:
    """Refuse seconds since 1970 and times without an offset."""
    if given is not None and not (isinstance(given, str) and _WITH_OFFSET.fullmatch(given)):
        raise ValueError("no time with an offset")
    return given


def _require_supported_year(given: datetime) -> datetime:
    if given.year not in _YEARS:
        raise ValueError("not within these years")
    return given.astimezone(UTC)


type Moment = Annotated[
    datetime, BeforeValidator(_require_time_with_offset), AfterValidator(_require_supported_year)
]
type SupplierId = Annotated[str, StringConstraints(min_length=1, max_length=32)]
type Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    BeforeValidator(strip_control_chars_if_str),
]
type Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=4000),
    BeforeValidator(strip_control_chars_if_str),
]


class HouseLine(DeferredModel):
    """A house to choose."""

    house_id: str
    city: str
    street: str
    house: str


class Houses(DeferredModel):
    """A supplier's houses, by town, street and number."""

    items: list[HouseLine]


class TargetForm(DeferredModel):
    """Where a notice is posted: everywhere, in houses, in the flats of an entrance, at some accounts."""

    kind: TargetKind
    houses: Annotated[list[Annotated[str, Field(max_length=32)]], Field(max_length=MAX_HOUSES)] = []
    first_flat: Annotated[StrictInt, Field(ge=1, le=99999)] | None = None
    last_flat: Annotated[StrictInt, Field(ge=1, le=99999)] | None = None
    accounts: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=MAX_ACCOUNTS)] = []

    def target(self) -> Target:
        """Return the place as the use case takes it; accounts without mere spaces."""
        accounts = tuple(dict.fromkeys(each.strip() for each in self.accounts if each.strip()))
        return Target(self.kind, tuple(self.houses), self.first_flat, self.last_flat, accounts)


class ReachForm(DeferredModel):
    """The recipients that a notice would have."""

    supplier_id: SupplierId
    kind: NoticeKind
    where: TargetForm


class NewNotice(ReachForm):
    """What to publish. Without `email` it is only shown on the site; an emergency is always mailed."""

    title: Title
    text: Text
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    channels: Annotated[list[Literal["email"]], Field(max_length=1)] = ["email"]

    def draft(self) -> Draft:
        """Return the notice as the use case takes it."""
        return Draft(
            self.kind, self.title, self.text, self.where.target(),
            _in_utc(self.valid_from), _in_utc(self.valid_until), "email" in self.channels,
        )  # fmt: skip


class ReachResponse(DeferredModel):
    """Whom a notice would reach."""

    where: str
    houses: int
    accounts: int | None
    """None for all of a supplier: they are not counted."""
    recipients: int
    """People who have one of the accounts in their cabinet."""
    by_mail: int | None
    """How many of them get an e-mail, unless none is sent; None if they are too many to count."""
    unbound: int | None
    """Accounts that nobody has in a cabinet; None where not all were counted."""
    is_fully_counted: bool
    """False if time ran out before all were counted: the recipients are then a lower bound."""

    @classmethod
    def of(cls, where: str, reach: Reach) -> Self:
        """Return the numbers as the desk shows them."""
        return cls(
            where=where, houses=reach.houses, accounts=reach.accounts, recipients=reach.subscribers,
            by_mail=reach.by_mail, unbound=reach.unbound, is_fully_counted=reach.is_fully_counted,
        )  # fmt: skip


class DeskNotice(DeferredModel):
    """A notice as the staff see it."""

    notice_id: str
    """``supplier:number``"""
    supplier_id: str
    kind: NoticeKind
    title: str
    text: str
    where: str
    published_at: str
    valid_from: str | None
    valid_until: str | None
    ended_at: str | None
    is_over: bool
    is_mailed: bool
    recipients: int
    is_fully_counted: bool
    """False if the recipients are a lower bound."""

    @classmethod
    def of(cls, publication: Publication, now: datetime) -> Self:
        """Return a publication as the desk shows it at a moment."""
        return response_from(
            cls, publication,
            notice_id=f"{publication.supplier_id}:{publication.publication_id}",
            is_over=publication.is_over(clock.timestamp(now)),
        )  # fmt: skip


class DeskNoticePage(DeferredModel):
    """A page of a supplier's notices, newest first."""

    items: list[DeskNotice]
    next: str | None


class NoticeCorrection(DeferredModel):
    """What is changed in a notice; what is left out stays."""

    title: Title | None = None
    text: Text | None = None
    valid_until: Moment | None = None

    def until(self) -> str | None:
        """Return the new end as ISO time in UTC."""
        return _in_utc(self.valid_until)


class NoticeReads(DeferredModel):
    """How many people it reached when it was published, and how often it was opened on the site since."""

    recipients: int
    is_fully_counted: bool
    """False if the recipients are a lower bound."""
    read: int


class UnreachedLine(DeferredModel):
    """An account where the notice, or its email, reaches nobody or not everybody."""

    account_id: str
    number: str
    address: str
    reason: Reason

    @classmethod
    def of(cls, unreached: Unreached) -> Self:
        """Return the account as the desk shows it."""
        account = unreached.account
        return cls(
            account_id=account.account_id, number=account.number, address=account.address.line,
            reason=unreached.reason,
        )  # fmt: skip


class UnreachedPage(DeferredModel):
    """A page of them; one may be short, or empty, and yet have a next."""

    items: list[UnreachedLine]
    next: str | None


def _in_utc(moment: datetime | None) -> str | None:
    return None if moment is None else clock.timestamp(moment)
