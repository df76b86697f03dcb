"""«Общая информация»: an account, its last receipts, and what was paid since."""

from datetime import date
from typing import Self

from cabinet.accounts.model import Account
from cabinet.accounts.rules import is_closed
from cabinet.accounts.supplier_model import Supplier
from cabinet.billing import amounts_due, rules
from cabinet.billing.model import Receipt
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
    """The heading of every view: «Лицевой счет», «Адрес»."""

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

    @classmethod
    def of(cls, receipt: Receipt, supplier: Supplier, account: Account, today: date) -> Self:
        """Return it as the API shows it."""
        is_shown, preliminary = account.shows(receipt.period), receipt.preliminary
        main, penalty = (
            amounts if is_shown else rules.brought_forward(amounts)
            for amounts in (receipt.main, receipt.penalty)
        )
        with_main, with_penalty = rules.totals_with_preliminary(receipt)
        pending_payments = amounts_due.pending_payments(account, receipt)
        now_due = amounts_due.payable_lines(receipt, supplier, pending_payments)
        lines = amounts_due.payable_lines(receipt, supplier, pending_payments, with_preliminary=True)
        can_pay = rules.can_pay(receipt, supplier) and not is_closed(account, today)
        return response_from(
            cls,
            receipt,
            receipt_id=receipt.receipt_id,
            title=receipt.title,
            debt=Sums(main=main.debt, penalty=penalty.debt),
            paid=Sums(main=main.paid, penalty=penalty.paid),
            charged=Sums(main=main.charged, penalty=penalty.charged),
            total=Sums(main=main.total, penalty=penalty.total),
            preliminary=PreliminarySums(
                period=preliminary.period, main=preliminary.main, penalty=preliminary.penalty
            )
            if preliminary
            else None,
            payable_with_preliminary=Sums(main=with_main, penalty=with_penalty),
            document_id=receipt.receipt_id if is_shown else None,
            can_pay=can_pay,
            pay_by=rules.due_date(receipt.period, supplier),
            unaccounted=sum(line.paid for line in lines),
            left=amounts_due.remaining(now_due),
            left_with_preliminary=amounts_due.remaining(lines),
            not_payable=amounts_due.not_payable_amount(now_due),
            payment_note=amounts_due.not_payable_reason(lines if can_pay else now_due)
            if supplier.offers("payments")
            else None,
        )


class UnaccountedPayment(DeferredModel):
    """A payment through the cabinet that no receipt counts yet; `amount` is negative for a refund."""

    paid_at: str
    amount: Kopecks


class AccountSummary(DeferredModel):
    """«Общая информация»."""

    account: SummaryAccount
    receipts: list[SummaryReceipt]
    unaccounted_payments: list[UnaccountedPayment]

    @classmethod
    def of(cls, account: Account, supplier: Supplier, receipts: list[Receipt], today: date) -> Self:
        """Return the general information of an account with the last receipt of each kind."""
        return cls(
            account=SummaryAccount(
                account_id=account.account_id,
                number=account.number,
                address=account.address.line,
                supplier_name=supplier.name,
            ),
            receipts=[
                SummaryReceipt.of(receipt, supplier, account, today)
                for receipt in rules.newest_first(receipts)
            ],
            unaccounted_payments=[
                UnaccountedPayment.model_validate(paid)
                for paid in sorted(account.unaccounted.values(), key=lambda paid: str(paid["paid_at"]))
                if account.shown_from is None or paid["received_on"] >= account.shown_from.day.isoformat()
            ],
        )
