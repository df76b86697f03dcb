"""What the first screen says: what each flat owes, and what is to be done next. Pure.

The sum of a flat is `billing.amounts_due.remaining` of its receipts, as in summary and cart.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from cabinet.accounts.rules import is_closed
from cabinet.billing.amounts_due import not_payable_amount, payable_lines, pending_payments, remaining
from cabinet.billing.explanation import total_charged
from cabinet.billing.receipt_copies import charges_by_month
from cabinet.billing.rules import due_date
from cabinet.core.money import Kopecks, format_rubles
from cabinet.core.periods import shift_period
from cabinet.home.model import AccountOverview, MonthCharged, Owed, Task
from cabinet.metering.model import Meter
from cabinet.metering.rules import is_reading_missing, meter_rejection
from cabinet.metering.submission_window import window_for

VERIFICATION_REMINDER_BEFORE = timedelta(days=60)
"""How long before the end of a meter's verification the resident is reminded of it."""
VERIFICATION_REMINDER_AFTER = timedelta(days=30)
"""How long after it: then the meter is considered abandoned, and billing uses the norm."""
_ORDER = ("pay", "readings", "verification", "request")


def owed(flat: AccountOverview) -> Owed:
    """Return what is left to pay of a flat's receipts, until when, what of it is overdue, what is paid."""
    to_pay, overdue, not_payable, unaccounted = 0, 0, 0, 0
    days = []
    for receipt in flat.receipts:
        lines = payable_lines(receipt, flat.supplier, pending_payments(flat.account, receipt))
        left, left_not_payable = remaining(lines), not_payable_amount(lines)
        not_payable += left_not_payable
        unaccounted += sum(line.paid for line in lines)
        if not left + left_not_payable:
            continue
        day = due_date(receipt.period, flat.supplier)
        # What was paid since pays the older debt first: of the rest, at most this month's charge is not late.
        left_overdue = left if day < flat.today else max(left - max(total_charged([receipt]), 0), 0)
        to_pay, overdue = to_pay + left, overdue + left_overdue
        days.append(day)
    return Owed(to_pay, min(days, default=None), overdue, not_payable, unaccounted)


def owing_receipts(flat: AccountOverview) -> list[str]:
    """Return the receipts of a flat that leave something to pay."""
    return [one.receipt_id for one in flat.receipts if owed(replace(flat, receipts=[one])).to_pay]


def month_charged(flat: AccountOverview) -> MonthCharged | None:
    """Return what a flat's last month was charged beside the month before; None before any receipt."""
    known = charges_by_month(flat.account)
    if not known:
        return None
    period = max(known)
    return MonthCharged(period, known[period], known.get(shift_period(period, -1)))


def tasks(flats: Iterable[AccountOverview]) -> list[Task]:
    """Return what is to be done for all flats: what is to be paid first, each kind by its day."""
    found = [
        each
        for flat in flats
        for each in (*_payment(flat), *_readings(flat), *_verifications(flat), *_answers(flat))
    ]
    return sorted(found, key=lambda each: (_ORDER.index(each.kind), each.until or date.max))


def _payment(flat: AccountOverview) -> list[Task]:
    debt = owed(flat)
    if not debt.to_pay or debt.pay_until is None:
        return []
    text = f"Оплатите {_rubles(debt.to_pay)}"
    if debt.overdue < debt.to_pay:
        text += f" до {debt.pay_until:%d.%m.%Y}"
        text += f", из них {_rubles(debt.overdue)} просрочено" if debt.overdue else ""
    else:
        text += f": срок оплаты прошёл {debt.pay_until:%d.%m.%Y}"
    return [Task("pay", flat.account.account_id, debt.pay_until, debt.to_pay, text)]


def _rubles(amount: Kopecks) -> str:
    return f"{format_rubles(amount)} руб."


def _readings(flat: AccountOverview) -> list[Task]:
    window = window_for(flat.today, flat.supplier.reading_window)
    if is_closed(flat.account, flat.today) or not window.opens_on <= flat.today <= window.closes_on:
        return []
    missing = [meter for meter in flat.meters if is_reading_missing(meter, window, flat.today)]
    if not missing:
        return []
    services = ", ".join(dict.fromkeys(meter.service for meter in missing))
    text = f"Передайте показания до {window.closes_on:%d.%m.%Y}: {services}"
    return [Task("readings", flat.account.account_id, window.closes_on, None, text)]


def _verifications(flat: AccountOverview) -> list[Task]:
    if is_closed(flat.account, flat.today):
        return []
    return [found for meter in flat.meters if (found := _verification(flat, meter))]


def _verification(flat: AccountOverview, meter: Meter) -> Task | None:
    until, refusal = meter.verify_until, meter_rejection(meter, flat.today)
    if until is None or (refusal is not None and refusal[0] != "verification_expired"):
        return None
    if not until - VERIFICATION_REMINDER_BEFORE <= flat.today <= until + VERIFICATION_REMINDER_AFTER:
        return None
    which = f"{meter.service} № {meter.number}"
    text = (
        f"Поверка счётчика заканчивается {until:%d.%m.%Y}: {which}"
        if refusal is None
        else f"Срок поверки счётчика истёк {until:%d.%m.%Y}: {which}"
    )
    return Task("verification", flat.account.account_id, until, None, text)


def _answers(flat: AccountOverview) -> list[Task]:
    return [
        Task("request", flat.account.account_id, None, None, f"Есть ответ на заявку № {number}")
        for number in flat.answered
    ]
