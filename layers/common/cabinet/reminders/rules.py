"""When a reminder is due. Pure: the day is passed in, in the supplier's time zone.

Window opens · window closes in two days and nothing is handed in · new receipt · debt over the supplier's
threshold · a meter's verification ends in 60, 30, 7 days. Each at most once a period.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from cabinet.accounts.model import Account, Mailing
from cabinet.accounts.notification_kind_rules import NotificationKind, notification_kind
from cabinet.accounts.rules import is_paperless, is_subscribed
from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.amounts_due import pending_payments
from cabinet.billing.model import Receipt
from cabinet.billing.rules import held_until
from cabinet.core.periods import Period, period_from_date, shift_period
from cabinet.metering.model import Meter
from cabinet.metering.rules import is_reading_missing, meter_rejection
from cabinet.metering.submission_window import Window, window_for
from cabinet.reminders.model import DueReminder, Plan, ReminderContext, ReminderState

CLOSES_WITHIN_DAYS = 2
VERIFICATION_DAYS = (7, 30, 60)


def may_receive_mail(binding: dict[str, Any]) -> bool:
    """Tell whether this binding can lead to an email at all."""
    return is_subscribed(binding, "reminders") or is_subscribed(binding, "receipts") or is_paperless(binding)


def is_wanted(binding: Mapping[str, Any], pushed: Collection[NotificationKind], kind: Mailing) -> bool:
    """Tell whether a kind goes to the person by any channel: by mail about this account, or to browsers."""
    return kind in pushed or is_subscribed(binding, kind)


def wanted_receipts(
    account: Account, binding: dict[str, Any], reminder_state: ReminderState, today: date,
    pushed: Collection[NotificationKind] = (),
) -> list[tuple[Period, str]]:  # fmt: skip
    """Return (period, kind) of the receipts that the run must read."""
    news = new_receipts(account, binding, reminder_state, today, pushed)
    wanted = [(period, kind) for kind, period in news.items()]
    if (
        is_wanted(binding, pushed, "reminders")
        and account.last_period
        and reminder_state.debt != account.last_period
    ):
        wanted += [(p, kind) for kind, p in account.latest_periods.items() if p == account.last_period]
    return list(dict.fromkeys(wanted))


def new_receipts(
    account: Account, binding: dict[str, Any], reminder_state: ReminderState, today: date,
    pushed: Collection[NotificationKind] = (),
) -> dict[str, Period]:  # fmt: skip
    """Return the latest receipts by kind that are news: issued after the binding and not yet mailed about.

    A former holder's receipt is not shown to later holders (`Account.shown_from`).
    """
    if not (is_wanted(binding, pushed, "receipts") or is_paperless(binding)):
        return {}
    known: dict[str, Period] | None = binding.get("known_receipts")
    if known is None:
        # A binding older than this rule: what is past the last two months is not news to anybody.
        known = {kind: shift_period(period_from_date(today), -2) for kind in account.latest_periods}
    return {
        kind: period
        for kind, period in account.latest_periods.items()
        if period > max(known.get(kind, ""), reminder_state.receipts.get(kind, "")) and account.shows(period)
    }


def plan(context: ReminderContext, today: date) -> Plan:
    """Return what is due for one binding today."""
    reminder_state = context.reminder_state
    due: list[DueReminder] = []
    if is_wanted(context.binding, context.pushed, "reminders"):
        window = window_for(today, context.supplier.reading_window)
        for rule in (_window_rule(window, today), _verification_rule(today), _debt_rule):
            found, reminder_state = rule(context, reminder_state)
            due += found
    found, reminder_state = _receipt_rule(context, reminder_state, today)
    return Plan(tuple(_with_channels(each, context) for each in (*due, *found)), reminder_state)


def _with_channels(due: DueReminder, context: ReminderContext) -> DueReminder:
    """Say by which channels a reminder goes; a receipt in place of paper is mailed in any case."""
    is_mailed = due.mailing is None or is_subscribed(context.binding, due.mailing)
    return replace(due, is_mailed=is_mailed, is_pushed=notification_kind(due.template) in context.pushed)


def _window_rule(window: Window, today: date) -> Any:  # noqa: ANN401 - a rule as `plan` calls them
    def rule(
        context: ReminderContext, reminder_state: ReminderState
    ) -> tuple[list[DueReminder], ReminderState]:
        if not window.opens_on <= today <= window.closes_on:
            return [], reminder_state
        if not any(is_reading_missing(meter, window, today) for meter in context.meters):
            return [], reminder_state
        params = _describe(context.account) | {"closes_on": window.closes_on.isoformat()}
        if (window.closes_on - today).days <= CLOSES_WITHIN_DAYS:
            if reminder_state.closes == window.period:
                return [], reminder_state
            due = DueReminder("reminder_window_closes", "reminders", params, f"closes-{window.period}")
            return [due], reminder_state.model_copy(update={"closes": window.period, "opens": window.period})
        if reminder_state.opens == window.period:
            return [], reminder_state
        due = DueReminder("reminder_window_opens", "reminders", params, f"opens-{window.period}")
        return [due], reminder_state.model_copy(update={"opens": window.period})

    return rule


def _verification_rule(today: date) -> Any:  # noqa: ANN401 - a rule as `plan` calls them
    def rule(
        context: ReminderContext, reminder_state: ReminderState
    ) -> tuple[list[DueReminder], ReminderState]:
        terms = {
            meter.meter_id: term
            for meter in context.meters
            if (term := _verification_deadline(meter, today))
            and reminder_state.verification.get(meter.meter_id) != term
        }
        if not terms:
            return [], reminder_state
        meters = [
            {
                "service": meter.service,
                "number": meter.number,
                "place": meter.place,
                "verify_until": f"{meter.verify_until}",
            }
            for meter in context.meters
            if meter.meter_id in terms
        ]
        occasion = "verification-" + "-".join(f"{meter}={term}" for meter, term in sorted(terms.items()))
        due = DueReminder(
            "reminder_verification", "reminders", _describe(context.account) | {"meters": meters}, occasion
        )
        return [due], reminder_state.model_copy(update={"verification": reminder_state.verification | terms})

    return rule


def _verification_deadline(meter: Meter, today: date) -> str | None:
    if meter.verify_until is None or meter_rejection(meter, today) is not None:
        return None
    left = (meter.verify_until - today).days
    reached = next((days for days in VERIFICATION_DAYS if left <= days), None)
    return None if reached is None else f"{meter.verify_until}/{reached}"


def _debt_rule(
    context: ReminderContext, reminder_state: ReminderState
) -> tuple[list[DueReminder], ReminderState]:
    """Overdue is what was owed before this month's charge, less what was paid since."""
    period = context.account.last_period
    receipts = [receipt for receipt in context.receipts if receipt.period == period]
    if period is None or reminder_state.debt == period or not receipts:
        return [], reminder_state
    if any(receipt.receipt_id in context.held_receipts for receipt in receipts):
        return [], reminder_state
    checked_state = reminder_state.model_copy(update={"debt": period})
    payments = {
        name: payment
        for receipt in receipts
        for name, payment in pending_payments(context.account, receipt).items()
    }
    pending = sum(int(payment["amount"]) for payment in payments.values())
    overdue = sum(_overdue(receipt) for receipt in receipts) - pending
    if overdue < context.supplier.debt_reminder_threshold:
        return [], checked_state
    params = _describe(context.account) | {"amount": overdue}
    return [DueReminder("reminder_debt", "reminders", params, f"debt-{period}")], checked_state


