"""The one decision: order and the bank's answer in, order and postings out. No storage."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.payments.model import Order, OrderLine
from cabinet.payments.orders import rules
from cabinet.payments.providers.base import ProviderPaymentState, ProviderPaymentStatus
from tests.support.factories.merchants import merchant

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
    return rules.start_attempt(made, NOW)


def registered(**changes: str) -> Order:
    return rules.mark_registered(order(**changes), "b1", "https://bank/page", NOW)  # type: ignore[arg-type]


def bank_status(
    payment_state: ProviderPaymentState = ProviderPaymentState.PAID, **changes: object
) -> ProviderPaymentStatus:
    fields: dict[str, object] = {"bank_order_id": "b1", "number": "P1", "amount": 505, "currency": "643"}
    return ProviderPaymentStatus(payment_state, **(fields | changes))  # type: ignore[arg-type]


def paid() -> Order:
    return rules.apply_status(registered(), "P1", bank_status(), NOW).order


def test_a_confirmed_payment_is_posted_line_by_line() -> None:
    outcome = rules.apply_status(registered(), "P1", bank_status(), NOW)
    assert outcome.order.status == "paid"
    assert outcome.order.paid_by == "b1"
    assert outcome.posting is not None
    assert outcome.posting.by_account() == {"uk:0": 300, "uk:1": 200}
    assert outcome.posting.total == 505
    assert outcome.order.email is None


def test_the_same_word_again_changes_nothing() -> None:
    once = paid()
    assert rules.apply_status(once, "P1", bank_status(), LATER) == rules.Outcome(once)


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
    outcome = rules.apply_status(registered(), "P1", bank_status(**wrong), NOW)
    assert outcome.order.status == "review"
    assert (outcome.order.review_reason, outcome.alarm, outcome.posting) == (reason, reason, None)
    again = rules.apply_status(outcome.order, "P1", bank_status(**wrong), NOW)
    assert again == rules.Outcome(outcome.order)


@pytest.mark.parametrize("status", ["declined", "expired"])
def test_late_money_is_credited(status: str) -> None:
    late = registered().moved(status, "…", NOW)  # type: ignore[arg-type]
    outcome = rules.apply_status(late, "P1", bank_status(), LATER)
    assert (outcome.order.status, outcome.posting is not None) == ("paid", True)


def test_a_decline_before_the_sessions_end_and_an_expiry_after_it() -> None:
    assert (
        rules.apply_status(registered(), "P1", bank_status(ProviderPaymentState.DECLINED), NOW).order.status
        == "declined"
    )
    assert (
        rules.apply_status(registered(), "P1", bank_status(ProviderPaymentState.DECLINED), LATER).order.status
        == "expired"
    )
    assert (
        rules.apply_status(registered(), "P1", bank_status(ProviderPaymentState.REVERSED), NOW).order.status
        == "declined"
    )


def test_waiting_becomes_expired_only_after_session_and_grace() -> None:
    asked = registered()
    for minutes in (0, 20, 29):
        kept = rules.apply_status(
            asked, "P1", bank_status(ProviderPaymentState.WAITING), NOW + timedelta(minutes=minutes)
        )
        assert kept.order == asked
    assert (
        rules.apply_status(asked, "P1", bank_status(ProviderPaymentState.WAITING), LATER).order.status
        == "expired"
    )


def test_silence_keeps_the_state_and_ends_before_a_person() -> None:
    asked = registered()
    moment = NOW
    pauses = []
    while asked.status == "registered":
        assert rules.apply_no_answer(asked, moment).order == asked
        assert asked.due_at is not None
        pauses.append(asked.due_at - moment)
        moment = asked.due_at
        asked = rules.rescheduled(asked, moment).order
    minutes = [int(pause.total_seconds() // 60) for pause in pauses]
    assert minutes == [1, 5, 30, 60, 1440, 1440, 1440]
    assert (asked.status, asked.review_reason) == ("review", "silence")


def test_a_review_for_silence_ends_by_itself_when_the_bank_speaks() -> None:
    silent = registered().moved("review", "…", NOW).model_copy(update={"review_reason": "silence"})
    assert rules.apply_status(silent, "P1", bank_status(), LATER).order.status == "paid"
    assert (
        rules.apply_status(silent, "P1", bank_status(ProviderPaymentState.DECLINED), LATER).order.status
        == "expired"
    )
    assert (
        rules.apply_status(silent, "P1", bank_status(ProviderPaymentState.WAITING), LATER).order.status
        == "expired"
    )


def test_a_review_for_a_mismatch_is_left_to_the_person() -> None:
    wrong = rules.apply_status(registered(), "P1", bank_status(amount=1), NOW).order
    assert (
        rules.apply_status(wrong, "P1", bank_status(ProviderPaymentState.DECLINED), LATER).order.status
        == "review"
    )
    settled = rules.resolve_as_paid(wrong, "доплатили в кассе", LATER)
    assert settled.order.status == "paid"
    assert settled.posting is not None
    assert settled.order.decisions[-1].what == "доплатили в кассе"
    assert rules.resolve_as_declined(wrong, "вернули", LATER).order.status == "declined"


def test_a_refund_heard_before_the_payment_takes_two_steps() -> None:
    heard = bank_status(ProviderPaymentState.REFUNDED, refunded=505)
    first = rules.apply_status(registered(), "P1", heard, NOW)
    assert first.order.status == "paid"
    second = rules.apply_status(first.order, "P1", heard, NOW)
    assert second.order.status == "refunded"
    assert second.posting is not None
    assert second.posting.by_account() == {"uk:0": -300, "uk:1": -200}
    assert rules.apply_status(second.order, "P1", heard, NOW) == rules.Outcome(second.order)


def test_a_second_charge_is_noticed_once_and_never_credited() -> None:
    outcome = rules.apply_status(paid(), "P1", bank_status(bank_order_id="b2"), NOW)
    assert (outcome.posting, outcome.alarm) == (None, "duplicate_charges")
    assert outcome.order.duplicate_charges == ["b2"]
    assert rules.apply_status(outcome.order, "P1", bank_status(bank_order_id="b2"), NOW) == rules.Outcome(
        outcome.order
    )


def test_gorod_expires_what_it_never_checked_and_waits_for_what_it_did() -> None:
    asked = registered(dialect="gorod")
    assert rules.apply_no_answer(asked, NOW).order == asked
    assert rules.apply_no_answer(asked, LATER).order.status == "expired"
    attempt = asked.attempt
    assert attempt is not None
    checked = asked.with_attempt(attempt.model_copy(update={"checked_at": NOW}))
    assert rules.apply_no_answer(checked, LATER).order == checked


def test_each_attempt_has_a_number_of_its_own_that_fits_the_bank() -> None:
    many = order()
    for _ in range(rules.MAX_ATTEMPTS - 1):
        many = rules.start_attempt(many, NOW)
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
    word = bank_status(amount=bought.total)
    current = rules.apply_status(rules.mark_registered(bought, "b1", "u", NOW), "P1", word, NOW).order
    given_back: dict[str, int] = {}
    posted = 0
    for refunded in sorted({int(share * bought.total) for share in shares} | {bought.total}):
        heard = bank_status(ProviderPaymentState.REFUNDED, amount=bought.total, refunded=refunded)
        outcome = rules.apply_status(current, "P1", heard, NOW)
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
