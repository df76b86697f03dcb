"""Who is counted as active in a month: once for each supplier, whatever order visits come in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.home.activity_rules import MAX_SUPPLIERS, mark_active


@pytest.mark.parametrize(
    ("mark", "suppliers", "after", "coming"),
    [
        ("", ["b", "a"], "2026-11 a b", ["a", "b"]),
        ("2026-11 a b", ["a", "b"], "2026-11 a b", []),
        ("2026-11 a", ["a", "b"], "2026-11 a b", ["b"]),
        ("2026-11 a b", ["b"], "2026-11 a b", []),
        ("2026-10 a", ["a"], "2026-11 a", ["a"]),
        ("2025-12 a", ["a"], "2026-11 a", ["a"]),
        ("2026-12 a", ["a", "b"], "2026-12 a", []),
        ("", [], "2026-11", []),
    ],
)
def test_a_visit_counts_once_a_month_for_each_supplier(
    mark: str, suppliers: list[str], after: str, coming: list[str]
) -> None:
    assert mark_active(mark, "2026-11", suppliers) == (after, coming)


@given(st.lists(st.tuples(st.sampled_from(["2026-11", "2026-12"]), st.sets(st.sampled_from("abcd")))))
def test_whoever_comes_how_often_counts_once_a_month(visits: list[tuple[str, set[str]]]) -> None:
    mark, counted = "", []
    for period, suppliers in sorted(visits, key=lambda each: each[0]):
        mark, coming = mark_active(mark, period, suppliers)
        counted += [(period, each) for each in coming]
    assert sorted(counted) == sorted({(period, each) for period, suppliers in visits for each in suppliers})


def test_more_suppliers_than_a_transaction_takes_are_counted_by_the_next_visits() -> None:
    suppliers = [f"uk-{number:02}" for number in range(MAX_SUPPLIERS + 3)]
    mark, first = mark_active("", "2026-11", suppliers)
    mark, second = mark_active(mark, "2026-11", suppliers)
    assert (len(first), len(second)) == (MAX_SUPPLIERS, 3)
    assert mark_active(mark, "2026-11", suppliers)[1] == []
