"""Models of the first screen: a flat with everything needed to say what is owed and what is to be done."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.model import Receipt
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period
from cabinet.metering.model import Meter

type DueKind = Literal["pay", "readings", "verification", "request"]
"""What a task is about; the API's description knows the type by this name."""


@dataclass(frozen=True, slots=True)
class AccountOverview:
    """One account of the subscriber's own, with the last receipt of each kind and its meters."""

    account: Account
    supplier: Supplier
    receipts: list[Receipt]
    meters: list[Meter]
    today: date
    """Where the supplier is."""
    answered: tuple[str, ...] = ()
    """Numbers of the subscriber's requests whose answers are unread."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What a flat owes: the same sum as the summary's receipts leave, and the earliest day to pay it by."""

    to_pay: Kopecks
    pay_until: date | None
    """None where nothing is owed."""
    overdue: Kopecks
    """The part of `to_pay` that is past its due date."""
    not_payable: Kopecks = 0
    """Owed as well, but not to be paid here: nobody has said who receives it."""
    unaccounted: Kopecks = 0
    """Paid here for these receipts, and in none of them yet."""


@dataclass(frozen=True, slots=True)
class MonthCharged:
    """What the receipts of a flat's last month charged, and those of the month before; None if unknown."""

    period: Period
    now: Kopecks
    before: Kopecks | None


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to be done next, in words; `until` may have passed."""

    kind: DueKind
    account_id: str
    until: date | None
    amount: Kopecks | None
    text: str
