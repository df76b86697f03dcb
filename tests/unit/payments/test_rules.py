"""The one decision: order and the bank's answer in, order and postings out. No storage."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.payments import rules
from cabinet.payments.bank.port import Standing, Told
from cabinet.payments.model import Order, OrderLine
from tests.unit.payments.bank.contract import merchant

NOW = datetime(2026, 9, 21, 5, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=31)


def order(amounts: tuple[int, ...] = (300, 200), commission: int = 5, dialect: str = "rbs") -> Order:
    lines = [
        OrderLine(
            account_id=f"uk:{n % 2}", receipt_id="2020-08-main", receipt_title="К", service=str(n), amount=a
        )
        for n, a in enumerate(amounts)
    ]
    made = Order(
        order_id="P1",
        user_id="u1",
        email="a@example.com",
        merchant=merchant("http://127.0.0.1:9", dialect),
        time_zones={"uk": "Asia/Yekaterinburg"},
        lines=lines,
        amount=sum(amounts),
        commission=commission,
        created_at=NOW,
    )
    return rules.attempt_begun(made, NOW)


def registered(**changes: str) -> Order:
    return rules.registered(order(**changes), "b1", "https://bank/page", NOW)  # type: ignore[arg-type]


def told(standing: Standing = Standing.PAID, **changes: object) -> Told:
    fields: dict[str, object] = {"bank_order_id": "b1", "number": "P1", "amount": 505, "currency": "643"}
    return Told(standing, **(fields | changes))  # type: ignore[arg-type]


def paid() -> Order:
    return rules.answered(registered(), "P1", told(), NOW).order


def test_a_confirmed_payment_is_posted_line_by_line() -> None:
    outcome = rules.answered(registered(), "P1", told(), NOW)
    assert outcome.order.status == "paid"
    assert outcome.order.paid_by == "b1"
    assert outcome.posting is not None
    assert outcome.posting.by_account() == {"uk:0": 300, "uk:1": 200}
    assert outcome.posting.total == 505
    assert outcome.order.email is None


def test_the_same_word_again_changes_nothing() -> None:
    once = paid()
    assert rules.answered(once, "P1", told(), LATER) == rules.Outcome(once)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"amount": 504}, "amount"),
        ({"amount": 506}, "amount"),
        ({"currency": "840"}, "currency"),
        ({"number": "P2"}, "order"),
    ],
)
def test_what_was_not_ordered_goes_to_a_person(wrong: dict[str, object], reason: str) -> None:
    outcome = rules.answered(registered(), "P1", told(**wrong), NOW)
    assert outcome.order.status == "review"
    assert (outcome.order.review_reason, outcome.alarm, outcome.posting) == (reason, reason, None)
    again = rules.answered(outcome.order, "P1", told(**wrong), NOW)
    assert again == rules.Outcome(outcome.order)


@pytest.mark.parametrize("status", ["declined", "expired"])
def test_late_money_is_credited(status: str) -> None:
    late = registered().moved(status, "…", NOW)  # type: ignore[arg-type]
    outcome = rules.answered(late, "P1", told(), LATER)
    assert (outcome.order.status, outcome.posting is not None) == ("paid", True)


def test_a_decline_before_the_sessions_end_and_an_expiry_after_it() -> None:
    assert rules.answered(registered(), "P1", told(Standing.DECLINED), NOW).order.status == "declined"
    assert rules.answered(registered(), "P1", told(Standing.DECLINED), LATER).order.status == "expired"
    assert rules.answered(registered(), "P1", told(Standing.REVERSED), NOW).order.status == "declined"


def test_waiting_becomes_expired_only_after_session_and_grace() -> None:
    asked = registered()
    for minutes in (0, 20, 29):
        kept = rules.answered(asked, "P1", told(Standing.WAITING), NOW + timedelta(minutes=minutes))
        assert kept.order == asked
    assert rules.answered(asked, "P1", told(Standing.WAITING), LATER).order.status == "expired"


def test_silence_keeps_the_state_and_ends_before_a_person() -> None:
    asked = registered()
    moment = NOW
    pauses = []
    while asked.status == "registered":
        assert rules.unanswered(asked, moment).order == asked
        assert asked.due_at is not None
        pauses.append(asked.due_at - moment)
        moment = asked.due_at
        asked = rules.rescheduled(asked, moment).order
    minutes = [int(pause.total_seconds() // 60) for pause in pauses]
    assert minutes == [1, 5, 30, 60, 1440, 1440, 1440]
    assert (asked.status, asked.review_reason) == ("review", "silence")


def test_a_review_for_silence_ends_by_itself_when_the_bank_speaks() -> None:
    silent = registered().moved("review", "…", NOW).model_copy(update={"review_reason": "silence"})
    assert rules.answered(silent, "P1", told(), LATER).order.status == "paid"
    assert rules.answered(silent, "P1", told(Standing.DECLINED), LATER).order.status == "expired"
    assert rules.answered(silent, "P1", told(Standing.WAITING), LATER).order.status == "expired"


def test_a_review_for_a_mismatch_is_left_to_the_person() -> None:
    wrong = rules.answered(registered(), "P1", told(amount=1), NOW).order
    assert rules.answered(wrong, "P1", told(Standing.DECLINED), LATER).order.status == "review"
    settled = rules.settled_as_paid(wrong, "доплатили в кассе", LATER)
    assert settled.order.status == "paid"
    assert settled.posting is not None
    assert settled.order.decisions[-1].what == "доплатили в кассе"
    assert rules.settled_as_declined(wrong, "вернули", LATER).order.status == "declined"


def test_a_refund_heard_before_the_payment_takes_two_steps() -> None:
    heard = told(Standing.REFUNDED, refunded=505)
    first = rules.answered(registered(), "P1", heard, NOW)
    assert first.order.status == "paid"
    second = rules.answered(first.order, "P1", heard, NOW)
    assert second.order.status == "refunded"
    assert second.posting is not None
    assert second.posting.by_account() == {"uk:0": -300, "uk:1": -200}
    assert rules.answered(second.order, "P1", heard, NOW) == rules.Outcome(second.order)


def test_a_second_charge_is_noticed_once_and_never_credited() -> None:
    outcome = rules.answered(paid(), "P1", told(bank_order_id="b2"), NOW)
    assert (outcome.posting, outcome.alarm) == (None, "charged_twice")
    assert outcome.order.charged_twice == ["b2"]
    assert rules.answered(outcome.order, "P1", told(bank_order_id="b2"), NOW) == rules.Outcome(outcome.order)


def test_gorod_expires_what_it_never_checked_and_waits_for_what_it_did() -> None:
    asked = registered(dialect="gorod")
    assert rules.unanswered(asked, NOW).order == asked
    assert rules.unanswered(asked, LATER).order.status == "expired"
    attempt = asked.attempt
    assert attempt is not None
    checked = asked.with_attempt(attempt.model_copy(update={"checked_at": NOW}))
    assert rules.unanswered(checked, LATER).order == checked


def test_each_attempt_has_a_number_of_its_own_that_fits_the_bank() -> None:
    many = order()
    for _ in range(rules.MAX_ATTEMPTS - 1):
        many = rules.attempt_begun(many, NOW)
    numbers = [attempt.number for attempt in many.attempts]
    assert numbers[:2] == ["P1", "P1-2"]
    assert len(set(numbers)) == rules.MAX_ATTEMPTS
    assert max(len("P260921" + "0" * 10 + number[2:]) for number in numbers) <= 32


@given(
    amounts=st.lists(st.integers(1, 1_000_000), min_size=1, max_size=8),
    commission=st.integers(0, 10_000),
    shares=st.lists(st.floats(0, 1), min_size=1, max_size=6),
)
def test_partial_refunds_add_up_to_each_line(
    amounts: list[int], commission: int, shares: list[float]
) -> None:
    bought = order(tuple(amounts), commission)
    word = told(amount=bought.total)
    current = rules.answered(rules.registered(bought, "b1", "u", NOW), "P1", word, NOW).order
    given_back: dict[str, int] = {}
    posted = 0
    for refunded in sorted({int(share * bought.total) for share in shares} | {bought.total}):
        heard = told(Standing.REFUNDED, amount=bought.total, refunded=refunded)
        outcome = rules.answered(current, "P1", heard, NOW)
        current = outcome.order
        if outcome.posting is None:
            continue
        posted += outcome.posting.total
        for line, amount in outcome.posting.lines:
            assert amount < 0
            given_back[line.service] = given_back.get(line.service, 0) - amount
    assert posted == -bought.total
    assert given_back == {line.service: line.amount for line in bought.lines}
    assert current.status == "refunded"
