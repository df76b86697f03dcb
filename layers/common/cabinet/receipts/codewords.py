"""The codewords of a QR symbol: payload as one byte segment, cut into blocks, with Reed-Solomon correction.

ISO/IEC 18004, 7.4–7.6, error correction level M. One segment without an ECI header is what every reader
takes, plain ones too; the standard of payment codes tells the encoding in the text.
"""

from functools import cache
from itertools import pairwise

LARGEST = 40

# Table 9, level M, versions 1–40: correction codewords in a block, and blocks.
_CORRECTION = (
    10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
    26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
)  # fmt: skip
_BLOCKS = (
    1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16,
    17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
)  # fmt: skip

_BYTE_MODE = 0b0100
_PADDING = (0xEC, 0x11)
_FIELD = 0x11D
"""The polynomial of GF(256), 7.5.2."""


class PayloadTooLongError(ValueError):
    """More bytes than the largest symbol of level M holds: 2 331."""


def version_for(length: int) -> int:
    """Return the smallest version that holds `length` bytes; raises PayloadTooLongError."""
    for version in range(1, LARGEST + 1):
        if 4 + _count_bits(version) + 8 * length <= 8 * _data_codewords(version):
            return version
    raise PayloadTooLongError(f"{length} bytes do not fit a QR symbol")


def codewords(payload: bytes, version: int) -> bytes:
    """Return data and correction codewords in the order in which they are placed."""
    data = _data(payload, version)
    blocks = _BLOCKS[version - 1]
    short = len(data) // blocks
    longer = len(data) % blocks
    cuts = [place * short + max(0, place - blocks + longer) for place in range(blocks + 1)]
    parts = [data[start:end] for start, end in pairwise(cuts)]
    corrections = [_correction(part, _CORRECTION[version - 1]) for part in parts]
    mixed = bytearray(column for place in range(short) for column in (part[place] for part in parts))
    mixed += bytes(part[short] for part in parts if len(part) > short)
    mixed += bytes(byte for column in zip(*corrections, strict=True) for byte in column)
    return bytes(mixed)


def raw_modules(version: int) -> int:
    """Return how many modules are left for codewords (7.3.8)."""
    alignment = version // 7 + 2
    modules = (16 * version + 128) * version + 64
    if version >= 2:
        modules -= (25 * alignment - 10) * alignment - 55
    return modules - 36 if version >= 7 else modules


def _data_codewords(version: int) -> int:
    return raw_modules(version) // 8 - _CORRECTION[version - 1] * _BLOCKS[version - 1]


def _count_bits(version: int) -> int:
    return 8 if version < 10 else 16


def _data(payload: bytes, version: int) -> bytes:
    """Mode, count and payload, closed by zeros and filled up with the two padding codewords."""
    capacity = _data_codewords(version)
    bits = _BYTE_MODE << _count_bits(version) | len(payload)
    bits = bits << 8 * len(payload) | int.from_bytes(payload)
    used = 4 + _count_bits(version) + 8 * len(payload)
    bits <<= 4  # the terminator; the count of bits is then a whole number of codewords
    filled = bits.to_bytes((used + 4) // 8)[:capacity]
    missing = capacity - len(filled)
    return filled + bytes(_PADDING[place % 2] for place in range(missing))


def _correction(data: bytes, degree: int) -> bytes:
    """The remainder of the data by the generator polynomial, one table row a codeword."""
    rows = _generator_rows(degree)
    top, kept = 8 * (degree - 1), (1 << 8 * (degree - 1)) - 1
    remainder = 0
    for byte in data:
        remainder = (remainder & kept) << 8 ^ rows[byte ^ remainder >> top]
    return remainder.to_bytes(degree)


@cache
def _generator_rows(degree: int) -> tuple[int, ...]:
    """The generator polynomial times each of the 256 elements of the field."""
    generator = [0] * (degree - 1) + [1]
    root = 1
    for _ in range(degree):
        for place in range(degree):
            generator[place] = _product(generator[place], root)
            if place + 1 < degree:
                generator[place] ^= generator[place + 1]
        root = _product(root, 2)
    return tuple(int.from_bytes(bytes(_product(c, element) for c in generator)) for element in range(256))


def _product(x: int, y: int) -> int:
    product = 0
    for bit in range(7, -1, -1):
        product = product << 1 ^ (product >> 7) * _FIELD
        product ^= (y >> bit & 1) * x
    return product
