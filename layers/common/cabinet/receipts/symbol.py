"""The modules of a QR symbol: payload in, dark runs out. How they are inked is the sheet's business."""

from collections.abc import Iterator
from dataclasses import dataclass

import zxingcpp

# The library weighs all eight masks, as ISO/IEC 18004 demands, in a millisecond; pure Python takes twenty.
_ERROR_CORRECTION = "M"
_DARK, _LIGHT = b"\x00", b"\xff"

QUIET_ZONE = 4
"""Light modules that must surround the symbol (ISO/IEC 18004, 9.1)."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A square of `size` × `size` modules, row by row; a dark module is a zero byte."""

    size: int
    modules: bytes

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """Yield (column, row, length) of every unbroken row of dark modules."""
        for row in range(self.size):
            line = self.modules[row * self.size : (row + 1) * self.size]
            start = line.find(_DARK)
            while start >= 0:
                end = line.find(_LIGHT, start)
                end = self.size if end < 0 else end
                yield start, row, end - start
                start = line.find(_DARK, end)


def symbol_of(payload: bytes) -> Symbol:
    """Return the smallest symbol with error correction M that carries `payload` byte for byte."""
    barcode = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode, ec_level=_ERROR_CORRECTION)
    image = barcode.to_image(scale=1, add_quiet_zones=False)
    return Symbol(image.shape[0], memoryview(image).tobytes())
