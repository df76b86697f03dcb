"""What the sheets about money show: general information, services, charges, payments, documents."""

from datetime import date
from typing import Self

from cabinet.accounts.model import Account, Supplier
from cabinet.accounts.rules import is_closed
from cabinet.aws.dynamo.serialization import Item
from cabinet.billing import amounts_due, explanation, rules
from cabinet.billing.charge_comparison import ChangeReason
from cabinet.billing.model import AccountPayment, ChargeLine, PaymentStatus, Receipt, VolumeKind
from cabinet.billing.receipt_copies import charges_by_month
from cabinet.billing.spending import Spending
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period
from cabinet.web.responses import response_from


class Sums(DeferredModel):
    """«Сумма по основным услугам» and «Сумма пени», kopecks."""

    main: Kopecks
    penalty: Kopecks


class PreliminarySums(Sums):
    """«Предварительно начислено за …»."""

    period: Period


class SummaryAccount(DeferredModel):
    """The heading of every sheet: «Лицевой счет», «Адрес»."""

    account_id: str
    number: str
    address: str
    supplier_name: str


class SummaryReceipt(DeferredModel):
    """A receipt in «Общая информация»; `paid` is negative, as the manual shows it; due by `pay_by`.

    `unaccounted` was paid for it through the cabinet and is in no receipt yet; `left` is what remains to be
    paid here of the total, `left_with_preliminary` of the total with the preliminary charge: what the cart
    will ask for. `not_payable` is asked for and cannot be paid here, because nobody has said who receives it;
    `payment_note` says so in words. Of a receipt from before the reader came (another holder's), the total is
    a debt brought forward, and there is no document.
    """

    receipt_id: str
    title: str
    period: Period
    debt: Sums
    paid: Sums
    charged: Sums
    total: Sums
    preliminary: PreliminarySums | None
    payable_with_preliminary: Sums
    document_id: str | None
    can_pay: bool
    pay_by: date
    unaccounted: Kopecks
    left: Kopecks
    left_with_preliminary: Kopecks
    not_payable: Kopecks
    payment_note: str | None


class UnaccountedPayment(DeferredModel):
    """A payment through the cabinet that no receipt counts yet; `amount` is negative for a refund."""

    paid_at: str
    amount: Kopecks


class AccountSummary(DeferredModel):
    """«Общая информация»."""

    account: SummaryAccount
    receipts: list[SummaryReceipt]
    unaccounted_payments: list[UnaccountedPayment]


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


class ExplainedAmount(DeferredModel):
    """What was charged in the month, in the month before, and the difference."""

    now: Kopecks
    before: Kopecks
    change: Kopecks

    @classmethod
    def of(cls, change: explanation.Change) -> Self:
        """Return a change as the API shows it."""
        return cls(now=change.now, before=change.before, change=change.change)


class ExplanationPart(DeferredModel):
    """One reason; a line's parts sum to its change exactly."""

    kind: ChangeReason
    amount: Kopecks
    text: str


class ExplanationLine(ExplainedAmount):
    """One service; the lines sum to the total exactly. `charges` are the month's own lines of it."""

    service: str
    because: list[ExplanationPart]
    charges: list[SheetCharge]


class TypicalAmounts(DeferredModel):
    """What is usual: null where too few months are known."""

    median_of_12: Kopecks | None
    same_month_last_year: Kopecks | None


class ExplanationResponse(Sheet):
    """«Почему столько?»: the charges of a month against those of the month before.

    `is_compared` is false where that month has no receipt.
    """

    is_compared: bool
    total: ExplainedAmount
    lines: list[ExplanationLine]
    typical: TypicalAmounts


class ServiceSpending(DeferredModel):
    """What one service was charged, by months."""

    service: str
    amounts: list[Kopecks]


class SpendingResponse(DeferredModel):
    """Charges by month and service, the oldest month first; every month's sums add up to its total."""

    periods: list[Period]
    totals: list[Kopecks]
    services: list[ServiceSpending]


class PaymentResponse(DeferredModel):
    """One line of «История оплат»; `amount` is negative, as in the manual."""

    kind: str
    received_on: date
    processed_on: date | None
    amount: Kopecks
    status: PaymentStatus


class PaymentsPage(DeferredModel):
    """«История оплат», the last received first."""

    items: list[PaymentResponse]
    next: str | None


class DocumentResponse(DeferredModel):
    """One line of «Документы»."""

    document_id: str
    title: str
    issued_on: date | None


class DocumentsPage(DeferredModel):
    """«Документы», the newest first."""

    items: list[DocumentResponse]
    next: str | None


