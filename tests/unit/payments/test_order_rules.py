"""The one decision: order and the bank's answer in, order and postings out. No storage."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.accounts.supplier_model import PAYMENT_METHODS, PaymentMethod
from cabinet.payments.errors import ReviewNotDecidable
from cabinet.payments.model import Order, TimelineEvent
from cabinet.payments.orders import attempt_rules, rules
from cabinet.payments.providers.base import ProviderPaymentState, ProviderPaymentStatus, RegistrationResult
from cabinet.payments.providers.http_client import CONNECT_SECONDS, READ_SECONDS
from cabinet.payments.refund_rules import request_refund
from tests.support.factories.orders import NOW, order

LATER = NOW + timedelta(minutes=31)


def registered(**changes: str) -> Order:
    return attempt_rules.mark_registered(order(**changes), RegistrationResult("b1", "https://bank/page"), NOW)  # type: ignore[arg-type]


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
    assert outcome.order.credited_bank_order_id == "b1"
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
    late = registered().transition_to(status, "…", NOW)  # type: ignore[arg-type]
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
        asked = rules.schedule_next_check(asked, moment).order
    minutes = [int(pause.total_seconds() // 60) for pause in pauses]
    assert minutes == [1, 5, 30, 60, 1440, 1440, 1440]
    assert (asked.status, asked.review_reason) == ("review", "silence")


def test_a_review_for_silence_ends_by_itself_when_the_bank_speaks() -> None:
    silent = registered().transition_to("review", "…", NOW).model_copy(update={"review_reason": "silence"})
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
    decided = rules.resolve_as_paid(wrong, "доплатили в кассе", LATER)
    assert decided.order.status == "paid"
    assert decided.posting is not None
    assert decided.order.decisions[-1].what == "доплатили в кассе"
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


def test_gorod_order_expires_unless_the_bank_has_asked_about_it() -> None:
    asked = registered(dialect="gorod")
    assert rules.apply_no_answer(asked, NOW).order == asked
    assert rules.apply_no_answer(asked, LATER).order.status == "expired"
    attempt = asked.attempt
    assert attempt is not None
    unconfirmed = asked.with_attempt(attempt.model_copy(update={"bank_asked_at": NOW}))
    assert rules.apply_no_answer(unconfirmed, LATER).order == unconfirmed


def test_gorod_order_expires_after_its_contracts_time() -> None:
    asked = registered(dialect="gorod")
    attempt = asked.attempt
    assert attempt is not None
    waiting = asked.with_attempt(attempt.model_copy(update={"bank_asked_at": NOW})).model_copy(
        update={"merchant": asked.merchant.model_copy(update={"unconfirmed_hours": 2}), "checks_scheduled": 4}
    )
    end = NOW + timedelta(hours=2)
    before = end - timedelta(microseconds=1)
    assert rules.schedule_next_check(waiting, NOW).order.due_at == end
    assert rules.apply_no_answer(waiting, before).order == waiting
    expired = rules.apply_no_answer(waiting, end).order
    assert (expired.status, [a.bank_asked_at for a in expired.attempts]) == ("expired", [None])
    assert rules.schedule_next_check(waiting, end).order.due_at == end + timedelta(days=1)


def test_each_attempt_has_a_number_of_its_own_that_fits_the_bank() -> None:
    many = order()
    for _ in range(attempt_rules.MAX_ATTEMPTS - 1):
        many = attempt_rules.start_attempt(many, NOW)
    numbers = [attempt.number for attempt in many.attempts]
    assert numbers[:2] == ["P1", "P1-2"]
    assert len(set(numbers)) == attempt_rules.MAX_ATTEMPTS
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
    taken = attempt_rules.mark_registered(bought, RegistrationResult("b1", "u"), NOW)
    current = rules.apply_status(taken, "P1", word, NOW).order
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


# ---------------------------------------------------- what changes nothing, and what a person decides

HELD = ProviderPaymentState.PAID
GIVEN_BACK = ProviderPaymentState.REFUNDED


def in_review(amount: int = 500) -> Order:
    return rules.apply_status(registered(), "P1", bank_status(amount=amount), NOW).order


def twice_tried() -> Order:
    """An order whose second attempt is at the bank; the first may yet be paid."""
    return attempt_rules.mark_registered(
        attempt_rules.start_attempt(registered().transition_to("declined", "…", NOW), NOW),
        RegistrationResult("b2", "https://bank/2"),
        NOW,
    )


@pytest.mark.parametrize("state", list(ProviderPaymentState))
def test_an_attempt_that_is_not_ours_changes_nothing(state: ProviderPaymentState) -> None:
    assert rules.apply_status(registered(), "P9", bank_status(state), LATER) == rules.Outcome(registered())


def test_a_reversal_of_a_paid_order_gives_all_of_it_back() -> None:
    outcome = rules.apply_status(paid(), "P1", bank_status(ProviderPaymentState.REVERSED, refunded=7), LATER)
    assert outcome.order.status == "refunded"
    assert outcome.posting is not None
    assert outcome.posting.by_account() == {"uk:0": -300, "uk:1": -200}


def test_an_attempt_unknown_to_the_bank_dies_with_its_session() -> None:
    unknown = bank_status(ProviderPaymentState.UNKNOWN)
    assert rules.apply_status(registered(), "P1", unknown, NOW) == rules.Outcome(registered())
    expired = rules.apply_status(registered(), "P1", unknown, LATER).order
    assert (expired.status, expired.attempts[0].is_dead) == ("expired", True)
    waiting = rules.apply_status(registered(), "P1", bank_status(ProviderPaymentState.WAITING), LATER).order
    assert (waiting.status, waiting.attempts[0].is_dead) == ("expired", False)


def test_an_order_that_no_bank_has_heard_of_expires_by_itself() -> None:
    unheard = attempt_rules.without_last_attempt(order())
    assert rules.apply_no_answer(unheard, LATER - timedelta(minutes=2)) == rules.Outcome(unheard)
    expired = rules.apply_no_answer(unheard, LATER).order
    assert expired.status == "expired"
    assert rules.apply_no_answer(expired, LATER) == rules.Outcome(expired)


def test_final_state_stops_checks_and_erases_email() -> None:
    asked = registered().transition_to("declined", "…", NOW)
    for days in (0, 1, 3):
        asked = rules.schedule_next_check(asked, NOW + timedelta(days=days)).order
        assert (asked.due_at is None, asked.email) == (False, "a@example.com")
    rested = rules.schedule_next_check(asked, LATER)
    assert (rested.order.due_at, rested.order.email, rested.alarm) == (None, None, None)


def test_a_promised_refund_is_checked_forever_with_an_alarm() -> None:
    asked = request_refund(paid(), "r1", "…", "", NOW).model_copy(update={"checks_scheduled": 0})
    for _ in range(7):
        outcome = rules.schedule_next_check(asked, NOW)
        assert outcome.alarm is None
        asked = outcome.order
    for _ in range(2):
        outcome = rules.schedule_next_check(asked, NOW)
        assert (outcome.alarm, outcome.order.due_at) == ("refund", NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("amount", "at_bank", "posted"),
    [
        (None, None, 505),
        (None, {"amount": 400}, 400),
        (None, {"amount": 900}, 505),
        (300, {"amount": 400}, 300),
        (505, None, 505),
        (1, None, 1),
        (0, None, "от 0,01 до 5,05"),
        (506, None, "от 0,01 до 5,05"),
        (401, {"amount": 400}, "4,00"),
        (None, {"amount": 400, "refunded": 400, "payment_state": GIVEN_BACK}, "0,00"),
    ],
)
def test_a_person_credits_no_more_than_was_ordered_and_the_bank_holds(
    amount: int | None, at_bank: dict[str, object] | None, posted: int | str
) -> None:
    said = bank_status(**{"payment_state": HELD} | at_bank) if at_bank is not None else None  # type: ignore[arg-type]
    if isinstance(posted, str):
        with pytest.raises(ReviewNotDecidable) as refused:
            rules.resolve_as_paid(in_review(), "…", LATER, said, amount)
        assert posted in str(refused.value.detail)
        return
    outcome = rules.resolve_as_paid(in_review(), "решили", LATER, said, amount)
    assert outcome.posting is not None
    assert sum(outcome.posting.by_account().values()) == min(posted, 500)
    assert (outcome.order.status, outcome.order.posted) == ("paid", posted)
    assert (outcome.order.review_reason, outcome.order.decisions[-1].what) == (None, "решили")


def test_a_refund_before_posting_is_kept_outside_the_ledger() -> None:
    said = bank_status(GIVEN_BACK, amount=505, refunded=105)
    outcome = rules.resolve_as_paid(in_review(), "…", LATER, said)
    changed = outcome.order
    assert (changed.refunded_total, changed.refunded_from_posted, changed.posted) == (105, 0, 400)


def test_nothing_is_settled_while_a_refund_is_on_its_way() -> None:
    asked = request_refund(in_review(), "r1", "…", "", NOW)
    with pytest.raises(ReviewNotDecidable, match="settling_impossible"):
        rules.resolve_as_paid(asked, "…", LATER)


def test_nobody_declines_what_the_bank_holds_and_what_was_declined_stays_so() -> None:
    with pytest.raises(ReviewNotDecidable):
        rules.resolve_as_declined(in_review(), "…", LATER, bank_status(amount=500))
    gone = bank_status(GIVEN_BACK, amount=500, refunded=500)
    declined = rules.resolve_as_declined(in_review(), "вернули", LATER, gone).order
    assert (declined.status, declined.review_reason) == ("declined", None)
    all_of_it = bank_status(GIVEN_BACK, amount=505, refunded=505)
    assert rules.apply_status(declined, "P1", all_of_it, LATER) == rules.Outcome(declined)


@pytest.mark.parametrize("status", ["registered", "review", "declined", "expired"])
def test_another_sum_that_came_and_went_again_needs_no_person(status: str) -> None:
    before = in_review() if status == "review" else registered()
    if status in ("declined", "expired"):
        before = before.transition_to(status, "…", NOW)  # type: ignore[arg-type]
    outcome = rules.apply_status(before, "P1", bank_status(GIVEN_BACK, amount=500, refunded=500), NOW)
    assert (outcome.posting, outcome.alarm, outcome.order.review_reason) == (None, None, None)
    assert outcome.order.status == ("expired" if status == "expired" else "declined")
    if status in ("declined", "expired"):
        assert outcome.order == before


def test_a_review_follows_the_sums_of_the_bank_and_of_nothing_else() -> None:
    part = rules.apply_status(
        in_review(), "P1", bank_status(GIVEN_BACK, amount=500, refunded=100), LATER
    ).order
    assert (part.status, part.taken, part.refunded_total) == ("review", 500, 100)
    foreign = bank_status(currency="840")
    assert rules.apply_status(in_review(), "P1", foreign, LATER) == rules.Outcome(in_review())


def test_a_reversal_of_a_wrong_sum_ends_its_review() -> None:
    outcome = rules.apply_status(
        in_review(), "P1", bank_status(ProviderPaymentState.REVERSED, amount=500), LATER
    )
    assert (outcome.order.status, outcome.posting) == ("declined", None)


def test_a_refund_of_another_payment_does_not_change_the_order() -> None:
    other = bank_status(GIVEN_BACK, bank_order_id="b2", refunded=505)
    assert rules.apply_status(paid(), "P1", other, LATER) == rules.Outcome(paid())


def test_a_part_given_back_leaves_the_order_paid_and_is_booked_once() -> None:
    part = bank_status(GIVEN_BACK, refunded=100)
    outcome = rules.apply_status(paid(), "P1", part, LATER)
    assert outcome.posting is not None
    assert (outcome.order.status, outcome.posting.total, outcome.order.checks_scheduled) == ("paid", -100, 1)
    assert rules.apply_status(outcome.order, "P1", part, LATER) == rules.Outcome(outcome.order)


@pytest.mark.parametrize("state", [ProviderPaymentState.DECLINED, ProviderPaymentState.UNKNOWN])
def test_an_older_attempt_dies_alone_and_is_not_asked_about_again(state: ProviderPaymentState) -> None:
    tried = twice_tried()
    assert [attempt.number for attempt in attempt_rules.attempts_to_check(tried)] == ["P1", "P1-2"]
    outcome = rules.apply_status(tried, "P1", bank_status(state), LATER)
    assert (outcome.order.status, [each.is_dead for each in outcome.order.attempts]) == (
        "registered", [True, False],
    )  # fmt: skip
    assert [attempt.number for attempt in attempt_rules.attempts_to_check(outcome.order)] == ["P1-2"]
    assert rules.apply_status(outcome.order, "P1", bank_status(state), LATER) == rules.Outcome(outcome.order)


def test_money_through_an_older_attempt_is_credited() -> None:
    outcome = rules.apply_status(twice_tried(), "P1", bank_status(), LATER)
    assert (outcome.order.status, outcome.order.credited_bank_order_id) == ("paid", "b1")


def test_a_link_can_be_paid_while_its_session_lasts_and_the_bank_has_not_begun() -> None:
    taken = registered()
    (attempt,) = taken.attempts
    ends_at = attempt.ends_at
    assert attempt_rules.active_link(taken, ends_at - timedelta(seconds=1)) == "https://bank/page"
    assert attempt_rules.active_link(taken, ends_at) is None
    unconfirmed = taken.with_attempt(attempt.model_copy(update={"bank_asked_at": NOW}))
    assert attempt_rules.active_link(unconfirmed, NOW) is None
    assert attempt_rules.active_link(order(), NOW) is None
    assert attempt_rules.active_link(taken.transition_to("declined", "…", NOW), NOW) is None


@pytest.mark.parametrize("method", PAYMENT_METHODS)
def test_an_attempts_claim_ends_by_lease_abandonment_or_link(
    method: PaymentMethod,
) -> None:
    begun = order().model_copy(update={"method": method})
    lease = attempt_rules.CLAIM_DURATIONS[method]
    assert attempt_rules.claim_seconds_left(begun, NOW + lease - timedelta(seconds=0.5)) == 1
    assert attempt_rules.claim_seconds_left(begun, NOW + lease) == 0
    assert attempt_rules.claim_seconds_left(attempt_rules.with_claim_ended(begun), NOW) == 0
    assert attempt_rules.claim_seconds_left(registered(), NOW) == 0
    with pytest.raises(LookupError):
        attempt_rules.with_claim_ended(attempt_rules.without_last_attempt(begun))


def test_the_banks_answers_of_one_request_come_within_its_lease() -> None:
    """A second request must not take an attempt over while the first may still get its link."""
    one_call = CONNECT_SECONDS + READ_SECONDS
    assert attempt_rules.CLAIM_DURATIONS["card"].total_seconds() > one_call
    assert attempt_rules.CLAIM_DURATIONS["sbp"].total_seconds() > 2 * one_call


def test_the_banks_picture_of_a_code_is_kept_while_it_can_be_paid_alone() -> None:
    drawn = RegistrationResult("b1", "https://qr.example/1", "q1", "iVBORw0K")
    waiting = attempt_rules.mark_registered(order(), drawn, NOW)
    assert waiting.attempt is not None
    assert (waiting.attempt.qr_id, waiting.attempt.qr_png) == ("q1", "iVBORw0K")
    over = waiting.transition_to("declined", "…", NOW)
    assert over.attempt is not None
    assert (over.attempt.qr_id, over.attempt.qr_png) == ("q1", None)


@pytest.mark.parametrize(
    ("status", "later", "attempts", "expected"),
    [
        ("declined", timedelta(), 1, True),
        ("expired", timedelta(days=1, seconds=-1), 1, True),
        ("expired", timedelta(days=1), 1, False),
        ("declined", timedelta(), attempt_rules.MAX_ATTEMPTS - 1, True),
        ("declined", timedelta(), attempt_rules.MAX_ATTEMPTS, False),
        ("registered", timedelta(), 1, False),
        ("paid", timedelta(), 1, False),
    ],
)
def test_an_order_is_paid_again_within_a_day_and_twenty_attempts(
    status: str, later: timedelta, attempts: int, expected: bool
) -> None:
    tried = registered() if status == "registered" else registered().transition_to(status, "…", NOW)  # type: ignore[arg-type]
    tried = tried.model_copy(update={"attempts": tried.attempts * attempts})
    assert attempt_rules.is_retryable(tried, NOW + later) is expected


def test_a_decision_of_the_staff_alone_keeps_a_declined_order_from_a_person() -> None:
    """Declined by the bank and then reported as given back in full, at the sum ordered: both are written."""
    decided = registered().transition_to("declined", "…", NOW)
    decided = decided.model_copy(update={"decisions": [TimelineEvent(at=NOW, what="…")]})
    gone = bank_status(GIVEN_BACK, refunded=505)
    assert rules.apply_status(decided, "P1", bank_status(), LATER).order.status == "paid"
    assert rules.apply_status(decided, "P1", gone, LATER).order.status == "declined"


def test_a_cancelled_order_says_so_though_the_banks_refusal_was_written_first() -> None:
    refused = rules.apply_status(registered(), "P1", bank_status(ProviderPaymentState.DECLINED), NOW).order
    assert not rules.is_cancelled(refused)
    for before in (registered(), refused):
        cancelled = rules.mark_cancelled(before, LATER).order
        assert rules.is_cancelled(cancelled)
        assert (cancelled.status, cancelled.timeline[-1].at) == ("declined", LATER)
        assert all(attempt.is_dead for attempt in cancelled.attempts)


def test_the_bank_cannot_have_taken_an_attempt_that_was_never_begun() -> None:
    bare = order().model_copy(update={"attempts": []})
    with pytest.raises(LookupError, match="P1 has no attempt"):
        attempt_rules.mark_registered(bare, RegistrationResult("b1", "https://bank/page"), NOW)


def test_only_an_order_that_has_come_to_nothing_gives_up_its_receipts() -> None:
    waiting = registered().model_copy(update={"is_reserving": True})
    assert attempt_rules.without_reservation_if_failed(waiting).is_reserving
    refused = waiting.model_copy(update={"status": "declined"})
    assert not attempt_rules.without_reservation_if_failed(refused).is_reserving


def test_a_failed_order_can_be_retried_or_replaced_for_a_day() -> None:
    declined = registered().transition_to("declined", "…", NOW)
    tomorrow = NOW + attempt_rules.REPEATABLE_FOR
    assert attempt_rules.may_be_replaced(declined, LATER)
    assert attempt_rules.can_pay(declined, LATER)
    assert not attempt_rules.may_be_replaced(declined, tomorrow)
    assert not attempt_rules.can_pay(declined, tomorrow)
    replaced = declined.model_copy(update={"replaced_by": "P2"})
    assert not attempt_rules.may_be_replaced(replaced, LATER)
    assert not attempt_rules.is_retryable(replaced, LATER)
    assert not attempt_rules.can_pay(replaced, LATER)


def test_an_order_under_way_can_be_paid_by_its_link_and_not_replaced_unclosed() -> None:
    assert attempt_rules.can_pay(registered(), NOW)
    assert attempt_rules.can_pay(order(), NOW)
    assert not attempt_rules.can_pay(paid(), NOW)
    assert not attempt_rules.may_be_replaced(registered(), NOW)


@pytest.mark.parametrize("method", ["card", "sbp"])
def test_a_guests_payment_has_a_kind_of_its_own_and_keeps_the_address(method: PaymentMethod) -> None:
    guests = registered().model_copy(update={"user_id": None, "guest_token": "s", "method": method})
    outcome = rules.apply_status(guests, "P1", bank_status(), NOW)
    assert outcome.posting is not None
    assert outcome.posting.kind == rules.GUEST_PAYMENT_KINDS[method]
    assert outcome.order.email == "a@example.com", "nobody else knows where money given back is told"
    assert (guests.page, registered().page) == ("/pay/P1-s", "/orders/P1")
