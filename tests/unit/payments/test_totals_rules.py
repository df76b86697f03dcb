"""Totals by day, payee and method add up to the whole, whatever the rows."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cabinet.payments.totals_rules import Sums, Totals, add_rows

rows = st.lists(
    st.builds(
        lambda day, method, amounts, outside_lines, back: row(day, method, amounts, outside_lines, back=back),
        st.integers(1, 28), st.sampled_from(["card", "sbp", ""]),
        st.lists(st.tuples(st.sampled_from(["1", "2", ""]), st.integers(1, 10**9)), max_size=4),
        st.integers(0, 10**6), st.booleans(),
    ),
    max_size=20,
)  # fmt: skip


def row(
    day: int, method: str, amounts: list[tuple[str, int]], outside_lines: int = 0, *, back: bool = False
) -> dict[str, Any]:
    sign = -1 if back else 1
    made: dict[str, Any] = {
        "received_on": f"2026-03-{day:02d}",
        "status": "refunded" if back else "paid",
        "beyond": sign * outside_lines,
        "lines": [{"payee_inn": inn, "amount": sign * amount} for inn, amount in amounts],
    }  # fmt: skip
    return made | ({"method": method} if method else {})


def total(parts: list[Sums]) -> tuple[int, int]:
    return sum(each.paid for each in parts), sum(each.refunded for each in parts)


@given(rows)
def test_every_breakdown_adds_up_to_the_whole(found: list[dict[str, Any]]) -> None:
    totals = add_rows(Totals(), found)
    whole = (totals.whole.paid, totals.whole.refunded)
    assert whole == total(list(totals.by_payee.values())) == total(list(totals.by_method.values()))
    assert whole == total([sums for of_day in totals.by_day.values() for sums in of_day.values()])
    assert whole[0] - whole[1] == sum(line["amount"] for each in found for line in each["lines"])
    assert totals.payments + totals.refunds == len(found)


def test_a_refund_counts_on_its_own_day() -> None:
    totals = add_rows(Totals(), [row(1, "card", [("1", 500)], 5), row(2, "card", [("1", 100)], back=True)])
    assert totals.by_day == {date(2026, 3, 1): {"1": Sums(500, 0)}, date(2026, 3, 2): {"1": Sums(0, 100)}}
    assert (totals.whole, totals.outside_lines) == (Sums(500, 100), 5)
    assert add_rows(Totals(), []).whole == Sums()
