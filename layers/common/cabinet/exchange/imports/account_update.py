"""What a registry says of one account, put together from its rows."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cabinet.core.money import Kopecks
from cabinet.metering.model import Source

type Data = dict[str, Any]


@dataclass(slots=True)
class ReceiptParts:
    """What a registry says of one receipt; a part that it does not carry is None and stays as it is."""

    kind: str
    kind_title: str
    period: str
    balance: Data | None = None
    services: list[Data] | None = None
    charges: list[Data] | None = None
    omitted: set[str] = field(default_factory=set)
    """What no column said, of the balance and of lines: the stored receipt's values stay."""

    @property
    def replaces_all(self) -> bool:
        """Tell whether nothing of the stored receipt would stay."""
        return self.has_all_parts and not self.omitted

    @property
    def has_all_parts(self) -> bool:
        """Tell whether no part is left out."""
        return self.balance is not None and self.services is not None and self.charges is not None


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A reading as billing gives it."""

    zone: str
    value: str
    taken_on: date
    accounted_on: date | None
    source: Source


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment as billing gives it."""

    kind: str
    received_on: date
    processed_on: date | None
    amount: Kopecks
    lacks_order_column: bool = False
    """The file has no column for an order's number, so it may be a payment that is stored with one."""


@dataclass(slots=True)
class AccountUpdate:
    """Everything that a registry says of one account, ready to be compared with what is stored."""

    account_id: str
    number: str
    account: Data | None = None
    """Fields of `Account` that a registry owns; None when the registry has no row of the account itself."""
    closed_on: str | None = None
    receipts: dict[tuple[str, str], ReceiptParts] = field(default_factory=dict)
    """Keyed by period and kind."""
    payments: list[PaymentRow] = field(default_factory=list)
    """What the account has paid elsewhere."""
    accounted: dict[str, list[PaymentRow]] = field(default_factory=dict)
    """Keyed by the payment id in the rows: perhaps payments through the cabinet."""
    meters: dict[str, Data] = field(default_factory=dict)
    """Meter id → the fields of `Meter` that a registry owns."""
    readings: dict[str, list[ReadingRow]] = field(default_factory=dict)
    """Meter id → readings, oldest first."""
