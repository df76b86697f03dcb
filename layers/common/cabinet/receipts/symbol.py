"""The modules of a QR symbol: payload in, bitmap out. Where it stands on a page is the sheet's business."""

from dataclasses import dataclass

import zxingcpp

# The library weighs all eight masks, as ISO/IEC 18004 demands, in a millisecond; pure Python takes twenty.
_ERROR_CORRECTION = "M"
# The standard tells the encoding within the text; an ECI header before it is what old readers stumble over.
_NO_ECI = "Unknown"
_BITS = bytes.maketrans(b"\x00\xff", b"01")

QUIET_ZONE = 4
"""Light modules that must surround the symbol (ISO/IEC 18004, 9.1)."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A square of `size` × `size` modules; `rows` are their bits, 0 for dark, each row filled up to bytes."""

    size: int
    rows: bytes


def symbol_of(payload: bytes) -> Symbol:
    """Return the smallest symbol with error correction M that carries `payload` byte for byte."""
    barcode = zxingcpp.create_barcode(
        payload, zxingcpp.BarcodeFormat.QRCode, ec_level=_ERROR_CORRECTION, eci=_NO_ECI
    )
    image = barcode.to_image(scale=1, add_quiet_zones=False)
    size: int = image.shape[0]
    bits = memoryview(image).tobytes().translate(_BITS)
    width = -(-size // 8)
    return Symbol(
        size,
        b"".join(
            int(bits[start : start + size].ljust(width * 8, b"1"), 2).to_bytes(width)
            for start in range(0, size * size, size)
        ),
    )
