"""What an autopay rule does on a day: wait, plan, charge, give up. Pure; the day is the supplier's own."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from cabinet.autopay.model import AutopayRule, DueReceipt, LastOutcome, Outcome, PlannedCharge, When
from cabinet.core.money import Kopecks, format_rubles
from cabinet.payments.orders.state_machine import Status

MAX_TRIES = 6
"""The first one, and five on the following days."""
CHARGE_HOUR = 10
"""Charges are announced and made from this hour of the day on, by the supplier's clock."""
_STALE_AFTER = timedelta(days=3)
"""A charge that is late by more than this is announced again first."""
_RECHECK = timedelta(minutes=30)
_MISSED_DAYS = 5
"""A missed planning day is made up for within this many days."""

type Step = Literal["wait", "plan", "charge", "give_up", "suspend", "done", "remove"]
"""`give_up`: the receipt is left to its owner, after declines, over the limit or skipped by the owner."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a decision depends on, as of now."""

    now: datetime
    time_zone: str
    is_bound: bool
    """The user has a cabinet and the account in it, and it is the same holder's."""
    is_account_payable: bool
    """The account is not closed, and can be paid by a saved card."""
    has_card: bool
    """The card is active, not expired, and of the contract."""
    due: Sequence[DueReceipt] = ()
    """Receipts with a debt that were never charged by autopay."""
    total: Kopecks = 0
    """The sum of `due`, with the commission."""
    is_being_paid: bool = False
    """Somebody is paying one of them at this moment."""
    order_status: Status | None = None
    """The order's status of the planned charge's last try."""
    is_final_decline: bool = False

    @property
    def today(self) -> date:
        """Return the day by the supplier's clock."""
        return self.now.astimezone(ZoneInfo(self.time_zone)).date()


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and the rule as it is after that; the owner is notified of `give_up` and `suspend`."""

    step: Step
    rule: AutopayRule


def decide(rule: AutopayRule, facts: Facts) -> Decision:
    """Return what the rule does now. The same facts give the same decision, so it is idempotent."""
    if not facts.is_bound:
        return Decision("remove", rule)
    if not rule.enabled or rule.suspended:
        return Decision("wait", _due_at(rule, None))
    planned = rule.planned
    if planned is not None and planned.order_id is not None:
        return _decide_after_try(rule, planned, facts)
    if not facts.is_account_payable:
        return _suspend(rule, facts, "account_unavailable", "Лицевой счёт закрыт или его нельзя оплатить.")
    if not facts.has_card:
        return _suspend(rule, facts, "card_unavailable", "Сохранённая карта удалена или её срок истёк.")
    if planned is None:
        return _decide_without_plan(rule, facts)
    return _decide_with_plan(rule, planned, facts)


def charge_day(day: int, year: int, month: int) -> date:
    """Return the day of a month on which a rule charges: 31 is the last one, and so is 30 in February."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def next_charge_day(rule: AutopayRule, after: date) -> date | None:
    """Return the first day after `after` on which a rule by day charges, None where receipts decide."""
    if rule.when != "day" or rule.day is None:
        return None
    this = charge_day(rule.day, after.year, after.month)
    if this > after:
        return this
    year, month = (after.year + 1, 1) if after.month == 12 else (after.year, after.month + 1)
    return charge_day(rule.day, year, month)


def is_planning_due(when: When, day: int | None, checked_on: date, today: date) -> bool:
    """Tell whether a charge is to be planned: by receipt always, by day on the day before.

    A day before that was missed since `checked_on` counts, unless it is too long ago.
    """
    if when == "receipt" or day is None:
        return True
    first = max(checked_on, today - timedelta(days=_MISSED_DAYS)) + timedelta(days=1)
    days = (first + timedelta(days=n) for n in range((today - first).days + 1))
    return any(
        charge_day(day, eve_after.year, eve_after.month) == eve_after
        for eve in days
        for eve_after in [eve + timedelta(days=1)]
    )


def next_morning(now: datetime, time_zone: str, minute: int = 0) -> datetime:
    """Return the next time at which a rule is processed, by the supplier's clock."""
    zone = ZoneInfo(time_zone)
    local = now.astimezone(zone)
    morning = datetime.combine(local.date(), time(CHARGE_HOUR, minute), zone)
    return morning if morning > local else morning + timedelta(days=1)


def unhandled_receipts(due: Sequence[DueReceipt], last_handled: Mapping[str, str]) -> list[DueReceipt]:
    """Return the receipts that the rule has not dealt with: a later one of the kind is another."""
    return [one for one in due if one.receipt_id > last_handled.get(one.kind, "")]


def with_order(rule: AutopayRule, order_id: str, today: date, revision: str) -> AutopayRule:
    """Return the rule whose planned charge is tried by an order from now on."""
    if rule.planned is None:
        return rule
    tried = {"order_id": order_id, "tried_on": today, "tries": rule.planned.tries + 1}
    return rule.model_copy(update={"planned": rule.planned.model_copy(update=tried), "revision": revision})


