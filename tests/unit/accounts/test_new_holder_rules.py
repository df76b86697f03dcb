"""From which day a binding's owner sees the account's history."""

from datetime import date
from typing import Any

import pytest

from cabinet.accounts.holders import holder_key
from cabinet.accounts.model import Account, Address
from cabinet.accounts.new_holder_rules import (
    account_for_new_holder,
    history_from_at_binding,
    history_from_at_confirmation,
    history_start_for,
)
from cabinet.accounts.supplier_model import Supplier
from tests.support.factories.bound_accounts import PAYEE

ACCOUNT_ID = "uk:1"
FIRST, SECOND = holder_key(ACCOUNT_ID, "Иванов"), holder_key(ACCOUNT_ID, "Петрова")


def account(**changes: Any) -> Account:
    fields: dict[str, Any] = {
        "account_id": ACCOUNT_ID, "supplier_id": "uk", "holder": "Сидоров", "address": Address(),
        "first_period": "2025-01", "last_period": "2026-04", "latest_periods": {"zhku": "2026-04"},
        "holder_since": "2026-03-05",
        "former_holders": {
            FIRST: {"ended_on": "2025-06-10", "last_period": "2025-05", "notices": 2},
            SECOND: {"ended_on": "2026-03-05", "last_period": "2026-01", "notices": 7},
        },
    }  # fmt: skip
    return Account(**(fields | changes))


def supplier(**changes: Any) -> Supplier:
    return Supplier(supplier_id="uk", name="УК", inn=PAYEE.inn, payees=[PAYEE], **changes)


def start_of(
    binding: dict[str, Any], of: Account | None = None, **changes: Any
) -> tuple[str, str, int] | None:
    start = history_start_for(binding, of or account(), supplier(**changes))
    return None if start is None else (start.day.isoformat(), start.last_hidden_period, start.notices)


@pytest.mark.parametrize(
    ("binding", "expected"),
    [
        ({"history_from": ""}, None),
        ({"history_from": "2026-03-05"}, ("2026-03-05", "2026-01", 7)),
        ({"history_from": "2025-06-10"}, ("2025-06-10", "2025-05", 2)),
        ({"bound_at": "2025-06-09T10:00:00Z"}, None),
        ({"bound_at": "2025-06-10T10:00:00Z"}, ("2025-06-10", "2025-05", 2)),
        ({"bound_at": "2026-05-01T10:00:00Z"}, ("2026-03-05", "2026-01", 7)),
        ({}, None),
    ],
)
def test_the_history_begins_with_the_change_that_the_binding_names_or_follows(
    binding: dict[str, Any], expected: tuple[str, str, int] | None
) -> None:
    assert start_of(binding) == expected


def test_nothing_is_hidden_where_no_holder_changed_or_the_supplier_allows_it() -> None:
    binding = {"history_from": "2026-03-05"}
    assert start_of(binding, account(holder_since=None, former_holders={})) is None
    assert start_of(binding, new_holder_sees_history=True) is None


@pytest.mark.parametrize("former", [{}, {FIRST: {"ended_on": "2026-03-05", "last_period": None}}])
def test_a_change_with_no_receipts_known_before_it_shows_its_own_month(former: dict[str, Any]) -> None:
    assert start_of({"history_from": "2026-03-05"}, account(former_holders=former)) == (
        "2026-03-05",
        "2026-02",
        0,
    )


def test_the_account_begins_after_the_former_holders_last_month() -> None:
    start = history_start_for({"history_from": "2026-03-05"}, account(), supplier())
    shown = account_for_new_holder(account(), start)
    assert (shown.first_period, shown.last_period, shown.latest_periods) == (
        "2026-02",
        "2026-04",
        {"zhku": "2026-04"},
    )
    assert [shown.shows(period) for period in ("2026-01", "2026-02")] == [False, True]
    assert account_for_new_holder(account(first_period="2026-03"), start).first_period == "2026-03"
    for hidden in (account(last_period="2026-01"), account(first_period=None, last_period=None)):
        assert (
            account_for_new_holder(hidden, start).first_period,
            account_for_new_holder(hidden, start).last_period,
        ) == (
            None,
            None,
        )
    assert account_for_new_holder(account(), None) == account()
    assert account().shows("2025-01")


def test_a_new_binding_keeps_the_day_of_the_last_change() -> None:
    assert history_from_at_binding(account()) == "2026-03-05"
    assert history_from_at_binding(account(holder_since=None)) == ""


@pytest.mark.parametrize(
    ("binding", "expected"),
    [
        ({"holder_key": SECOND, "history_from": ""}, ""),
        ({"holder_key": SECOND, "history_from": "2025-06-10"}, "2025-06-10"),
        ({"holder_key": SECOND, "bound_at": "2025-07-01T00:00:00Z"}, "2025-06-10"),
        ({"holder_key": FIRST, "history_from": ""}, "2026-03-05"),
        ({"bound_at": "2025-07-01T00:00:00Z"}, "2026-03-05"),
    ],
)
def test_residents_at_the_change_keep_the_history_and_others_do_not(
    binding: dict[str, Any], expected: str
) -> None:
    assert history_from_at_confirmation(binding, account()) == expected


def test_without_a_change_a_confirmation_hides_nothing() -> None:
    assert history_from_at_confirmation({"holder_key": SECOND}, account(holder_since=None)) == ""


def test_without_a_change_day_former_holders_decide_about_a_binding() -> None:
    gone = account(holder_since=date(2026, 3, 5), former_holders={})
    assert start_of({"bound_at": "2026-03-05T00:00:00Z"}, gone) == ("2026-03-05", "2026-02", 0)
