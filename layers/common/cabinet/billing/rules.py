"""How imported sums are shown: the manual's arithmetic, never recomputing what billing decided. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.amounts_due import payable_lines
from cabinet.billing.model import Amounts, ChargeLine, Receipt, ServiceLine
from cabinet.core.money import Kopecks
from cabinet.core.periods import Period, shift_period

STATUTORY_DUE_DAY, FORMER_STATUTORY_DUE_DAY = 15, 10
STATUTORY_DUE_DAY_SINCE: Period = "2026-02"


def payable(line: ServiceLine) -> Kopecks:
    """Return «Итого к оплате» of a service: a line never asks for less than zero, as on the receipt."""
    return max(line.total, 0)


def services_total(lines: Iterable[ServiceLine]) -> Amounts:
    """Return the row «ИТОГО» of «Детализация по услугам»: each column summed, what to pay line by line."""
    lines = list(lines)
    return Amounts(
        debt=sum(line.debt for line in lines),
        paid=sum(line.paid for line in lines),
        charged=sum(line.charged for line in lines),
        total=sum(payable(line) for line in lines),
    )


def charges_total(lines: Iterable[ChargeLine]) -> Kopecks:
    """Return the row «ИТОГО» of «Детализация начислений»."""
    return sum(line.amount for line in lines)


def totals_with_preliminary(receipt: Receipt) -> tuple[Kopecks, Kopecks]:
    """Return (services, penalty) «к оплате с учетом предварительного начисления (авансом)»."""
    main, penalty = receipt.main.total, receipt.penalty.total
    if receipt.preliminary is None:
        return main, penalty
    return main + receipt.preliminary.main, penalty + receipt.preliminary.penalty


def brought_forward(amounts: Amounts) -> Amounts:
    """Return sums of which only the total is shown: the debt that a new holder has found."""
    return Amounts(debt=amounts.total, paid=0, charged=0, total=amounts.total)


def may_pay_receipt(account: Account, receipt: Receipt) -> bool:
    """Tell whether the account's reader may pay a receipt: it is shown, or its total is what is owed."""
    return account.shows(receipt.period) or account.latest_periods.get(receipt.kind) == receipt.period


def can_pay(receipt: Receipt, supplier: Supplier) -> bool:
    """Tell whether «Добавить в корзину» is shown beside the receipt: it has a sum to pay and a payee."""
    return supplier.offers("payments") and any(
        line.can_be_paid for line in payable_lines(receipt, supplier, {})
    )


def due_date(period: Period, supplier: Supplier) -> date:
    """Return the day until which a receipt for `period` is to be paid: in the month after it.

    For February 2026 and later the 15th, and no contract may name another day (ч. 1 ст. 155 ЖК РФ as changed
    by 177-ФЗ of 24.06.2025); for earlier months the supplier's own day, else the law's of then, the 10th.
    """
    following = shift_period(period, 1)
    is_statutory = period >= STATUTORY_DUE_DAY_SINCE
    day = STATUTORY_DUE_DAY if is_statutory else supplier.payment_day or FORMER_STATUTORY_DUE_DAY
    return date(int(following[:4]), int(following[5:]), day)


def held_until(receipt: Receipt, supplier: Supplier, now: datetime) -> datetime | None:
    """Return until when a receipt's sum is not relied on: it changed recently, and may be a mistake."""
    if receipt.changed_at is None:
        return None
    until = receipt.changed_at + timedelta(minutes=supplier.receipt_mail_delay_minutes)
    return until if now < until else None


def latest_receipts(account: Account, most: int) -> list[tuple[Period, str]]:
    """Return (period, kind) of the last receipt of each kind, the newest first, `most` at most."""
    pairs = ((period, kind) for kind, period in account.latest_periods.items())
    return sorted(pairs, reverse=True)[:most]


def adjacent_periods(account: Account, period: Period) -> tuple[Period | None, Period | None]:
    """Return the months that the arrows beside `period` lead to; None where the account has no receipts.

    A month within the account's time may have no receipt; its view is then empty, and the arrows lead on.
    """
    first, last = account.first_period, account.last_period
    if first is None or last is None:
        return None, None
    previous = None if period <= first else min(shift_period(period, -1), last)
    following = None if period >= last else max(shift_period(period, 1), first)
    return previous, following


def newest_first(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Return receipts as the views list them: the newest period first, kinds by their titles."""
    return sorted(
        sorted(receipts, key=lambda each: each.kind_title), key=lambda each: each.period, reverse=True
    )


def volume_text(line: ChargeLine) -> str:
    """Return «Объем» with its unit, «114.8 м2»; billing may have put the unit into the text itself."""
    if not line.unit or line.unit in line.volume:
        return line.volume
    return f"{line.volume} {line.unit}".strip() if line.volume else ""
