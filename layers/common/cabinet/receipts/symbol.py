"""The modules of a QR symbol: payload in, bitmap out. Where it stands on a page is the sheet's business.

A symbol is the smallest of level M, one byte segment, under the best of the eight masks. Libraries weigh the
masks module by module, for 20 ms and more; here a symbol takes two.
"""

from dataclasses import dataclass

from cabinet.receipts.codewords import codewords, version_for
from cabinet.receipts.grid import best_masked, rows

QUIET_ZONE = 4
"""Light modules that must surround the symbol (ISO/IEC 18004, 9.1)."""

_INKED = str.maketrans("01", "10")


@dataclass(frozen=True, slots=True)
class Symbol:
    """A square of `size` × `size` modules; `rows` are their bits, 0 for dark, each row filled up to bytes."""

    size: int
    rows: bytes


def symbol_of(payload: bytes) -> Symbol:
    """Return the symbol of `payload`; raises PayloadTooLongError beyond 2 331 bytes."""
    version = version_for(len(payload))
    placed = codewords(payload, version)
    bits = f"{int.from_bytes(placed):0{8 * len(placed)}b}"
    size = 17 + 4 * version
    width = -(-size // 8)
    drawn = [
        int(row.translate(_INKED).ljust(8 * width, "1"), 2).to_bytes(width)
        for row in rows(version, best_masked(version, bits))
    ]
    return Symbol(size, b"".join(drawn))
