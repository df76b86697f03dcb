"""Models of a personal account: the account itself, its address, its supplier and what that offers.

A default that is a model itself is made by `model_construct`: a call would build the validator of its class
at every start (docs/adr/0007).
"""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from cabinet.core.identifiers import own_part
from cabinet.core.model import FrozenModel
from cabinet.core.periods import Period

MAILING_TITLES: dict[str, str] = {
    "receipts": "Новые квитанции",
    "reminders": "Напоминания",
    "notices": "Уведомления организации",
}

type Mailing = Literal["receipts", "reminders", "notices"]
"""What a subscriber can switch off in «Рассылка уведомлений», account by account."""

_ACCOUNT_ID = re.compile(r"([a-z0-9][a-z0-9-]{0,31}):([^\s#:]{1,32})")


class Address(FrozenModel):
    """Where an account is: `line` is the whole as the manual shows it, «УЛ. КЫШТЫМСКАЯ, 10 - 1010»."""

    city: str = ""
    street: str = ""
    house: str = ""
    flat: str = ""

    @property
    def line(self) -> str:
        """Return street, house and flat in the manual's form."""
        house = f"{self.street}, {self.house}" if self.street else self.house
        return f"{house} - {self.flat}" if self.flat else house


class HouseAreas(FrozenModel):
    """Areas of the house, square metres as decimal strings; empty where billing does not say."""

    total: str = ""
    living: str = ""
    non_living: str = ""
    common: str = ""
    """Premises of the common property («места общего пользования»)."""


class HistoryEnd(FrozenModel):
    """Where the history of an account ends for a resident who was there before another holder."""

    ended_on: date
    """Date of the registry that brought the next holder."""
    last_period: Period | None
    """The month of the last receipts before it."""
    notices: int = 0
    """How many notices the account's own board had had by then."""


class HistoryStart(FrozenModel):
    """Where the history of an account begins for a resident who came after another holder."""

    day: date
    """Date of the registry that brought the new holder; payments, readings of earlier days are not shown."""
    last_hidden_period: Period
    """The last month of the former holder's receipts: those of later months are shown."""
    notices: int = 0
    """Number of notices posted on the account's own board before."""


class Account(FrozenModel):
    """A personal account («лицевой счёт») of one supplier.

    `latest_periods` names the last period of each kind of receipt, `unaccounted` the payments through the
    cabinet that no registry has brought back yet: the summary needs no search for either.
    """

    account_id: str
    supplier_id: str
    holder: str
    address: Address
    els: str = ""
    izhku: str = ""
    """The number in ГИС ЖКХ, if registries carry it; see `gis_number_rules`."""
    area: str = ""
    """Square metres, a decimal string."""
    house: HouseAreas = HouseAreas.model_construct()
    residents: int | None = None
    registered: int | None = None
    closed_on: date | None = None
    holder_since: date | None = None
    """Date of the registry that brought the current holder in another's place; None for the first one."""
    former_holders: dict[str, HistoryEnd] = {}
    """Keyed by what bindings keep of their holder (`holders.holder_key`)."""
    latest_periods: Annotated[dict[str, Period], Field(alias="latest")] = {}
    latest_receipt_copies: Annotated[dict[str, str], Field(alias="newest")] = {}
    """Kind → copy of its last receipt (`billing.receipt_copies`)."""
    packed_charges: Annotated[str, Field(alias="charged")] = ""
    """What the receipts of the last two years charged, compressed (`billing.receipt_copies`)."""
    meter_summaries: Annotated[dict[str, dict[str, Any]] | None, Field(alias="meter_terms")] = None
    """Meter → what is due of it (`metering.meter_summaries`); None on items from before this was kept."""
    board: dict[str, Any] = {}
    """The head of the account's own board of notices (`notices.store`)."""
    first_period: Period | None = None
    last_period: Period | None = None
    unaccounted: dict[str, dict[str, Any]] = {}
    """Payment id → {paid_at: ISO time, amount: kopecks, negative for a refund, received_on: day, lines:
    [[receipt id, payee's INN, service, kopecks], …]}; what billing has brought back in part is taken off."""
    accounted: dict[str, dict[str, list[list[Any]]]] = {}
    """Payment id → stamp of the registry that brought it back → its lines, until a receipt counts them."""
    shown_from: HistoryStart | None = None
    """Not stored: set for whoever came after another holder (`new_holder_rules.account_for_new_holder`)."""

    @property
    def number(self) -> str:
        """Return the number as the supplier first spelled it; the item's own `number` is the search's key."""
        return own_part(self.account_id)

    def shows(self, period: Period) -> bool:
        """Tell whether receipts of a month are shown to the reader."""
        return self.shown_from is None or period > self.shown_from.last_hidden_period


def make_account_id(supplier_id: str, number: str) -> str:
    """Return the account's public identifier, ``<supplier>:<number>``, opaque to clients.

    An account keeps the spelling that it was first given; keys are folded (`accounts/keys.py`), so another
    spelling reaches the same items.
    """
    return f"{supplier_id}:{number}"


def split_account_id(account_id: str) -> tuple[str, str] | None:
    """Return (supplier id, number), or None when it cannot be an account's identifier."""
    matched = _ACCOUNT_ID.fullmatch(account_id)
    return (matched[1], matched[2]) if matched else None
