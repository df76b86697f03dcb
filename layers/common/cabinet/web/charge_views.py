"""«Детализация по услугам» and «Детализация начислений» of a month."""

from cabinet.accounts.model import Account
from cabinet.billing import rules
from cabinet.billing.model import ChargeLine, Receipt, VolumeKind
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period
from cabinet.web.responses import response_from


class SheetAmounts(DeferredModel):
    """The money columns of «Детализация по услугам»."""

    debt: Kopecks
    paid: Kopecks
    charged: Kopecks
    total: Kopecks


class SheetService(SheetAmounts):
    """One service of «Детализация по услугам»."""

    service: str


class ServicesReceipt(DeferredModel):
    """One receipt's services with the row «ИТОГО»."""

    title: str
    lines: list[SheetService]
    total: SheetAmounts


class Sheet(DeferredModel):
    """A sheet of one month; the arrows lead to the neighbouring months."""

    period: Period | None
    previous_period: Period | None
    next_period: Period | None


class ServicesSheet(Sheet):
    """«Детализация по услугам»."""

    receipts: list[ServicesReceipt]


class SheetCharge(DeferredModel):
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


class ChargesReceipt(DeferredModel):
    """One receipt's charges with the row «ИТОГО»."""

    title: str
    lines: list[SheetCharge]
    total: Kopecks


class ChargesSheet(Sheet):
    """«Детализация начислений»."""

    receipts: list[ChargesReceipt]


def services_sheet(account: Account, period: Period | None, receipts: list[Receipt]) -> ServicesSheet:
    """Return «Детализация по услугам» of a month."""
    previous, following = rules.adjacent_periods(account, period) if period else (None, None)
    return ServicesSheet(
        period=period,
        previous_period=previous,
        next_period=following,
        receipts=[_services_of(receipt) for receipt in rules.newest_first(receipts)],
    )


def _services_of(receipt: Receipt) -> ServicesReceipt:
    return ServicesReceipt(
        title=receipt.title,
        lines=[response_from(SheetService, line, total=rules.payable(line)) for line in receipt.services],
        total=SheetAmounts.model_validate(rules.sheet_total(receipt.services), from_attributes=True),
    )


def charges_sheet(account: Account, period: Period | None, receipts: list[Receipt]) -> ChargesSheet:
    """Return «Детализация начислений» of a month."""
    previous, following = rules.adjacent_periods(account, period) if period else (None, None)
    return ChargesSheet(
        period=period,
        previous_period=previous,
        next_period=following,
        receipts=[
            ChargesReceipt(
                title=receipt.title,
                lines=[sheet_charge(line) for line in receipt.charges],
                total=rules.charges_total(receipt.charges),
            )
            for receipt in rules.newest_first(receipts)
        ],
    )


def sheet_charge(line: ChargeLine) -> SheetCharge:
    """Return one line of the charges as the sheets show it."""
    return response_from(SheetCharge, line, volume=rules.volume_text(line))
