"""Money: integer kopecks, read from and shown as rubles. No float and no Decimal ever holds a sum."""

import re

type Kopecks = int
"""A sum in kopecks; a debt is positive, an overpayment negative."""

NO_BREAK_SPACE = "\u00a0"
_SPACES = dict.fromkeys(map(ord, " \u00a0\u2007\u2009\u202f"))
"""What parts thousands: plain, no-break, figure, thin and narrow spaces."""
_RUBLES = re.compile(r"([+-]?)(\d{1,15})(?:[.,](\d{1,2}))?", re.ASCII)


def parse_rubles(text: str) -> Kopecks:
    """Read ``3 293,08``, ``3293.08`` or ``-14,62``; thousands may be parted by spaces.

    Raises
    ------
    ValueError
        Anything else: exponents, three decimals, non-ASCII digits, an empty string.
    """
    matched = _RUBLES.fullmatch(text)  # most sums are plain
    if matched is None:
        matched = _RUBLES.fullmatch(text.strip().translate(_SPACES).replace("\u2212", "-"))
    if matched is None:
        raise ValueError(f"not a sum in rubles: {text!r}")
    sign, whole, fraction = matched.groups()
    kopecks = int(whole) * 100 + int((fraction or "").ljust(2, "0"))
    return -kopecks if sign == "-" else kopecks


def format_rubles(kopecks: Kopecks) -> str:
    """Show ``329308`` as ``3 293,08``, with a non-breaking space between thousands."""
    whole, fraction = divmod(abs(kopecks), 100)
    grouped = f"{whole:,}".replace(",", NO_BREAK_SPACE)
    return f"{'-' if kopecks < 0 else ''}{grouped},{fraction:02d}"


def to_decimal_string(kopecks: Kopecks) -> str:
    """Write ``329308`` as ``3293.08``: the form of registries and of the «Город» protocol."""
    whole, fraction = divmod(abs(kopecks), 100)
    return f"{'-' if kopecks < 0 else ''}{whole}.{fraction:02d}"
