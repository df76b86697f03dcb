"""Meter values: what people type, exactly kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.metering.volumes import SCALE, UNIT, format_volume, parse_number, parse_volume


@pytest.mark.parametrize(
    ("typed", "volume"),
    [
        ("0", 0), ("12", 12 * UNIT), ("12.345", 12_345_000), ("12,345", 12_345_000),
        (" 1 234,5 ", 1_234_500_000),
        ("0012", 12 * UNIT), ("1.500", 1_500_000), ("３８，５", 38_500_000),
        ("\u22125", -5 * UNIT), ("+7", 7 * UNIT),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_type_them(typed: str, volume: int) -> None:
    assert parse_volume(typed) == volume


@pytest.mark.parametrize(
    "typed",
    ["", " ", ".", ",5", "5,", "1e3", "1e308", "NaN", "Infinity", "12³", "½",
     "٣", "0x10", "1.2.3", "--5", "1_000", "м3"],
)  # fmt: skip
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        parse_number(typed)


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_a_volume_survives_being_written(volume: int) -> None:
    assert parse_volume(format_volume(volume, SCALE)) == volume


@given(st.integers(min_value=0, max_value=10**15), st.integers(min_value=0, max_value=6))
def test_rounding_is_to_the_nearest(volume: int, decimals: int) -> None:
    shown = parse_volume(format_volume(volume, decimals))
    assert abs(shown - volume) * 2 <= 10 ** (SCALE - decimals)


@given(st.text(max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        parse_number(text)
    except ValueError:
        return
