"""Paying anyone's receipt without a cabinet: who receives it, as which line, and what the payer sees. Pure.

One line for the whole sum: services with their sums would tell a stranger, on the bank's receipt, what the
holder owes. The payee's services take it up in the receipt's order (`billing.amounts_due`).
"""

from datetime import date

from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Payee, Supplier
from cabinet.billing.amounts_due import WHOLE_RECEIPT_TITLE, payable_lines
from cabinet.billing.receipt_copies import copied_receipts
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period, period_from_date, receipt_title
from cabinet.core.text import slug
from cabinet.payments.model import CartLine

_HIDDEN = "•"
_USUAL_KIND = "Объединённая"
"""Kind for an account without receipts, at a supplier that names no kind."""


def masked_number(number: str) -> str:
    """Return an account's number with its middle hidden: «12••••••99»."""
    shown = 2 if len(number) >= 6 else 1 if len(number) >= 3 else 0
    return number[:shown] + _HIDDEN * (len(number) - 2 * shown) + number[len(number) - shown :]


def payee_from_code(supplier: Supplier, settlement_account: str, inn: str | None) -> Payee | None:
    """Return the supplier's payee that a code names by its account at the bank, and by its INN if it does."""
    named = (payee for payee in supplier.payees if payee.account == settlement_account)
    return next((payee for payee in named if inn in (None, payee.inn)), None)


def guest_line(
    account: Account, supplier: Supplier, payee: Payee, amount: Kopecks, period: Period | None, today: date
) -> CartLine:
    """Return the line that a guest pays: of the newest receipt that asks for the payee's money.

    An older receipt's debt is in the newer one, so `period`, the code's own, counts only where the account
    has no receipt yet.
    """
    kind, kind_title, month = _newest_receipt_of_payee(account, supplier, payee) or _first_kind(
        supplier, payee, period or period_from_date(today)
    )
    return CartLine(
        item_id="guest",
        account_id=account.account_id,
        receipt_id=f"{month}-{kind}",
        receipt_title=receipt_title(kind_title, month),
        kind=kind,
        period=month,
        service=WHOLE_RECEIPT_TITLE,
        payee_inn=payee.inn,
        payee_name=payee.name,
        due=amount,
        amount=amount,
        limit=supplier.payment_limit,
        fiscal=payee.fiscal,
    )


def _newest_receipt_of_payee(
    account: Account, supplier: Supplier, payee: Payee
) -> tuple[str, str, Period] | None:
    """Return kind, its title and period of the newest receipt with lines of the payee, else of any."""
    receipts = sorted(copied_receipts(account) or [], key=lambda each: (each.period, each.kind), reverse=True)
    for receipt in receipts:
        lines = payable_lines(receipt, supplier, {}, with_preliminary=True)
        if any(line.payee_inn == payee.inn for line in lines):
            return receipt.kind, receipt.kind_title, receipt.period
    if receipts:
        return receipts[0].kind, receipts[0].kind_title, receipts[0].period
    kinds = sorted(((period, kind) for kind, period in account.latest_periods.items()), reverse=True)
    return (kinds[0][1], kinds[0][1], kinds[0][0]) if kinds else None


def _first_kind(supplier: Supplier, payee: Payee, period: Period) -> tuple[str, str, Period]:
    of_payee = (title for title, kind in supplier.receipt_kinds.items() if kind.payee_inn == payee.inn)
    title = next(of_payee, next(iter(supplier.receipt_kinds), _USUAL_KIND))
    return slug(title), title, period
