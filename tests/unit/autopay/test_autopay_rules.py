"""Rules of autopay: days of the month, planning, what is charged and what is not, retries, months on end."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cabinet.autopay import autopay_rules
from cabinet.autopay.autopay_rules import Facts
from cabinet.autopay.model import AutopayRule, DueReceipt, PlannedCharge
from cabinet.payments.given_consent import GivenConsent

NOW = datetime(2026, 9, 21, 6, 0, tzinfo=UTC)
ZONE = "Asia/Yekaterinburg"
RECEIPT = DueReceipt(receipt_id="2026-08-main", kind="main", digest="d1")
DUE = Facts(NOW, ZONE, is_bound=True, is_account_payable=True, has_card=True, due=[RECEIPT], total=5_000_00)


def rule(**changes: Any) -> AutopayRule:
    fields: dict[str, Any] = {
        "user_id": "u1",
        "account_id": "uk:1",
        "enabled": True,
        "saved_card_id": "c1",
        "limit": 10_000_00,
        "when": "receipt",
        "consent": GivenConsent(version="1", text_sha256="x", agreed_at=NOW, client_ip=""),
        "revision": "r",
        "checked_on": date(2026, 9, 20),
    }
    return AutopayRule.model_validate(fields | changes)


def planned(**changes: Any) -> PlannedCharge:
    fields: dict[str, Any] = {"on": date(2026, 9, 21), "amount": 5_000_00, "receipts": {"2026-08-main": "d1"}}
    return PlannedCharge.model_validate(fields | changes)


def tried(status: str | None, **changes: Any) -> tuple[AutopayRule, Facts]:
    fields: dict[str, Any] = {"order_id": "P1", "tried_on": date(2026, 9, 20), "tries": 1}
    return rule(planned=planned(**(fields | changes))), replace(DUE, order_status=status)  # type: ignore[arg-type]


def step(given_rule: AutopayRule, facts: Facts = DUE) -> str:
    return autopay_rules.decide(given_rule, facts).step


@pytest.mark.parametrize(
    ("given", "facts", "is_left"),
    [
        (rule(), DUE, True),
        (rule(planned=planned()), DUE, True),
        (*tried("declined"), True),
        (*tried("created"), False),
        (*tried("paid"), False),
        (rule(), replace(DUE, due=[]), False),
        (rule(last_handled={"main": "2026-08-main"}), DUE, False),
    ],
)
def test_what_is_due_after_a_restore_is_left_to_its_owner_once(
    given: AutopayRule, facts: Facts, is_left: bool
) -> None:
    decision = autopay_rules.skip_after_restore(given, facts)
    assert (decision is not None) == is_left
    if decision is not None:
        assert (decision.step, decision.rule.planned) == ("give_up", None)
        assert autopay_rules.skip_after_restore(decision.rule, facts) is None
        assert step(decision.rule, facts) == "wait"


@pytest.mark.parametrize(
    ("day", "year", "month", "on"),
    [
        (31, 2026, 2, date(2026, 2, 28)),
        (31, 2028, 2, date(2028, 2, 29)),
        (30, 2026, 2, date(2026, 2, 28)),
        (31, 2026, 4, date(2026, 4, 30)),
        (31, 2026, 1, date(2026, 1, 31)),
        (1, 2026, 3, date(2026, 3, 1)),
    ],
)
def test_day_31_is_the_last_day_of_every_month(day: int, year: int, month: int, on: date) -> None:
    assert autopay_rules.charge_day(day, year, month) == on


@pytest.mark.parametrize(
    ("day", "after", "on"),
    [
        (15, date(2026, 9, 14), date(2026, 9, 15)),
        (15, date(2026, 9, 15), date(2026, 10, 15)),
        (31, date(2026, 12, 31), date(2027, 1, 31)),
        (31, date(2027, 1, 31), date(2027, 2, 28)),
    ],
)
def test_the_next_charge_day_is_after_today(day: int, after: date, on: date) -> None:
    assert autopay_rules.next_charge_day(rule(when="day", day=day), after) == on


def test_by_receipt_no_day_is_known_ahead() -> None:
    assert autopay_rules.next_charge_day(rule(), date(2026, 9, 1)) is None


def test_a_new_receipt_is_planned_for_tomorrow_with_its_sum() -> None:
    decision = autopay_rules.decide(rule(), DUE)
    assert decision.step == "plan"
    made = decision.rule.planned
    assert made is not None
    assert (made.on, made.amount, made.receipts) == (date(2026, 9, 22), 5_000_00, {"2026-08-main": "d1"})
    assert decision.rule.due_at == datetime(2026, 9, 22, 5, decision.rule.due_at.minute, tzinfo=UTC)  # type: ignore[union-attr]


def test_a_rule_charges_the_announced_sum_on_its_day() -> None:
    assert step(rule(planned=planned(on=date(2026, 9, 22)))) == "wait"
    assert step(rule(planned=planned())) == "charge"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"is_bound": False}, "remove"),
        ({"is_account_payable": False}, "suspend"),
        ({"has_card": False}, "suspend"),
        ({"due": []}, "done"),
        ({"total": 4_000_00}, "plan"),
        ({"due": [RECEIPT.model_copy(update={"digest": "d2"})]}, "plan"),
        ({"due": [RECEIPT.model_copy(update={"not_charged_before": NOW + timedelta(minutes=5)})]}, "wait"),
        ({"is_being_paid": True}, "wait"),
        ({"now": NOW + timedelta(days=4)}, "plan"),
    ],
)
def test_on_its_day_whatever_has_changed_is_not_charged(facts: dict[str, Any], expected: str) -> None:
    assert step(rule(planned=planned()), replace(DUE, **facts)) == expected


def test_a_lower_limit_set_since_holds() -> None:
    decision = autopay_rules.decide(rule(planned=planned(), limit=4_999_99), DUE)
    assert decision.step == "give_up"
    assert decision.rule.last is not None
    assert decision.rule.last.outcome == "over_limit"


@pytest.mark.parametrize("changes", [{"enabled": False}, {"suspended": True}])
def test_a_rule_that_is_off_or_rests_waits_for_its_owner(changes: dict[str, Any]) -> None:
    decision = autopay_rules.decide(rule(planned=planned(), **changes), DUE)
    assert (decision.step, decision.rule.due_at) == ("wait", None)


@pytest.mark.parametrize("facts", [{"due": []}, {"is_being_paid": True}])
def test_where_nothing_can_be_planned_it_looks_again_tomorrow(facts: dict[str, Any]) -> None:
    decision = autopay_rules.decide(rule(), replace(DUE, **facts))
    assert decision.step == "wait"
    assert decision.rule.due_at is not None
    assert decision.rule.due_at.date() == date(2026, 9, 22)


def test_in_an_imports_quiet_time_it_looks_again_when_that_is_over() -> None:
    fresh = RECEIPT.model_copy(update={"not_charged_before": NOW + timedelta(hours=2)})
    decision = autopay_rules.decide(rule(), replace(DUE, due=[fresh]))
    assert (decision.step, decision.rule.due_at) == ("wait", NOW + timedelta(hours=2))


def test_what_is_over_the_limit_or_to_be_skipped_is_left_once() -> None:
    for changes, outcome in [({"limit": 1}, "over_limit"), ({"skips_next": True}, "skipped")]:
        decision = autopay_rules.decide(rule(**changes), DUE)
        assert decision.step == "give_up"
        assert decision.rule.last is not None
        assert (decision.rule.last.outcome, decision.rule.skips_next) == (outcome, False)
        assert step(decision.rule) == "wait"


@pytest.mark.parametrize(
    ("status", "changes", "expected"),
    [
        ("paid", {}, "done"),
        ("refunded", {}, "done"),
        ("created", {}, "wait"),
        ("registered", {}, "wait"),
        ("review", {}, "wait"),
        ("declined", {}, "charge"),
        ("expired", {}, "charge"),
        ("declined", {"tried_on": date(2026, 9, 21)}, "wait"),
        ("declined", {"tries": autopay_rules.MAX_TRIES - 1}, "charge"),
        ("declined", {"tries": autopay_rules.MAX_TRIES}, "give_up"),
    ],
)
def test_after_a_try_its_order_decides(status: str, changes: dict[str, Any], expected: str) -> None:
    assert step(*tried(status, **changes)) == expected


def test_a_final_decline_stops_the_rule_and_a_lost_card_does_after_a_soft_one() -> None:
    given_rule, facts = tried("declined")
    assert step(given_rule, replace(facts, is_final_decline=True)) == "suspend"
    assert step(given_rule, replace(facts, has_card=False)) == "suspend"
    assert step(given_rule, autopay_rules.with_order_status(facts, "declined", is_final=True)) == "suspend"


def test_an_eve_that_was_missed_counts_for_five_days() -> None:
    due = autopay_rules.is_planning_due
    assert due("day", 15, date(2026, 9, 10), date(2026, 9, 14))
    assert due("day", 15, date(2026, 9, 13), date(2026, 9, 16))
    assert not due("day", 15, date(2026, 9, 14), date(2026, 9, 16))
    assert not due("day", 15, date(2026, 9, 1), date(2026, 9, 25))
    assert due("day", 1, date(2026, 9, 29), date(2026, 9, 30))


def test_skipping_what_is_planned_settles_it() -> None:
    skipped = autopay_rules.skip_next(rule(planned=planned()), date(2026, 9, 21))
    assert (skipped.planned, skipped.last_handled) == (None, {"main": "2026-08-main"})
    assert autopay_rules.skip_next(rule(), date(2026, 9, 21)).skips_next


def test_without_a_plan_no_order_is_noted() -> None:
    assert autopay_rules.with_order(rule(), "P1", date(2026, 9, 21), "r2").planned is None


@settings(max_examples=150, deadline=None)
@given(
    start=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    when=st.sampled_from(["receipt", "day"]),
    day=st.integers(1, 31),
    issued=st.integers(1, 28),
    outcomes=st.lists(st.sampled_from(["paid", "declined", "registered"]), min_size=1, max_size=12),
    skips=st.sets(st.integers(0, 200), max_size=4),
    missed=st.sets(st.integers(0, 200), max_size=20),
    limits=st.lists(st.sampled_from([10_000_00, 1]), min_size=1, max_size=6),
)
def test_over_months_each_receipt_is_charged_at_most_once_and_only_as_told(
    start: date, when: str, day: int, issued: int, outcomes: list[str], skips: set[int], missed: set[int],
    limits: list[int],
) -> None:  # fmt: skip
    """A clock of seven months: receipts come, rules change, runs are missed, banks decline."""
    now_rule = rule(when=when, day=day if when == "day" else None, checked_on=start - timedelta(days=1))
    paid: list[str] = []
    told: dict[str, date] = {}
    status: Any = None
    answers = cycle(outcomes)
    latest = ""
    for number in range(210):
        today = start + timedelta(days=number)
        now = datetime(today.year, today.month, today.day, 6, tzinfo=UTC)
        if today.day == issued:
            latest = f"{today:%Y-%m}-main"
        if number % 40 == 39:
            now_rule = now_rule.model_copy(update={"limit": limits[number // 40 % len(limits)]})
        if number in skips:
            now_rule = (
                autopay_rules.skip_next(now_rule, today)
                if now_rule.planned is None or now_rule.planned.order_id is None
                else now_rule
            )
        if number in missed:
            continue
        is_due = latest and latest not in paid
        due = [DueReceipt(receipt_id=latest, kind="main", digest=latest)] if is_due else []
        facts = Facts(
            now, ZONE, is_bound=True, is_account_payable=True, has_card=True, due=due,
            total=5_000_00 if due else 0, order_status=status,
        )  # fmt: skip
        for _ in range(3):
            decision = autopay_rules.decide(now_rule, facts)
            before, now_rule = now_rule, decision.rule
            if decision.step == "plan":
                assert now_rule.planned is not None
                assert now_rule.planned.amount <= now_rule.limit
                for receipt in now_rule.planned.receipts:
                    told[receipt] = today
            if decision.step != "charge":
                break
            assert before.planned is not None
            (receipt,) = before.planned.receipts
            assert before.planned.amount <= before.limit
            assert receipt not in paid, "once"
            assert told[receipt] < today, "told a day before"
            now_rule = autopay_rules.with_order(now_rule, f"P{number}", today, "r")
            assert now_rule.planned is not None
            assert now_rule.planned.tries <= autopay_rules.MAX_TRIES
            status = next(answers)
            if status == "paid":
                paid.append(receipt)
            facts = replace(facts, order_status=status, due=[] if status == "paid" else due)
        if now_rule.planned is None:
            status = None
        elif status == "registered":
            status = next(answers)
            if status == "paid":
                paid += list(now_rule.planned.receipts)
    assert len(paid) == len(set(paid))


def test_a_charge_is_identified_by_day_and_receipts_for_a_skip() -> None:
    made = planned(receipts={"2026-08-main": "d1", "2026-08-heat": "d2"})
    name = autopay_rules.plan_name(made)
    assert name == "2026-09-21:2026-08-heat,2026-08-main"
    assert autopay_rules.is_planned(rule(planned=made), name)
    assert not autopay_rules.is_planned(rule(planned=planned()), name)
    assert not autopay_rules.is_planned(rule(), name)
    done = autopay_rules.skip_next(rule(planned=made), date(2026, 9, 21))
    assert autopay_rules.was_skipped(done, name)
    assert not autopay_rules.was_skipped(
        done, autopay_rules.plan_name(planned(receipts={"2026-07-main": "d"}))
    )
    assert not autopay_rules.was_skipped(rule(planned=made), name)
    assert not autopay_rules.was_skipped(rule(last_handled=done.last_handled), name)


@pytest.mark.parametrize(
    ("status", "is_charged", "is_sent"),
    [
        ("paid", True, True), ("refunded", True, True), ("review", True, True), ("created", False, False),
        ("registered", False, False), ("registered", True, True), ("created", True, True),
        ("declined", True, False), ("expired", True, False),
    ],
)  # fmt: skip
def test_what_was_sent_cannot_be_skipped(status: Any, is_charged: bool, is_sent: bool) -> None:
    assert autopay_rules.may_have_been_sent(status, is_charged=is_charged) is is_sent
