"""The modules of a QR symbol: payload in, bitmap out. Its place on a page is decided by the sheet."""

from dataclasses import dataclass

import segno

_ERROR_CORRECTION = "m"
# One byte segment: a symbol that mixes segments makes some readers stop at the first Russian letter.
_MODE = "byte"
# Any of the eight masks can be read. Weighing all of them, as ISO/IEC 18004 (7.8.3) prefers, takes five
# times as long as everything else; this one has no long runs on text that is mostly Cyrillic UTF-8.
_MASK = 2

_DIGITS = bytes.maketrans(b"\0\1", b"10")

QUIET_ZONE = 4
"""Light modules that must surround the symbol (ISO/IEC 18004, 9.1)."""


class PayloadTooLongError(ValueError):
    """More bytes than the largest symbol of level M holds: 2 331."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A square of `size` × `size` modules; `rows` are their bits, 0 for dark, each row filled up to bytes."""

    size: int
    rows: bytes


def encode(payload: bytes) -> Symbol:
    """Return the smallest symbol of level M that carries `payload`; raises PayloadTooLongError."""
    try:
        code = segno.make(
            payload, mode=_MODE, error=_ERROR_CORRECTION, mask=_MASK, micro=False, boost_error=False
        )
    except segno.DataOverflowError as error:
        raise PayloadTooLongError(f"{len(payload)} bytes do not fit a QR symbol") from error
    size = len(code.matrix)
    width = -(-size // 8)
    return Symbol(size, b"".join(_pack_bits(row, width) for row in code.matrix))


def _pack_bits(row: bytes | bytearray, width: int) -> bytes:
    return int(row.translate(_DIGITS).ljust(width * 8, b"1"), 2).to_bytes(width)