def plan_name(planned: PlannedCharge) -> str:
    """Return what names a planned charge in the link of its mail: its day and its receipts."""
    return f"{planned.on.isoformat()}:{','.join(sorted(planned.receipts))}"


def is_planned(rule: AutopayRule, plan: str) -> bool:
    """Tell whether the charge that a mail named is the one planned now; announced anew, it is another."""
    return rule.planned is not None and plan_name(rule.planned) == plan


def was_skipped(rule: AutopayRule, plan: str) -> bool:
    """Tell whether the last that the rule did was to leave out the charge that a mail named."""
    receipts = plan.partition(":")[2].split(",")
    are_handled = all(rule.last_handled.get(one[8:], "") == one for one in receipts)
    return rule.planned is None and rule.last is not None and rule.last.outcome == "skipped" and are_handled


def may_have_been_sent(status: Status, *, is_charged: bool) -> bool:
    """Tell whether the order of a planned charge was sent, or may have been, and has not failed."""
    return status in ("paid", "refunded", "review") or (status in ("created", "registered") and is_charged)


def skip_next(rule: AutopayRule, today: date) -> AutopayRule:
    """Return the rule that leaves its next charge out, once: the planned one, else the one to come."""
    if rule.planned is None:
        return rule.model_copy(update={"skips_next": True})
    return _mark_handled(rule, rule.planned.receipts, "skipped", "Вы пропустили это списание.", today)


def skip_after_restore(rule: AutopayRule, facts: Facts) -> Decision | None:
    """Return the rule that leaves what is due to its owner, None where nothing is.

    After a restore it is unknown which receipts autopay has charged. Receipts with a pending or paid order
    are left out.
    """
    due = unhandled_receipts(facts.due, rule.last_handled)
    has_order = rule.planned is not None and rule.planned.order_id is not None
    if not due or (
        has_order and facts.order_status in ("created", "registered", "review", "paid", "refunded")
    ):
        return None
    text = (
        "Мы вернули данные из резервной копии и не знаем, списаны ли деньги по этой квитанции. "
        "Проверьте выписку своего банка и, если списания не было, оплатите квитанцию сами."
    )
    receipts = {one.receipt_id: one.digest for one in due}
    given_up = _mark_handled(rule, receipts, "given_up", text, facts.today)
    return Decision("give_up", _due_next_morning(given_up, facts))


def _decide_after_try(rule: AutopayRule, planned: PlannedCharge, facts: Facts) -> Decision:
    """Return what follows from the state of the last try."""
    status, today = facts.order_status, facts.today
    if status in ("paid", "refunded"):
        text = f"Списано {format_rubles(planned.amount)} руб."
        done = _mark_handled(rule, planned.receipts, "charged", text, today, planned.order_id)
        return Decision("done", _due_next_morning(done, facts))
    if status in ("created", "registered", "review"):
        last = _last_outcome(today, "pending", "Банк ещё не сообщил, прошёл ли платёж.", planned.order_id)
        return Decision("wait", _due_at(rule.model_copy(update={"last": last}), facts.now + _RECHECK))
    if facts.is_final_decline:
        text = "Банк больше не принимает эту карту. Выберите другую."
        stopped = _mark_handled(rule, planned.receipts, "declined", text, today, planned.order_id)
        return Decision("suspend", _due_at(stopped.model_copy(update={"suspended": True}), None))
    if not facts.is_account_payable or not facts.has_card:
        return _decide_without_order(rule, planned, facts)
    if planned.tries >= MAX_TRIES:
        text = f"Банк отклонил платёж {MAX_TRIES} раз. Оплатите эту квитанцию сами."
        given_up = _mark_handled(rule, planned.receipts, "given_up", text, today, planned.order_id)
        return Decision("give_up", _due_next_morning(given_up, facts))
    if planned.tried_on is not None and today <= planned.tried_on:
        text = "Банк отклонил платёж. Попробуем ещё раз завтра."
        last = _last_outcome(today, "declined", text, planned.order_id)
        return Decision("wait", _due_next_morning(rule.model_copy(update={"last": last}), facts))
    return _decide_with_plan(rule, planned, facts)


def _decide_without_order(rule: AutopayRule, planned: PlannedCharge, facts: Facts) -> Decision:
    rest = rule.model_copy(update={"planned": planned.model_copy(update={"order_id": None})})
    return decide(rest, facts)


def _decide_without_plan(rule: AutopayRule, facts: Facts) -> Decision:
    due = unhandled_receipts(facts.due, rule.last_handled)
    today = facts.today
    if not due:
        return Decision("wait", _due_next_morning(_mark_checked(rule, today), facts))
    if not is_planning_due(rule.when, rule.day, rule.checked_on, today):
        return Decision("wait", _due_next_morning(_mark_checked(rule, today), facts))
    not_charged_before = [one.not_charged_before for one in due if one.not_charged_before is not None]
    if not_charged_before:
        # Its sum may still be a mistake of an import.
        return Decision("wait", _due_at(rule, max([*not_charged_before, facts.now + _RECHECK])))
    if facts.is_being_paid:
        return Decision("wait", _due_next_morning(rule, facts))
    receipts = {one.receipt_id: one.digest for one in due}
    if rule.skips_next:
        skipped_once = _mark_handled(rule, receipts, "skipped", "Вы пропустили это списание.", today)
        skipped_once = skipped_once.model_copy(update={"skips_next": False})
        return Decision("give_up", _due_next_morning(skipped_once, facts))
    if facts.total > rule.limit:
        return _give_up_over_limit(rule, receipts, facts)
    planned = PlannedCharge(on=today + timedelta(days=1), amount=facts.total, receipts=receipts)
    changed = _mark_checked(rule, today).model_copy(update={"planned": planned})
    return Decision("plan", _due_next_morning(changed, facts))


