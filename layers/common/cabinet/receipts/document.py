"""The model `PaymentDocument`: everything that the printed sheet shows, and nothing about how.

Contents by ПП РФ № 354, п. 69 (form: приказ Минстроя России № 43/пр). Sums are kopecks as the billing system
gave them, never added up here; tariffs, norms and volumes are texts as imported.
"""

import hashlib
from datetime import date
from typing import Annotated

from pydantic import Field

from cabinet.accounts.supplier_model import Payee
from cabinet.core.model import FrozenModel
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period


class Payer(FrozenModel):
    """Who pays and for which dwelling. `area` in square metres; `None` leaves a line out."""

    name: str
    """As printed: a full name, or initials where the supplier prints no more."""
    surname: str = ""
    """Goes into the payment QR."""
    address: str
    area: str = ""
    registered_residents: Annotated[int | None, Field(alias="registered")] = None
    residents: Annotated[int | None, Field(alias="living")] = None
    """Aliases are what `PaymentDocument.fingerprint` hashes: stored PDFs are found by it."""
    house_areas: str = ""
    """«общая: 10955,38 м²; ОИ всего: 2462,89 м²» — one line, as the house's administration words it."""


class Charge(FrozenModel):
    """One operation within a service line; `volume_kind` is «ИПУ», «норм», «средн», «общ» or empty."""

    operation: str
    tariff: str = ""
    norm: str = ""
    volume_kind: str = ""
    volume: str = ""
    amount: Kopecks
    calculation_period: str = ""
    """As billing words it: «Март 2016» or ``2016-03``."""


class SheetLine(FrozenModel):
    """One numbered service of the charges table. Debt is positive, an overpayment and payments negative.

    A sum is None where billing sent charges for the service and no balance.
    """

    number: int
    service: str
    paid: Kopecks | None = None
    debt: Kopecks | None = None
    charges: tuple[Charge, ...] = ()
    total: Kopecks | None = None
    payable: Kopecks | None = None


class Totals(FrozenModel):
    """The bottom line of the charges table, as imported: it may differ from the lines' sum."""

    paid: Kopecks
    debt: Kopecks
    charged: Kopecks
    total: Kopecks
    payable: Kopecks


class PayeeShare(FrozenModel):
    """One payee: which lines (№ п/п) it gets, their sum and what its payment QR says."""

    payee: Payee
    lines: tuple[int, ...]
    payable: Kopecks
    purpose: str


class MeterReading(FrozenModel):
    """A meter with its last reading in one tariff zone; `zone` as people know it, «Т2 (ночь)»."""

    service: str
    number: str
    place: str = ""
    zone: str = ""
    verify_until: date | None = None
    taken_on: date | None = None
    value: str = ""


class Recalculation(FrozenModel):
    """A sum added or taken off for an earlier period, and why."""

    service: str
    period: str = ""
    grounds: str
    amount: Kopecks


class Sums(FrozenModel):
    """A pair that the summary always shows together: services («основные услуги») and penalty («пени»)."""

    main: Kopecks
    penalty: Kopecks


class Summary(FrozenModel):
    """The rows of the manual's «Общая информация» for this receipt."""

    debt: Sums
    paid: Sums
    charged: Sums
    total: Sums
    preliminary_period: Period | None = None
    preliminary: Sums | None = None
    with_preliminary: Sums | None = None


class LastPayment(FrozenModel):
    """The last payment received by the end of the month; negative if it was reversed."""

    received_on: date
    amount: Kopecks


class PaymentDocument(FrozenModel):
    """Платёжный документ: one receipt of one account for one period."""

    document_id: str
    """The number on the sheet: 18 characters by the rule of ГИС ЖКХ, or the billing system's own."""
    is_registered: bool = True
    """Whether `document_id` is such an 18-character one, which the payment QR may carry as its UIN."""
    kind_title: str
    """«Объединённая», «ХВС и ВО»: which of the supplier's receipts it is."""
    period: Period
    issued_on: date
    pay_by: date | None = None
    """The day by which it is to be paid; None leaves it out."""
    account_number: str
    els: str = ""
    izhku: str = ""
    supplier_name: str
    supplier_contacts: str = ""
    payer: Payer
    payees: tuple[PayeeShare, ...]
    lines: tuple[SheetLine, ...]
    totals: Totals
    meters: tuple[MeterReading, ...] = ()
    recalculations: tuple[Recalculation, ...] = ()
    summary: Summary
    last_payment: LastPayment | None = None
    note: str = ""
    qr_period_format: str = "MMYYYY"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the data, in hex: equal for equal documents, on any machine."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
