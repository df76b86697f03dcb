"""Sums, dates and numbers as the sheet words them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.core.money import parse_rubles
from cabinet.receipts import formatting


@pytest.mark.parametrize(
    ("kopecks", "shown"), [(520346, "5 203,46"), (-1462, "-14,62"), (0, "0,00"), (None, ""), (5, "0,05")]
)
def test_sums_are_shown_in_rubles(kopecks: int | None, shown: str):
    assert formatting.format_amount(kopecks) == shown


@given(st.integers(-(10**14), 10**14))
def test_a_shown_sum_reads_back(kopecks: int):
    assert parse_rubles(formatting.format_amount(kopecks)) == kopecks


def test_dates_and_periods_are_short():
    assert formatting.format_date(date(2017, 9, 28)) == "28.09.2017"
    assert formatting.format_date(None) == ""


@pytest.mark.parametrize(
    ("worded", "shown"),
    [
        ("2016-03", "Мар 2016"),
        ("Март 2016", "Мар 2016"),
        ("МАЙ 2016", "Май 2016"),
        ("", ""),
        ("I кв. 2016", "I кв. 2016"),
        ("Квартал 2016", "Квартал 2016"),
    ],
)
def test_calculation_periods_are_short_however_billing_words_them(worded: str, shown: str):
    assert formatting.short_period(worded) == shown


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ([1, 2, 4, 8, 9], "1, 2, 4, 8, 9"),
        ([3, 5, 6, 7], "3, 5-7"),
        ([7, 6, 5], "5-7"),
        ([], ""),
        ([1, 1], "1"),
    ],
)
def test_line_numbers_are_drawn_together(numbers: list[int], shown: str):
    assert formatting.format_ranges(numbers) == shown


@given(st.sets(st.integers(1, 60)))
def test_no_line_number_is_lost_or_added(numbers: set[int]):
    named: set[int] = set()
    for span in filter(None, formatting.format_ranges(numbers).split(", ")):
        first, _, last = span.partition("-")
        named |= set(range(int(first), int(last or first) + 1))
    assert named == numbers


def test_decimals_take_the_russian_comma_and_words_keep_their_stops():
    assert formatting.format_decimal("16.00 руб/м2") == "16,00 руб/м2"
    assert formatting.format_decimal("кол. собств.") == "кол. собств."
