"""Meter values and volumes: whole millionths of the meter's unit inside, decimal strings outside."""

import re
from functools import lru_cache
from typing import NamedTuple

from cabinet.core.text import strip_invisible_chars

type Millionths = int
"""Millionths of the meter's unit (m³, kWh, Gcal); exact, unlike a float."""

SCALE = 6
"""Decimals that a volume can hold; no meter shows more."""
UNIT: Millionths = 10**SCALE

_NUMBER = re.compile(r"([+-]?)(\d{1,400})(?:[.,](\d{1,400}))?", re.ASCII)
# Phones with an East Asian keyboard type these; «12³» must not become 123, so no general normalisation.
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，－", "0123456789.,-")
_SPACES = str.maketrans("", "", " \u00a0\u202f")


class ParsedNumber(NamedTuple):
    """A number as it was typed: what the checks of digits and decimals look at."""

    is_negative: bool
    whole: str
    """Digits before the point, without leading zeros."""
    fraction: str
    """Digits after the point, without trailing zeros."""

    @property
    def millionths(self) -> Millionths:
        """Return the number in millionths; more than six decimals raise ValueError."""
        if len(self.fraction) > SCALE:
            raise ValueError("more decimals than a volume can hold")
        magnitude = int(self.whole or "0") * UNIT + int(self.fraction.ljust(SCALE, "0"))
        return -magnitude if self.is_negative else magnitude


def parse_number(text: str) -> ParsedNumber:
    """Read «12,345», ``12.345`` or full-width digits; thousands may be parted by spaces.

    Raises
    ------
    ValueError
        Not a plain decimal number: an exponent, NaN, an empty string, letters.
    """
    matched = _NUMBER.fullmatch(
        strip_invisible_chars(text).strip().translate(_FULL_WIDTH).translate(_SPACES).replace("\u2212", "-")
    )
    if matched is None:
        raise ValueError("not a number")
    sign, whole, fraction = matched.groups()
    return ParsedNumber(sign == "-", whole.lstrip("0"), (fraction or "").rstrip("0"))


@lru_cache(4096)
def parse_volume(text: str) -> Millionths:
    """Return a stored or imported decimal string in millionths; raises ValueError."""
    return parse_number(text).millionths


def format_volume(volume: Millionths, decimals: int) -> str:
    """Return ``12345000`` as ``"12.345"`` (three decimals), rounded half up when it is finer than that."""
    step = 10 ** (SCALE - decimals)
    rounded = (abs(volume) + step // 2) // step
    whole, fraction = divmod(rounded, 10**decimals)
    sign = "-" if volume < 0 and rounded else ""
    return f"{sign}{whole}.{fraction:0{decimals}d}" if decimals else f"{sign}{whole}"