def _overdue(receipt: Receipt) -> int:
    return receipt.main.debt + receipt.main.paid + receipt.penalty.debt + receipt.penalty.paid


def _receipt_rule(
    context: ReminderContext, reminder_state: ReminderState, today: date
) -> tuple[list[DueReminder], ReminderState]:
    """A new receipt goes as PDF to residents without paper, as a reminder to those who want one."""
    binding = dict(context.binding)
    news = new_receipts(context.account, binding, reminder_state, today, context.pushed)
    as_pdf = is_paperless(binding) and context.supplier.offers("paperless")
    if not as_pdf and not is_wanted(binding, context.pushed, "receipts"):
        return [], reminder_state
    due = []
    mailable = [receipt for receipt in context.receipts if _may_be_mailed(receipt, context)]
    for receipt in mailable:
        if news.get(receipt.kind) != receipt.period:
            continue
        params = _describe(context.account) | {
            "account_id": context.account.account_id,
            "document_id": receipt.receipt_id,
            "title": receipt.title,
            "amount": receipt.main.total + receipt.penalty.total,
        }
        template, mailing = ("receipt", None) if as_pdf else ("reminder_receipt", "receipts")
        due.append(DueReminder(template, mailing, params, f"receipt-{receipt.receipt_id}"))  # type: ignore[arg-type]
    newly_sent = {receipt.kind: receipt.period for receipt in mailable if receipt.kind in news}
    return due, reminder_state.model_copy(update={"receipts": reminder_state.receipts | newly_sent})


def _may_be_mailed(receipt: Receipt, context: ReminderContext) -> bool:
    return receipt.receipt_id not in context.held_receipts and not receipt.is_empty


def is_held(receipt: Receipt, supplier: Supplier, now: datetime) -> bool:
    """Tell whether a receipt changed so lately that no mail may name its sum yet."""
    return held_until(receipt, supplier, now) is not None


def _describe(account: Account) -> dict[str, Any]:
    return {"number": account.number, "address": account.address.line}
