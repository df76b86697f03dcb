"""Giving money back: what may be, from which lines, and what the bank's word books. No storage."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.payments import refund_rules as rules
from cabinet.payments.errors import RefundImpossible
from cabinet.payments.model import Order, OrderLine, RefundLine
from cabinet.payments.providers.base import ProviderPaymentState, ProviderPaymentStatus
from tests.support.factories.merchants import merchant

NOW = datetime(2026, 9, 21, 5, 0, tzinfo=UTC)


def order(*amounts: int, commission: int = 5, **changes: object) -> Order:
    lines = [
        OrderLine(account_id="uk:1", receipt_id="r", receipt_title="К", service=str(n), amount=amount)
        for n, amount in enumerate(amounts)
    ]
    fields: dict[str, object] = {
        "order_id": "P1", "user_id": "u1", "merchant": merchant("http://127.0.0.1:9", "rbs"),
        "time_zones": {}, "lines": lines, "amount": sum(amounts), "commission": commission, "created_at": NOW,
        "status": "paid", "credited_bank_order_id": "b1",
    }  # fmt: skip
    return Order.model_validate(fields | changes)


def word(refunded: int | None, amount: int | None = 505, is_reversed: bool = False) -> ProviderPaymentStatus:
    state = ProviderPaymentState.REVERSED if is_reversed else ProviderPaymentState.REFUNDED
    return ProviderPaymentStatus(state, bank_order_id="b1", number="P1", amount=amount, refunded=refunded)


def asked(of: Order, amount: int | None = None, refund_id: str = "r1", **how: object) -> Order:
    return rules.request_refund(of, refund_id, "ошибка", "Иванова", NOW, amount=amount, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "refunded", "left"), [(None, None, None), (505, None, 0), (505, 505, 0), (505, 100, 405)]
)
def test_what_the_bank_has_is_what_it_took_less_what_it_gave(
    amount: int | None, refunded: int | None, left: int | None
) -> None:
    assert rules.amount_at_bank(word(refunded, amount)) == left


@pytest.mark.parametrize(
    ("posted", "credits"),
    [(None, [300, 200]), (505, [300, 200]), (400, [300, 100]), (300, [300, 0]), (1, [1, 0]), (0, [0, 0])],
)
def test_a_smaller_sum_credits_the_first_lines_first(posted: int | None, credits: list[int]) -> None:
    assert rules.credited_by_line(order(300, 200, decided_amount=posted)) == credits


@pytest.mark.parametrize(
    ("amount", "parts"),
    [(1, [(0, 1)]), (300, [(0, 300)]), (301, [(0, 300), (1, 1)]), (500, [(0, 300), (1, 200)]),
     (505, [(0, 300), (1, 200)])],
)  # fmt: skip
def test_a_sum_comes_from_the_lines_in_their_order_and_the_commission_last(
    amount: int, parts: list[tuple[int, int]]
) -> None:
    (refund,) = asked(order(300, 200), amount).refunds
    assert [(part.position, part.amount) for part in refund.lines] == parts
    assert (refund.amount, refund.unposted_amount, refund.status) == (amount, 0, "requested")


@pytest.mark.parametrize("amount", [0, -1, 506])
def test_no_more_than_was_posted_and_no_less_than_a_kopeck(amount: int) -> None:
    with pytest.raises(RefundImpossible):
        asked(order(300, 200), amount)


def test_what_is_asked_for_again_changes_nothing_and_another_waits_for_it() -> None:
    once = asked(order(300, 200), 100)
    assert asked(once, 100) == once
    with pytest.raises(RefundImpossible):
        asked(once, 100, "r2")


@pytest.mark.parametrize(
    "changes",
    [{"status": "declined", "credited_bank_order_id": None}, {"status": "registered"},
     {"credited_bank_order_id": None}, {"status": "review", "taken": None}],
)  # fmt: skip
def test_without_a_known_payment_nothing_is_given_back(changes: dict[str, object]) -> None:
    with pytest.raises(RefundImpossible):
        asked(order(300, 200, **changes), 1)


@pytest.mark.parametrize(
    ("lines", "is_possible"),
    [({0: 300, 1: 200}, True), ({1: 200}, True), ({1: 201}, False), ({2: 1}, False), ({-1: 1}, False),
     ({0: 0, 1: 5}, False)],
)  # fmt: skip
def test_lines_that_are_named_give_what_they_have(lines: dict[int, int], is_possible: bool) -> None:
    if not is_possible:
        with pytest.raises(RefundImpossible):
            asked(order(300, 200), lines=lines)
        return
    (refund,) = asked(order(300, 200), lines=lines).refunds
    assert refund.amount == sum(lines.values())
    assert {part.position: part.amount for part in refund.lines} == lines


def test_a_surplus_goes_back_without_a_line() -> None:
    (refund,) = asked(order(300, 200, taken=605), surplus=True).refunds
    assert (refund.amount, refund.unposted_amount, refund.lines) == (100, 100, [])


def test_money_under_review_goes_back_without_a_line_and_leaves_the_review_due() -> None:
    due = NOW + timedelta(hours=3)
    held = order(300, 200, status="review", taken=400, credited_bank_order_id=None, due_at=due)
    made = asked(held)
    (refund,) = made.refunds
    assert (refund.amount, refund.unposted_amount, refund.lines, made.due_at) == (400, 400, [], due)


def test_fifty_refunds_are_enough() -> None:
    done = asked(order(300, 200), 1).refunds[0].model_copy(update={"status": "done", "lines": []})
    many = [done.model_copy(update={"refund_id": f"x{n}"}) for n in range(rules.MAX_REFUNDS)]
    with pytest.raises(RefundImpossible):
        asked(order(300, 200, refunds=many), 1)
    assert len(asked(order(300, 200, refunds=many[1:]), 1).refunds) == rules.MAX_REFUNDS


@given(
    st.lists(st.integers(1, 1_000), min_size=1, max_size=5), st.integers(0, 50),
    st.lists(st.integers(1, 2_000), max_size=8),
)  # fmt: skip
def test_the_banks_word_is_booked_once_and_adds_up_to_the_lines(
    amounts: list[int], commission: int, steps: list[int]
) -> None:
    current, posted, total = order(*amounts, commission=commission), 0, sum(amounts) + commission
    heard = 0
    for step in steps:
        heard = min(heard + step, total)
        booked = rules.apply_bank_refund(current, word(heard, total), NOW)
        if booked is None:
            assert current.refunded_total == heard
            continue
        current, posting = booked
        posted += posting.total
        assert rules.apply_bank_refund(current, word(heard, total), NOW) is None
        assert all(left >= 0 for left in rules.refundable_by_line(current))
    assert -posted == current.refunded_total == heard
    assert (current.status == "refunded") is (heard == total)
    back = sum(rules.refunded_by_line(current))
    assert back == min(heard, sum(amounts))


def test_the_banks_own_refund_first_uses_what_was_never_posted() -> None:
    booked = rules.apply_bank_refund(order(300, 200, taken=605), word(150, 605), NOW)
    assert booked is not None
    changed, posting = booked
    (refund,) = changed.refunds
    assert (refund.amount, refund.unposted_amount, refund.status) == (150, 100, "done")
    assert [amount for _, amount in posting.lines] == [-50]
    assert (changed.refunded_from_posted, changed.refunded_total, changed.surplus) == (50, 150, 0)


def test_a_refund_requested_before_posting_reduces_the_lines() -> None:
    held = asked(order(300, 200, status="review", taken=505, credited_bank_order_id=None), 100)
    posted = held.model_copy(update={"status": "paid", "credited_bank_order_id": "b1"})
    booked = rules.apply_bank_refund(posted, word(100), NOW)
    assert booked is not None
    assert [amount for _, amount in booked[1].lines] == [-100]
    assert (booked[0].refunds[0].unposted_amount, booked[0].refunded_from_posted) == (0, 100)


def test_a_reversal_gives_all_back_and_ends_what_was_asked_for() -> None:
    booked = rules.apply_bank_refund(asked(order(300, 200), 100), word(None, is_reversed=True), NOW)
    assert booked is not None
    changed, posting = booked
    assert (changed.status, posting.total, changed.open_refund) == ("paid", -100, None)
    again = rules.apply_bank_refund(changed, word(None, is_reversed=True), NOW)
    assert again is not None
    assert (again[0].status, again[1].total, again[0].due_at) == ("refunded", -405, None)


def test_a_smaller_refund_of_the_banks_own_is_not_the_one_that_was_asked_for() -> None:
    booked = rules.apply_bank_refund(asked(order(300, 200), 300), word(100), NOW)
    assert booked is not None
    assert [(each.refund_id, each.status) for each in booked[0].refunds] == [
        ("r1", "requested"), ("bank-0", "done"),
    ]  # fmt: skip
    rest = rules.apply_bank_refund(booked[0], word(505), NOW)
    assert rest is not None
    assert rest[0].open_refund is None


def test_a_request_is_refused_when_the_bank_has_refunded_everything() -> None:
    held = asked(order(300, 200), 300)
    some = rules.apply_bank_refund(held, word(250), NOW)
    assert some is not None
    rest = rules.apply_bank_refund(some[0], word(505), NOW)
    assert rest is not None
    changed, _ = rest
    (first, *_) = changed.refunds
    assert (changed.status, first.refund_id, first.status, first.error) == (
        "refunded", "r1", "refused", "nothing_left",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("returned", "status", "refunded_total"),
    [(0, "requested", 0), (99, "requested", 99), (100, "done", 100)],
)
def test_a_refund_under_review_is_done_when_the_bank_has_given_so_much(
    returned: int, status: str, refunded_total: int
) -> None:
    held = asked(order(300, 200, status="review", taken=505, credited_bank_order_id=None), 100)
    known = rules.with_bank_sums(held, word(returned), NOW)
    assert (known.refunds[0].status, known.refunded_total, known.taken) == (status, refunded_total, 505)


@pytest.mark.parametrize(("refunded", "is_covered"), [(0, True), (400, True), (401, False), (505, False)])
def test_a_refund_is_sent_only_while_its_lines_have_it(refunded: int, is_covered: bool) -> None:
    made = asked(order(0, 500), lines={1: 100})
    (refund,) = made.refunds
    assert rules.is_covered(made.model_copy(update={"refunded_from_posted": refunded}), refund) is is_covered


@pytest.mark.parametrize(("returned", "is_covered"), [(0, True), (405, True), (406, False)])
def test_a_refund_under_review_is_sent_only_while_the_bank_has_it(returned: int, is_covered: bool) -> None:
    held = asked(order(300, 200, status="review", taken=505, credited_bank_order_id=None), 100)
    reported = held.model_copy(update={"bank_refunded_total": returned})
    assert rules.is_covered(reported, held.refunds[0]) is is_covered


def test_one_process_at_a_time_asks_the_bank() -> None:
    made = asked(order(300, 200), 100)
    assert not rules.is_being_sent(made.refunds[0], NOW)
    sent = rules.mark_sent(made, made.refunds[0], NOW).refunds[0]
    assert (sent.attempts, rules.is_being_sent(sent, NOW + rules.RESEND_AFTER)) == (1, False)
    assert rules.is_being_sent(sent, NOW + rules.RESEND_AFTER - timedelta(seconds=1))


def test_a_refusal_of_the_bank_ends_the_refund_and_frees_the_lines() -> None:
    made = asked(order(300, 200), 100)
    ended = rules.mark_refused(made, made.refunds[0], "5", NOW)
    assert (ended.open_refund, ended.refunds[0].status, ended.refunds[0].error) == (None, "refused", "5")
    assert rules.refundable_by_line(ended) == [300, 200]
    assert asked(ended, 505, "r2").refunds[1].lines == [
        RefundLine(position=0, amount=300), RefundLine(position=1, amount=200),
    ]  # fmt: skip
