"""Money reads and writes as people and registries do, and never through a float."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.core.money import format_rubles, parse_rubles, to_decimal_string

kopecks = st.integers(min_value=-(10**15), max_value=10**15)


@given(kopecks)
def test_what_is_shown_reads_back_to_the_kopeck(amount):
    assert parse_rubles(format_rubles(amount)) == amount
    assert parse_rubles(to_decimal_string(amount)) == amount


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3 293,08", 329308), ("3293.08", 329308), ("-14,62", -1462), ("−14,62", -1462), ("0", 0), ("7,5", 750),
     ("64\u00a0429,74", 6442974)],
)  # fmt: skip
def test_the_forms_that_people_and_registries_write_are_read(text, expected):
    assert parse_rubles(text) == expected


@pytest.mark.parametrize("text", ["", "1e5", "1.234", "NaN", "1,2,3", "１２", "--5", "руб", "1" * 16, "=1"])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="not a sum"):
        parse_rubles(text)


def test_thousands_are_parted_by_a_space_that_does_not_break():
    assert format_rubles(-6442974) == "-64\u00a0429,74"
