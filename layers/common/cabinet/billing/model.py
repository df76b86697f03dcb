"""Models of what is owed: receipts with lines, payments on an account. Imported, never recomputed."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from cabinet.core.model import FrozenModel
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period, receipt_title


class Amounts(FrozenModel):
    """One row of the general information: debt (+) or overpayment (−), paid (−), charged, and what to pay.

    `paid` is negative, as the manual shows it. `total` is the billing system's own: where it differs from
    debt + paid + charged, it is still the one that counts.
    """

    debt: Kopecks = 0
    paid: Kopecks = 0
    charged: Kopecks = 0
    total: Kopecks = 0


class Preliminary(FrozenModel):
    """Charged in advance for the next month («предварительно начислено»)."""

    period: Period
    main: Kopecks = 0
    penalty: Kopecks = 0


def _is_none(value: bool | None) -> bool:
    return value is None


class ServiceLine(FrozenModel):
    """One service of a receipt in «Детализация по услугам»; `payee_inn` says who receives its money."""

    service: str
    payee_inn: str = ""
    is_penalty: Annotated[bool | None, Field(exclude_if=_is_none)] = None
    """What the registry's column says; None: it says nothing, and `Supplier.penalty_services` decides."""
    debt: Kopecks = 0
    paid: Kopecks = 0
    charged: Kopecks = 0
    total: Kopecks = 0


type VolumeKind = Literal["meter", "norm", "average", "common"]
"""How a volume was found: individual meter, norm, mean consumption, share of the house's common property."""


def _is_zero(value: str | None) -> bool:
    return not value


class ChargeLine(FrozenModel):
    """One line of «Детализация начислений»; tariff, norm and volume are billing's own texts with units.

    What few registries say is kept only where it is said: items stay as small, and as they were.
    """

    service: str
    operation: str = ""
    tariff: str = ""
    norm: str = ""
    volume: str = ""
    unit: str = ""
    volume_kind: Annotated[VolumeKind | None, Field(exclude_if=_is_zero)] = None
    calculation_period: str = ""
    is_recalculation: Annotated[bool | None, Field(exclude_if=_is_none)] = None
    """What the registry's column says; None: `Supplier.recalculation_operations` decides."""
    grounds: Annotated[str, Field(exclude_if=_is_zero)] = ""
    """Why it was recalculated («основание перерасчёта»), in billing's words."""
    amount: Kopecks = 0


class Receipt(FrozenModel):
    """A monthly receipt of one kind («Объединённая», «ХВС и ВО»): one item with all its lines."""

    kind: str
    """Code of the kind, from its title: part of keys and identifiers."""
    kind_title: str
    period: Period
    issued_on: date | None = None
    main: Amounts
    penalty: Amounts
    preliminary: Preliminary | None = None
    services: list[ServiceLine] = []
    charges: list[ChargeLine] = []
    gis_document: Annotated[str, Field(exclude_if=_is_zero)] = ""
    """The payment document's number in ГИС ЖКХ, where the registry says it (`accounts.gis_number_rules`)."""
    stamp: Annotated[str, Field(exclude=True)] = ""
    """The registry that wrote it: payments that billing has accounted since are not in its sums."""
    changed_at: Annotated[datetime | None, Field(exclude=True)] = None
    """When a registry last changed it; None for a receipt older than this field."""

    @property
    def receipt_id(self) -> str:
        """Return the public identifier, unique within an account; the document's identifier too."""
        return f"{self.period}-{self.kind}"

    @property
    def title(self) -> str:
        """Return «Квитанция Объединённая за СЕНТЯБРЬ 2019»."""
        return receipt_title(self.kind_title, self.period)

    @property
    def is_empty(self) -> bool:
        """Tell whether it is empty: by an empty receipt a registry withdraws one that was a mistake."""
        return not (any(sum_ for row in (self.main, self.penalty) for _, sum_ in row)
                    or self.preliminary or self.services or self.charges)  # fmt: skip


def split_receipt_id(receipt_id: str) -> tuple[Period, str]:
    """Return the period and the kind's code of a receipt's public identifier, ``2026-10-united``."""
    return receipt_id[:7], receipt_id[8:]


type PaymentStatus = Literal["accounted", "unaccounted"]


class AccountPayment(FrozenModel):
    """One payment on an account, as «История оплат» lists it. `amount` is positive for money received.

    A payment through the cabinet is «не учтена в квитанции» until a registry brings its order id back; a
    refund or reversal is a payment with a negative amount.
    """

    payment_id: str
    kind: str
    """«оплата "Город"», «оплата картой в личном кабинете» …"""
    received_on: date
    processed_on: date | None = None
    amount: Kopecks
    status: PaymentStatus
    posting_id: Annotated[str | None, Field(alias="order_id")] = None
    """The posting of the cabinet that it is of, as registries name it; or a number that is only billing's."""