def summary(account: Account, supplier: Supplier, receipts: list[Receipt], today: date) -> AccountSummary:
    """Return the general information of an account with the last receipt of each kind."""
    return AccountSummary(
        account=SummaryAccount(
            account_id=account.account_id,
            number=account.number,
            address=account.address.line,
            supplier_name=supplier.name,
        ),
        receipts=[
            _summary_receipt(receipt, supplier, account, today) for receipt in rules.newest_first(receipts)
        ],
        unaccounted_payments=[
            UnaccountedPayment.model_validate(paid)
            for paid in sorted(account.unaccounted.values(), key=lambda paid: str(paid["paid_at"]))
            if account.shown_from is None or paid["received_on"] >= account.shown_from.day.isoformat()
        ],
    )


def _summary_receipt(receipt: Receipt, supplier: Supplier, account: Account, today: date) -> SummaryReceipt:
    is_shown, ahead = account.shows(receipt.period), receipt.preliminary
    main, penalty = (
        amounts if is_shown else rules.brought_forward(amounts) for amounts in (receipt.main, receipt.penalty)
    )
    with_main, with_penalty = rules.with_preliminary(receipt)
    not_counted = amounts_due.not_counted(account, receipt)
    now_due = amounts_due.payable_lines(receipt, supplier, not_counted)
    lines = amounts_due.payable_lines(receipt, supplier, not_counted, with_preliminary=True)
    can_pay = rules.can_pay(receipt, supplier) and not is_closed(account, today)
    return response_from(
        SummaryReceipt,
        receipt,
        receipt_id=receipt.receipt_id,
        title=receipt.title,
        debt=Sums(main=main.debt, penalty=penalty.debt),
        paid=Sums(main=main.paid, penalty=penalty.paid),
        charged=Sums(main=main.charged, penalty=penalty.charged),
        total=Sums(main=main.total, penalty=penalty.total),
        preliminary=PreliminarySums(period=ahead.period, main=ahead.main, penalty=ahead.penalty)
        if ahead
        else None,
        payable_with_preliminary=Sums(main=with_main, penalty=with_penalty),
        document_id=receipt.receipt_id if is_shown else None,
        can_pay=can_pay,
        pay_by=rules.due_date(receipt.period, supplier),
        unaccounted=sum(line.paid for line in lines),
        left=amounts_due.remaining(now_due),
        left_with_preliminary=amounts_due.remaining(lines),
        not_payable=amounts_due.not_payable_lines(now_due),
        payment_note=amounts_due.not_payable_reason(lines if can_pay else now_due)
        if supplier.offers("payments")
        else None,
    )


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
                lines=[_sheet_charge(line) for line in receipt.charges],
                total=rules.charges_total(receipt.charges),
            )
            for receipt in rules.newest_first(receipts)
        ],
    )


def _sheet_charge(line: ChargeLine) -> SheetCharge:
    return response_from(SheetCharge, line, volume=rules.volume_text(line))


def explanation_of(
    account: Account, supplier: Supplier, period: Period | None, now: list[Receipt], before: list[Receipt]
) -> ExplanationResponse:
    """Return «Почему столько?» of a month."""
    explained = explanation.explain(rules.newest_first(now), rules.newest_first(before), supplier)
    median, last_year = explanation.typical(charges_by_month(account), period) if period else (None, None)
    previous, following = rules.adjacent_periods(account, period) if period else (None, None)
    return ExplanationResponse(
        period=period,
        previous_period=previous,
        next_period=following,
        is_compared=bool(before),
        total=ExplainedAmount.of(explained.total),
        lines=[
            ExplanationLine(
                service=line.service,
                **ExplainedAmount.of(line.amounts).model_dump(),
                because=[ExplanationPart.model_validate(part, from_attributes=True) for part in line.because],
                charges=[_sheet_charge(charge) for charge in line.charges],
            )
            for line in explained.lines
        ],
        typical=TypicalAmounts(median_of_12=median, same_month_last_year=last_year),
    )


def spending_response(spending: Spending) -> SpendingResponse:
    """Return the charges of two years."""
    return SpendingResponse(
        periods=spending.periods,
        totals=spending.totals,
        services=[
            ServiceSpending(service=service, amounts=amounts)
            for service, amounts in spending.services.items()
        ],
    )


def payment_response(payment: AccountPayment) -> PaymentResponse:
    """Return a payment as the history lists it: money received is negative."""
    return response_from(PaymentResponse, payment, amount=-payment.amount)


def document_response(row: Item) -> DocumentResponse:
    """Return a document as the list shows it."""
    return DocumentResponse(
        document_id=row["document_id"], title=row["title"], issued_on=row.get("issued_on") or None
    )