def _decide_with_plan(rule: AutopayRule, planned: PlannedCharge, facts: Facts) -> Decision:
    """Return whether what was announced is charged: only exactly that, and not before its day."""
    if facts.today < planned.on:
        return Decision("wait", _due_next_morning(rule, facts))
    due = unhandled_receipts(facts.due, rule.last_handled)
    if not due:
        text = "Квитанция уже оплачена, списывать нечего."
        done = _mark_handled(rule, planned.receipts, "paid_already", text, facts.today)
        return Decision("done", _due_next_morning(done, facts))
    receipts = {one.receipt_id: one.digest for one in due}
    is_same = receipts == planned.receipts and facts.total == planned.amount
    is_too_fresh = any(one.not_charged_before is not None for one in due)
    is_late = planned.tries == 0 and facts.today > planned.on + _STALE_AFTER
    if not is_same or is_too_fresh or is_late:
        # Announced anew, with the sum of now, and charged a day later.
        anew = rule.model_copy(
            update={"planned": None, "checked_on": min(rule.checked_on, facts.today - timedelta(days=1))}
        )
        return _replan(anew, facts)
    if facts.is_being_paid:
        return Decision("wait", _due_at(rule, facts.now + _RECHECK))
    if facts.total > rule.limit:
        return _give_up_over_limit(rule, planned.receipts, facts)
    return Decision("charge", _due_at(rule, facts.now + _RECHECK))


def _replan(rule: AutopayRule, facts: Facts) -> Decision:
    """Plan anew at once, whatever the day: the rule's day has come already."""
    decision = _decide_without_plan(rule.model_copy(update={"when": "receipt"}), facts)
    changed = decision.rule.model_copy(update={"when": rule.when})
    if decision.step == "wait":
        # Too fresh, or being paid: checked again as if its day were still to come.
        changed = changed.model_copy(update={"checked_on": rule.checked_on - timedelta(days=1)})
    return Decision(decision.step, changed)


def _give_up_over_limit(rule: AutopayRule, receipts: Mapping[str, str], facts: Facts) -> Decision:
    text = (
        f"К оплате {format_rubles(facts.total)} руб., это больше Вашего ограничения "
        f"{format_rubles(rule.limit)} руб. Оплатите квитанцию сами."
    )
    given_up = _mark_handled(rule, receipts, "over_limit", text, facts.today)
    return Decision("give_up", _due_next_morning(given_up, facts))


def _suspend(rule: AutopayRule, facts: Facts, outcome: Outcome, text: str) -> Decision:
    rested = rule.model_copy(
        update={
            "suspended": True,
            "planned": None,
            "last": _last_outcome(facts.today, outcome, f"{text} Автоплатёж остановлен."),
        }
    )
    return Decision("suspend", _due_at(rested, None))


def _mark_handled(
    rule: AutopayRule, receipts: Mapping[str, str], outcome: Outcome, text: str, today: date,
    order_id: str | None = None,
) -> AutopayRule:  # fmt: skip
    """Return the rule that is done with receipts: none of them is planned again."""
    done = {receipt_id[8:]: receipt_id for receipt_id in receipts}
    latest = {
        kind: max(done.get(kind, ""), rule.last_handled.get(kind, "")) for kind in done | rule.last_handled
    }
    return rule.model_copy(
        update={
            "planned": None,
            "last_handled": latest,
            "checked_on": max(today, rule.checked_on),
            "last": _last_outcome(today, outcome, text, order_id),
        }
    )


def _last_outcome(today: date, outcome: Outcome, text: str, order_id: str | None = None) -> LastOutcome:
    return LastOutcome(on=today, order_id=order_id, outcome=outcome, text=text)


def _mark_checked(rule: AutopayRule, today: date) -> AutopayRule:
    return rule.model_copy(update={"checked_on": max(today, rule.checked_on)})


def _due_next_morning(rule: AutopayRule, facts: Facts) -> AutopayRule:
    minute = sum(rule.account_id.encode()) % 60
    return _due_at(rule, next_morning(facts.now, facts.time_zone, minute))


def _due_at(rule: AutopayRule, at: datetime | None) -> AutopayRule:
    return rule.model_copy(update={"due_at": at})


def with_order_status(facts: Facts, status: Status, *, is_final: bool) -> Facts:
    """Return the facts with this state of the last try's order."""
    return replace(facts, order_status=status, is_final_decline=is_final)
