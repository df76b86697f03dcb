"""Terms in working days: weekends, the law's holidays, those that fall on weekends, and what was moved."""

from datetime import date

import pytest

from cabinet.accounts.supplier_model import Supplier
from cabinet.service_requests.deadline_rules import answer_by, is_overdue, is_working_day
from cabinet.service_requests.model import Kind
from tests.support.factories.bound_accounts import PAYEE


def supplier(**changes: object) -> Supplier:
    fields = {"supplier_id": "uk", "name": "УК", "inn": PAYEE.inn, "payees": [PAYEE]}
    return Supplier.model_validate(fields | changes)


@pytest.mark.parametrize(
    ("day", "is_working"),
    [
        ("2026-03-06", True),  # Friday
        ("2026-03-07", False),  # Saturday
        ("2026-03-08", False),  # Women's Day, a Sunday
        ("2026-03-09", False),  # and the Monday instead of it
        ("2026-03-10", True),
        ("2026-05-09", False),  # Victory Day, a Saturday
        ("2026-05-11", False),  # instead of it
        ("2026-01-08", False),  # the last of January's holidays
        ("2026-01-12", True),
        ("2026-06-12", False),
        ("2026-11-04", False),
    ],
)
def test_the_laws_holidays_are_no_working_days(day: str, is_working: bool) -> None:
    assert is_working_day(date.fromisoformat(day), {}) is is_working


def test_what_was_moved_has_the_last_word() -> None:
    moved = supplier().moved_days
    assert not is_working_day(date(2026, 1, 9), moved)
    assert not is_working_day(date(2026, 12, 31), moved)
    assert is_working_day(date(2026, 3, 7), {date(2026, 3, 7): "work"})


def test_two_holidays_at_one_weekend_move_to_two_days() -> None:
    """2027: 1 and 9 May are a Saturday and a Sunday; 2033: 1 and 9 May a Sunday and a Monday."""
    assert [is_working_day(date(2027, 5, day), {}) for day in (3, 4, 10, 11)] == [False, True, False, True]
    assert [is_working_day(date(2033, 5, day), {}) for day in (2, 9, 10)] == [False, False, True]


@pytest.mark.parametrize(
    ("kind", "sent_on", "due"),
    [
        (Kind.EMERGENCY, "2026-03-02", "2026-03-03"),
        (Kind.EMERGENCY, "2026-03-06", "2026-03-10"),
        (Kind.COMPLAINT, "2026-03-02", "2026-03-17"),
        (Kind.APPEAL, "2026-12-28", "2027-01-20"),
        (Kind.PAID_SERVICE, "2026-03-07", "2026-03-12"),
    ],
)
def test_a_term_counts_working_days_after_the_requests_own(kind: Kind, sent_on: str, due: str) -> None:
    assert answer_by(kind, date.fromisoformat(sent_on), supplier()) == date.fromisoformat(due)


def test_a_supplier_sets_its_own_terms() -> None:
    own = supplier(request_terms={"appeal": 30, "emergency": 0})
    assert answer_by(Kind.APPEAL, date(2026, 3, 2), own) == date(2026, 4, 14)
    assert answer_by(Kind.EMERGENCY, date(2026, 3, 7), own) == date(2026, 3, 7)
    assert answer_by(Kind.COMPLAINT, date(2026, 3, 2), own) == date(2026, 3, 17)


def test_what_has_no_term_is_never_overdue() -> None:
    assert is_overdue(date(2026, 3, 1), date(2026, 3, 2))
    assert not is_overdue(date(2026, 3, 2), date(2026, 3, 2))
    assert not is_overdue(None, date(2026, 3, 2))
