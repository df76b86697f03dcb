"""«Детализация по услугам» and «Детализация начислений» of a month."""

from typing import Self

from cabinet.accounts.model import Account
from cabinet.billing import rules
from cabinet.billing.model import ChargeLine, Receipt, VolumeKind
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period
from cabinet.web.responses import response_from


class ServiceAmounts(DeferredModel):
    """The money columns of «Детализация по услугам»."""

    debt: Kopecks
    paid: Kopecks
    charged: Kopecks
    total: Kopecks


class ServiceRow(ServiceAmounts):
    """One service of «Детализация по услугам»."""

    service: str


class ServicesReceipt(DeferredModel):
    """One receipt's services with the row «ИТОГО»."""

    title: str
    lines: list[ServiceRow]
    total: ServiceAmounts

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        """Return it as the API shows it."""
        return cls(
            title=receipt.title,
            lines=[response_from(ServiceRow, line, total=rules.payable(line)) for line in receipt.services],
            total=ServiceAmounts.model_validate(rules.services_total(receipt.services), from_attributes=True),
        )


class MonthView(DeferredModel):
    """A view of one month; the arrows lead to the neighbouring months."""

    period: Period | None
    previous_period: Period | None
    next_period: Period | None


class ServicesResponse(MonthView):
    """«Детализация по услугам»."""

    receipts: list[ServicesReceipt]

    @classmethod
    def of(cls, account: Account, period: Period | None, receipts: list[Receipt]) -> Self:
        """Return «Детализация по услугам» of a month."""
        previous, following = rules.adjacent_periods(account, period) if period else (None, None)
        return cls(
            period=period,
            previous_period=previous,
            next_period=following,
            receipts=[ServicesReceipt.of(receipt) for receipt in rules.newest_first(receipts)],
        )


class ChargeRow(DeferredModel):
    """One line of «Детализация начислений»; texts carry their units.

    `volume_kind` is how the volume was found, null where billing does not say; `grounds` why a sum was
    recalculated.
    """

    service: str
    operation: str
    tariff: str
    norm: str
    volume: str
    volume_kind: VolumeKind | None
    calculation_period: str
    grounds: str
    amount: Kopecks

    @classmethod
    def of(cls, line: ChargeLine) -> Self:
        """Return one line of the charges as the API shows it."""
        return response_from(cls, line, volume=rules.volume_text(line))


class ChargesReceipt(DeferredModel):
    """One receipt's charges with the row «ИТОГО»."""

    title: str
    lines: list[ChargeRow]
    total: Kopecks


class ChargesResponse(MonthView):
    """«Детализация начислений»."""

    receipts: list[ChargesReceipt]

    @classmethod
    def of(cls, account: Account, period: Period | None, receipts: list[Receipt]) -> Self:
        """Return «Детализация начислений» of a month."""
        previous, following = rules.adjacent_periods(account, period) if period else (None, None)
        return cls(
            period=period,
            previous_period=previous,
            next_period=following,
            receipts=[
                ChargesReceipt(
                    title=receipt.title,
                    lines=[ChargeRow.of(line) for line in receipt.charges],
                    total=rules.charges_total(receipt.charges),
                )
                for receipt in rules.newest_first(receipts)
            ],
        )
