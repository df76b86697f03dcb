"""When a reminder is due: each rule on its days, and never twice in a period."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.accounts.model import Account, Address, HistoryStart
from cabinet.accounts.supplier_model import ReadingWindow, Supplier
from cabinet.billing.model import Amounts, Receipt
from cabinet.metering.model import Meter
from cabinet.reminders.model import ReminderContext, ReminderState
from cabinet.reminders.rules import plan, wanted_receipts
from tests.support.factories.bound_accounts import PAYEE

EVERYTHING = {"mailings": {"receipts": True, "reminders": True, "notices": True}, "known_receipts": {}}
SUPPLIER = Supplier(
    supplier_id="uk", name="УК", inn=PAYEE.inn, payees=[PAYEE], features=["paperless"],
    reading_window=ReadingWindow(opens_day=15, closes_day=25), debt_reminder_threshold=300_000,
)  # fmt: skip


def meter(**changes: Any) -> Meter:
    fields: dict[str, Any] = {"meter_id": "m1", "number": "757243", "service": "ХВС"}
    return Meter.model_validate(fields | changes)


def handed_in(period: str, taken_on: str) -> dict[str, Any]:
    return {
        "T1": {
            "reading_id": "r", "value": "1", "taken_on": taken_on, "source": "subscriber", "period": period,
        }
    }  # fmt: skip


def visited(
    reminder_state: ReminderState | None = None, binding: dict[str, Any] = EVERYTHING, **more: Any
) -> ReminderContext:
    receipts = more.get("receipts", ())
    account = Account(
        account_id="uk:1", supplier_id="uk", number="1", holder="Иванов", address=Address(house="1"),
        latest_periods={receipt.kind: receipt.period for receipt in receipts},
        last_period=max((receipt.period for receipt in receipts), default=None),
        unaccounted=more.pop("unaccounted", {}),
    )  # fmt: skip
    return ReminderContext(SUPPLIER, account, binding, reminder_state or ReminderState(), **more)


def templates(found: ReminderContext, today: str) -> list[str]:
    return [due.template for due in plan(found, date.fromisoformat(today)).due]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2026-11-14", []),
        ("2026-11-15", ["reminder_window_opens"]),
        ("2026-11-22", ["reminder_window_opens"]),
        ("2026-11-23", ["reminder_window_closes"]),
        ("2026-11-25", ["reminder_window_closes"]),
        ("2026-11-26", []),
    ],
)
def test_the_window_reminds_on_its_days(today: str, expected: list[str]) -> None:
    assert templates(visited(meters=(meter(),)), today) == expected


def test_who_has_handed_in_is_not_reminded() -> None:
    done = meter(last=handed_in("2026-11", "2026-11-16"))
    assert templates(visited(meters=(done,)), "2026-11-24") == []
    half = meter(zones=2, last=handed_in("2026-11", "2026-11-16"))
    assert templates(visited(meters=(half,)), "2026-11-24") == ["reminder_window_closes"]


def test_without_a_meter_that_takes_readings_there_is_no_reminder() -> None:
    assert templates(visited(), "2026-11-24") == []
    removed = meter(calculated_to="2026-01-01")
    expired = meter(verify_until="2026-10-01")
    assert templates(visited(meters=(removed, expired)), "2026-11-24") == []


@pytest.mark.parametrize(
    ("days", "is_due"), [(61, False), (60, True), (31, True), (7, True), (0, True), (-1, False)]
)
def test_a_verification_reminds_within_sixty_days(days: int, is_due: bool) -> None:
    today = date(2026, 11, 1)
    found = plan(visited(meters=(meter(verify_until=today + timedelta(days=days)),)), today)
    assert [due.template for due in found.due] == ["reminder_verification"] * is_due


def test_a_verification_reminds_three_times_in_all() -> None:
    until, reminder_state, days = date(2026, 12, 31), ReminderState(), []
    for day in (date(2026, 9, 1) + timedelta(days=n) for n in range(140)):
        full = meter(verify_until=until, last=handed_in(f"{day:%Y-%m}", str(day)))
        found = plan(visited(reminder_state, meters=(full,)), day)
        reminder_state = found.reminder_state
        days += [(until - day).days for due in found.due if due.template == "reminder_verification"]
    assert days == [60, 30, 7]


def receipt(period: str = "2026-10", debt: int = 0, paid: int = 0, kind: str = "main") -> Receipt:
    main = Amounts(debt=debt, paid=paid, charged=10_000, total=debt + paid + 10_000)
    return Receipt(kind=kind, kind_title="Объединённая", period=period, main=main, penalty=Amounts())


def test_a_debt_over_the_threshold_reminds_once_a_period() -> None:
    owing = visited(receipts=(receipt(debt=300_000),), binding={"mailings": {"reminders": True}})
    first = plan(owing, date(2026, 11, 5))
    assert [due.params["amount"] for due in first.due] == [300_000]
    again = visited(
        first.reminder_state, receipts=(receipt(debt=300_000),), binding={"mailings": {"reminders": True}}
    )
    assert plan(again, date(2026, 11, 6)).due == ()


@pytest.mark.parametrize(
    ("debt", "paid", "unaccounted"),
    [(299_999, 0, {}), (400_000, -100_001, {}), (300_000, 0, {"p": {"amount": 1, "paid_at": "x"}})],
)
def test_what_is_paid_is_no_debt(debt: int, paid: int, unaccounted: dict[str, Any]) -> None:
    found = visited(
        receipts=(receipt(debt=debt, paid=paid),), unaccounted=unaccounted,
        binding={"mailings": {"reminders": True}},
    )  # fmt: skip
    assert plan(found, date(2026, 11, 5)).due == ()


def test_a_new_receipt_is_mailed_as_pdf_or_reminder_by_choice() -> None:
    on_paper = visited(receipts=(receipt(),), binding={"mailings": {"receipts": True}, "known_receipts": {}})
    assert templates(on_paper, "2026-11-02") == ["reminder_receipt"]
    refused = {"mailings": {"receipts": True}, "known_receipts": {}, "paperless": {"enabled": True}}
    assert templates(visited(receipts=(receipt(),), binding=refused), "2026-11-02") == ["receipt"]
    withdrawn = refused | {
        "mailings": {"receipts": False, "reminders": False},
        "paperless": {"enabled": False},
    }
    assert templates(visited(receipts=(receipt(),), binding=withdrawn), "2026-11-02") == []


def test_what_was_issued_before_the_account_was_bound_is_not_news() -> None:
    known = {"mailings": {"receipts": True, "reminders": False}, "known_receipts": {"main": "2026-10"}}
    assert templates(visited(receipts=(receipt("2026-10"),), binding=known), "2026-11-02") == []
    assert templates(visited(receipts=(receipt("2026-11"),), binding=known), "2026-12-02") == [
        "reminder_receipt"
    ]


def test_a_former_holders_receipt_is_not_mailed_to_later_holders() -> None:
    subscribed = {"mailings": {"receipts": True, "reminders": False}, "known_receipts": {}}
    found = visited(receipts=(receipt("2026-10"),), binding=subscribed)
    for after, expected in (("2026-10", []), ("2026-09", ["reminder_receipt"])):
        start = HistoryStart(day=date(2026, 10, 20), last_hidden_period=after)
        seen = replace(found, account=found.account.model_copy(update={"shown_from": start}))
        assert templates(seen, "2026-11-02") == expected


def test_a_binding_older_than_the_rule_is_told_of_the_last_two_months_only() -> None:
    older = {"mailings": {"receipts": True, "reminders": False}}
    assert templates(visited(receipts=(receipt("2026-10"),), binding=older), "2026-11-02") == [
        "reminder_receipt"
    ]
    assert templates(visited(receipts=(receipt("2026-09"),), binding=older), "2026-11-02") == []


def test_a_debt_whose_receipt_may_be_a_mistake_is_looked_at_later() -> None:
    subscribed = {"mailings": {"reminders": True}}
    owing = {"receipts": (receipt(debt=300_000),), "binding": subscribed}
    held = plan(visited(held_receipts=frozenset({receipt().receipt_id}), **owing), date(2026, 11, 5))
    assert held.due == ()
    assert held.reminder_state.debt is None
    released = plan(visited(held.reminder_state, **owing), date(2026, 11, 5))
    assert [due.template for due in released.due] == ["reminder_debt"]


def test_only_the_receipts_that_matter_are_read() -> None:
    found = visited(receipts=(receipt("2026-10"), receipt("2026-10", kind="water")))
    wanted = wanted_receipts(found.account, dict(EVERYTHING), ReminderState(), date(2026, 11, 2))
    assert sorted(wanted) == [("2026-10", "main"), ("2026-10", "water")]
    reminder_state = plan(found, date(2026, 11, 2)).reminder_state
    assert wanted_receipts(found.account, dict(EVERYTHING), reminder_state, date(2026, 11, 3)) == []


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.integers(0, 500_000),
    st.sampled_from([{}, {"enabled": True}, {"enabled": False}]),
    st.fixed_dictionaries(dict.fromkeys(("receipts", "reminders", "notices"), st.booleans())),
)
def test_a_second_visit_on_the_same_day_tells_nothing(
    today: date, debt: int, paperless: dict[str, bool], mailings: dict[str, bool]
) -> None:
    binding = {"mailings": mailings, "known_receipts": {}, "paperless": paperless}
    more: dict[str, Any] = {
        "meters": (meter(verify_until=today + timedelta(days=debt % 90)),),
        "receipts": (receipt("2026-10", debt), receipt("2026-09", kind="water")),
    }
    first = plan(visited(binding=binding, **more), today)
    assert len({due.occasion for due in first.due}) == len(first.due)
    second = plan(visited(first.reminder_state, binding, **more), today)
    assert second.due == ()
    assert second.reminder_state == first.reminder_state
