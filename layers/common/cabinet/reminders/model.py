"""Models of reminders: what is known of one binding on one day, what was sent before, what is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cabinet.accounts.model import Account, Mailing
from cabinet.accounts.notification_kind_rules import NotificationKind
from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.model import Receipt
from cabinet.core.model import FrozenModel
from cabinet.core.periods import Period
from cabinet.metering.model import Meter


class ReminderState(FrozenModel):
    """What one subscriber has been sent about one account: each reminder with its period."""

    opens: Period | None = None
    closes: Period | None = None
    debt: Period | None = None
    receipts: dict[str, Period] = {}
    """Keyed by kind of receipt."""
    verification: dict[str, str] = {}
    """Keyed by meter: «2026-12-01/30», the deadline and the maximum of days left."""


@dataclass(frozen=True, slots=True)
class ReminderContext:
    """One binding as the day's run finds it. `meters` and `receipts`: only where they matter."""

    supplier: Supplier
    account: Account
    binding: Mapping[str, Any]
    reminder_state: ReminderState
    meters: tuple[Meter, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    """The receipts of `new_receipts`, and those of the last period when its debt is still to be looked at."""
    held_receipts: frozenset[str] = frozenset()
    """Identifiers of the receipts that changed so lately that no mail names their sums yet."""
    pushed: frozenset[NotificationKind] = frozenset()
    """Kinds that go to the person's browsers; empty for a person who never subscribed to pushes."""


@dataclass(frozen=True, slots=True)
class DueReminder:
    """One reminder that is due: `occasion` (what it is about) makes it be sent once."""

    template: str
    mailing: Mailing | None
    params: dict[str, Any]
    occasion: str
    is_mailed: bool = True
    is_pushed: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send, and the state after that."""

    due: tuple[DueReminder, ...]
    reminder_state: ReminderState
