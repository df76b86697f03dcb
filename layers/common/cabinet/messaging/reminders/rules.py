"""When a reminder is due. Pure: the day is passed in, in the supplier's time zone.

Window opens · window closes in two days and nothing is handed in · new receipt · debt over the supplier's
threshold · a meter's verification ends in 60, 30, 7 days. Each at most once a period.
"""

from datetime import date
from typing import Any

from cabinet.accounts.model import Account
from cabinet.billing.model import Receipt
from cabinet.billing.paying import not_counted
from cabinet.messaging.reminders.model import Due, Plan, Told, Visited
from cabinet.messaging.rules import refused_paper, wants
from cabinet.metering.model import Meter
from cabinet.metering.rules import meter_refusal
from cabinet.metering.window import Window, window_on
from cabinet.periods import Period, period_of, shift_period

CLOSES_WITHIN_DAYS = 2
VERIFICATION_DAYS = (7, 30, 60)


def wants_anything(binding: dict[str, Any]) -> bool:
    """Tell whether a visit to this binding can lead to a letter at all."""
    return wants(binding, "reminders") or wants(binding, "receipts") or refused_paper(binding)


def wanted_receipts(
    account: Account, binding: dict[str, Any], told: Told, today: date
) -> list[tuple[Period, str]]:
    """Return (period, kind) of the receipts that a visit must look at."""
    wanted = [(period, kind) for kind, period in new_receipts(account, binding, told, today).items()]
    if wants(binding, "reminders") and account.last_period and told.debt != account.last_period:
        wanted += [(p, kind) for kind, p in account.latest.items() if p == account.last_period]
    return list(dict.fromkeys(wanted))


def new_receipts(account: Account, binding: dict[str, Any], told: Told, today: date) -> dict[str, Period]:
    """Return the latest receipts by kind that are news: issued after the binding and not told of."""
    if not (wants(binding, "receipts") or refused_paper(binding)):
        return {}
    known: dict[str, Period] | None = binding.get("known_receipts")
    if known is None:
        # A binding older than this rule: what is past the last two months is not news to anybody.
        known = {kind: shift_period(period_of(today), -2) for kind in account.latest}
    return {
        kind: period
        for kind, period in account.latest.items()
        if period > max(known.get(kind, ""), told.receipts.get(kind, ""))
    }


def plan(visited: Visited, today: date) -> Plan:
    """Return what is due for one binding today."""
    told = visited.told
    due: list[Due] = []
    if wants(visited.binding, "reminders"):
        window = window_on(today, visited.supplier.reading_window)
        for rule in (_window_rule(window, today), _verification_rule(today), _debt_rule):
            found, told = rule(visited, told)
            due += found
    found, told = _receipts(visited, told, today)
    return Plan((*due, *found), told)


def _window_rule(window: Window, today: date) -> Any:  # noqa: ANN401 - a rule as `plan` calls them
    def rule(visited: Visited, told: Told) -> tuple[list[Due], Told]:
        if not window.opens_on <= today <= window.closes_on:
            return [], told
        if not any(_lacks_reading(meter, window, today) for meter in visited.meters):
            return [], told
        params = _about(visited.account) | {"closes_on": window.closes_on.isoformat()}
        if (window.closes_on - today).days <= CLOSES_WITHIN_DAYS:
            if told.closes == window.period:
                return [], told
            due = Due("reminder_window_closes", "reminders", params, f"closes-{window.period}")
            return [due], told.model_copy(update={"closes": window.period, "opens": window.period})
        if told.opens == window.period:
            return [], told
        due = Due("reminder_window_opens", "reminders", params, f"opens-{window.period}")
        return [due], told.model_copy(update={"opens": window.period})

    return rule


def _lacks_reading(meter: Meter, window: Window, today: date) -> bool:
    """Tell whether a meter that takes readings has none for the window's month in some zone."""
    if meter_refusal(meter, today) is not None:
        return False
    return any(
        (last := meter.last.get(zone)) is None
        or (last.period != window.period and last.taken_on < window.opens_on)
        for zone in meter.zone_names
    )


def _verification_rule(today: date) -> Any:  # noqa: ANN401 - a rule as `plan` calls them
    def rule(visited: Visited, told: Told) -> tuple[list[Due], Told]:
        terms = {
            meter.meter_id: term
            for meter in visited.meters
            if (term := _verification_term(meter, today)) and told.verification.get(meter.meter_id) != term
        }
        if not terms:
            return [], told
        meters = [
            {
                "service": meter.service,
                "number": meter.number,
                "place": meter.place,
                "verify_until": f"{meter.verify_until}",
            }
            for meter in visited.meters
            if meter.meter_id in terms
        ]
        occasion = "verification-" + "-".join(f"{meter}={term}" for meter, term in sorted(terms.items()))
        due = Due(
            "reminder_verification", "reminders", _about(visited.account) | {"meters": meters}, occasion
        )
        return [due], told.model_copy(update={"verification": told.verification | terms})

    return rule


def _verification_term(meter: Meter, today: date) -> str | None:
    if meter.verify_until is None or meter_refusal(meter, today) is not None:
        return None
    left = (meter.verify_until - today).days
    reached = next((days for days in VERIFICATION_DAYS if left <= days), None)
    return None if reached is None else f"{meter.verify_until}/{reached}"


def _debt_rule(visited: Visited, told: Told) -> tuple[list[Due], Told]:
    """Overdue is what was owed before this month's charge, less what was paid since."""
    period = visited.account.last_period
    receipts = [receipt for receipt in visited.receipts if receipt.period == period]
    if period is None or told.debt == period or not receipts:
        return [], told
    looked_at = told.model_copy(update={"debt": period})
    payments = {
        name: payment
        for receipt in receipts
        for name, payment in not_counted(visited.account, receipt).items()
    }
    on_the_way = sum(int(payment["amount"]) for payment in payments.values())
    overdue = sum(_overdue(receipt) for receipt in receipts) - on_the_way
    if overdue < visited.supplier.debt_reminder_threshold:
        return [], looked_at
    params = _about(visited.account) | {"amount": overdue}
    return [Due("reminder_debt", "reminders", params, f"debt-{period}")], looked_at


def _overdue(receipt: Receipt) -> int:
    return receipt.main.debt + receipt.main.paid + receipt.penalty.debt + receipt.penalty.paid


def _receipts(visited: Visited, told: Told, today: date) -> tuple[list[Due], Told]:
    """A new receipt goes as PDF to who has refused paper, as a reminder to who wants one."""
    binding = dict(visited.binding)
    news = new_receipts(visited.account, binding, told, today)
    as_pdf = refused_paper(binding) and visited.supplier.offers("paperless")
    if not as_pdf and not wants(binding, "receipts"):
        return [], told
    due = []
    for receipt in visited.receipts:
        if news.get(receipt.kind) != receipt.period:
            continue
        params = _about(visited.account) | {
            "account_id": visited.account.account_id,
            "document_id": receipt.receipt_id,
            "title": receipt.title,
            "amount": receipt.main.total + receipt.penalty.total,
        }
        template, mailing = ("receipt", None) if as_pdf else ("reminder_receipt", "receipts")
        due.append(Due(template, mailing, params, f"receipt-{receipt.receipt_id}"))  # type: ignore[arg-type]
    told_of = {receipt.kind: receipt.period for receipt in visited.receipts if receipt.kind in news}
    return due, told.model_copy(update={"receipts": told.receipts | told_of})


def _about(account: Account) -> dict[str, Any]:
    return {"number": account.number, "address": account.address.line}
