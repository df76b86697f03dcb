"""Periods sort, step and are titled as the manual shows them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.core.periods import (
    months_between,
    parse_period,
    period_from_date,
    period_title,
    receipt_title,
    shift_period,
)

days = st.dates(date(1950, 1, 1), date(2050, 12, 31))


@given(days, st.integers(-500, 500))
def test_stepping_there_and_back_is_the_same_month(day, months):
    period = period_from_date(day)
    assert shift_period(shift_period(period, months), -months) == period
    assert months_between(period, shift_period(period, months)) == months


@given(days, days)
def test_strings_sort_as_the_months_do(one, other):
    assert (period_from_date(one) < period_from_date(other)) == (
        (one.year, one.month) < (other.year, other.month)
    )


def test_titles_are_the_manuals():
    assert period_title("2020-08") == "Август 2020"
    assert receipt_title("Объединённая", "2019-09") == "Квитанция Объединённая за СЕНТЯБРЬ 2019"


@pytest.mark.parametrize("text", ["2019-13", "2019-00", "2019-9", "19-09", "2019-09-01", "２０１９-09", ""])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ValueError, match="not a period"):
        parse_period(text)
