"""Models of autopay: the owner's rule, what it is about to charge, what it did and why."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from cabinet.core.model import FrozenModel
from cabinet.core.money import Kopecks
from cabinet.core.timestamps import Timestamp
from cabinet.payments.given_consent import GivenConsent

type When = Literal["receipt", "day"]
"""When a rule charges: the day after a receipt has come, or on a day of the month."""

type Outcome = Literal[
    "charged", "pending", "declined", "over_limit", "skipped", "paid_already", "given_up", "card_unavailable",
    "account_unavailable", "switched_off",
]  # fmt: skip
"""The outcome of a charge; `pending`: the bank has not reported it yet."""


FAILURES: frozenset[Outcome] = frozenset(
    {"declined", "given_up", "over_limit", "card_unavailable", "account_unavailable"}
)
"""Outcomes that the staff looks at: a charge that its owner counted on did not come."""


class PlannedCharge(FrozenModel):
    """What is going to be charged: exactly what its owner was mailed."""

    on: date
    amount: Kopecks
    """Including the commission."""
    receipts: dict[str, str]
    """Receipt → its digest when the mail was written: another one means another mail."""
    order_id: str | None = None
    """The order of the last try."""
    tried_on: date | None = None
    tries: int = 0


class LastOutcome(FrozenModel):
    """What the rule did last, in words for its owner."""

    on: date
    order_id: str | None = None
    outcome: Outcome
    text: str


class AutopayRule(FrozenModel):
    """One account's rule of one user."""

    user_id: str
    account_id: str
    enabled: bool
    saved_card_id: str
    limit: Kopecks
    """The most that one charge may be, commission included."""
    when: When
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    """The day of the month, 31 is the last; only for `day`."""
    with_preliminary: bool = False
    consent: GivenConsent
    bound_at: str = ""
    """When the binding of the rule was made: after a new binding the account has no rule."""
    revision: str
    """Changes with each write: what depends on the rule as it was read requires it."""
    planned: PlannedCharge | None = None
    skips_next: bool = False
    last_handled: Annotated[dict[str, str], Field(alias="settled")] = {}
    """Kind → the last receipt that was charged, skipped, over the limit or abandoned."""
    checked_on: Annotated[date, Field(alias="looked_on")]
    """The last day that was checked for a charge to plan."""
    suspended: bool = False
    """Inactive until its owner changes it: the card or the account can no longer be used."""
    last: LastOutcome | None = None
    due_at: Timestamp | None = None


class HistoryEntry(FrozenModel):
    """One thing that the rule did or left, and why."""

    at: Timestamp
    order_id: str | None = None
    amount: Kopecks | None = None
    outcome: Outcome
    text: str


class Failure(HistoryEntry):
    """What autopay could not charge, and of which account; nothing of its owner."""

    account_id: str


class DueReceipt(FrozenModel):
    """A receipt that asks for money now."""

    receipt_id: str
    kind: str
    digest: str
    not_charged_before: datetime | None = None
    """Set where it changed so recently that its sum is not relied on yet."""
