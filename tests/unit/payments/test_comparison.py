"""A statement beside the books of a day: what differs, why, and when it is another statement altogether."""

from datetime import date

import pytest

from cabinet.payments.bank_statement import StatementLine
from cabinet.payments.comparison import (
    Comparison,
    Difference,
    Journal,
    KnownOrder,
    WrongStatement,
    compare_with,
)

DAY, BEFORE, AFTER = date(2026, 9, 21), date(2026, 9, 20), date(2026, 9, 22)


def compared(
    statement: list[StatementLine],
    ours: list[StatementLine],
    before: list[StatementLine] | None = None,
    after: list[StatementLine] | None = None,
    **known: KnownOrder,
) -> Comparison:
    return compare_with(statement, Journal("c1", DAY, ours, [before or [], after or []], known))


def entries(**amounts: int) -> list[StatementLine]:
    return [StatementLine(number, amount, line) for line, (number, amount) in enumerate(amounts.items(), 2)]


def paid(on: date, contract: str = "c1") -> KnownOrder:
    return KnownOrder(contract, "paid", on)


@pytest.mark.parametrize(
    ("known", "bank_status"),
    [
        ({}, "у нас таких нет: 2"),
        ({"P1": paid(DAY, "c2"), "P2": paid(DAY, "c2")}, "договора c2: 2"),
        ({"P1": paid(AFTER), "P2": paid(AFTER)}, "у нас оплачены 22.09.2026: 2"),
        ({"P1": paid(AFTER), "P2": paid(BEFORE, "c2")}, "у нас оплачены 22.09.2026: 1; договора c2: 1"),
    ],
)
@pytest.mark.parametrize("ours", [{}, {"P3": 7}])
def test_a_register_with_nothing_in_common_is_refused_and_says_what_it_is(
    known: dict[str, KnownOrder], bank_status: str, ours: dict[str, int]
) -> None:
    statement = entries(P1=100, P2=200)
    with pytest.raises(WrongStatement) as refused:
        compared(statement, entries(**ours), after=statement, **known)
    assert "ничего общего с журналом договора c1 за 21.09.2026" in str(refused.value)
    assert bank_status in str(refused.value)
    assert "P1 (строка 2)" in str(refused.value)


def test_a_register_of_another_day_by_its_own_dates_is_refused() -> None:
    statement = [StatementLine("P1", 100, 2, AFTER)]
    with pytest.raises(WrongStatement, match=r"платежи за 22\.09\.2026, а сравнивается 21\.09\.2026"):
        compared(statement, entries(P1=100))


def test_a_register_of_a_month_is_refused() -> None:
    statement = [StatementLine(f"P{number}", 1, number, date(2026, 9, number)) for number in range(1, 31)]
    with pytest.raises(WrongStatement, match=r"платежи за 01\.09\.2026–30\.09\.2026"):
        compared(statement, entries(P21=1))


def test_a_register_whose_dates_are_right_may_lie_beside_our_day_whole() -> None:
    statement = [StatementLine("P1", 100, 2, DAY)]
    assert compared(statement, [], after=entries(P1=100), P1=paid(AFTER)).differences == []


def test_most_orders_elsewhere_is_a_doubt_though_nothing_differs() -> None:
    statement = entries(P1=100, P2=200, P3=300)
    known = {number: paid(AFTER) for number in ("P2", "P3")}
    found = compared(statement, entries(P1=100), after=entries(P2=200, P3=300), **known)
    assert found.differences == []
    (doubt,) = found.doubts
    assert "общие лишь 1 заказов из 3 (у нас оплачены 22.09.2026: 2)" in doubt


@pytest.mark.parametrize("known", [KnownOrder("c1", "review"), KnownOrder("c1", "registered")])
def test_an_order_unpaid_here_is_a_difference(known: KnownOrder) -> None:
    found = compared(entries(P1=100), [], P1=known)
    assert found.differences == [Difference("P1", 100, 0)]
    assert found.differences[0].reason.startswith("строка 2: у нас ")


def test_a_late_refund_or_second_charge_is_a_difference() -> None:
    assert compared(entries(P1=-30), [], P1=paid(BEFORE)).differences == [Difference("P1", -30, 0)]
    twice = KnownOrder("c1", "paid", BEFORE, is_charged_twice=True)
    (found,) = compared([StatementLine("P1-2", 100, 2)], [], P1=twice).differences
    assert found.reason == "строка 2: у нас оплачен 20.09.2026, банк взял деньги дважды"


def test_an_empty_register_is_a_doubt_unless_our_day_is_empty_too() -> None:
    found = compared([], entries(P1=100))
    assert found.differences[0].reason == "в реестре банка нет"
    assert "нет ни одного платежа, а у нас за этот день заказов 1 на 1,00" in found.doubts[0]
    assert compared([], []).doubts == []


def test_sums_in_kopecks_are_named_instead_of_differences() -> None:
    with pytest.raises(WrongStatement, match="в копейках"):
        compared(entries(P1=10_000, P2=20_000), entries(P1=100, P2=200))
    assert len(compared(entries(P1=10_000, P2=20_000), entries(P1=100, P2=201)).differences) == 2


def test_each_difference_says_why() -> None:
    statement = [*entries(P1=100, P2=100, P3=100, P4=150), StatementLine("P1", 100, 9)]
    found = compared(
        statement, entries(P1=100, P4=100, P5=5), P2=paid(AFTER, "c2"), P3=paid(date(2026, 9, 1))
    )
    assert {one.order_id: one.reason for one in found.differences} == {
        "P1": "повторён в строках 2, 9",
        "P2": "строка 3: заказ договора c2",
        "P3": "строка 4: у нас оплачен 01.09.2026",
        "P4": "строка 5: разница 0,50",
        "P5": "в реестре банка нет",
    }


@pytest.mark.parametrize(
    ("bank", "ours", "before", "after"),
    [
        (100, {}, {"P1": 100}, {}),
        (100, {}, {}, {"P1": 100}),
        (-30, {}, {"P1": 100}, {"P1": -30}),
        (70, {"P1": -30}, {"P1": 100}, {}),
        (70, {"P1": 100}, {}, {"P1": -30}),
        (100, {"P1": -30}, {"P1": 100}, {}),
        (70, {}, {"P1": 100}, {"P1": -30}),
    ],
)
def test_what_the_bank_counts_to_a_day_beside_is_no_difference(
    bank: int, ours: dict[str, int], before: dict[str, int], after: dict[str, int]
) -> None:
    books = [entries(**ours, P9=1), entries(**before), entries(**after)]
    assert compared(entries(P1=bank, P9=1), *books, P1=paid(BEFORE)).differences == []
    (found,) = compared(entries(P1=bank + 1, P9=1), *books, P1=paid(BEFORE)).differences
    assert found.bank == bank + 1
