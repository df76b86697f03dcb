"""One face of the sheet's typeface: measures text and gives the font program that a document embeds.

Read once and shared by all documents. The files are those that `fonts.py` prepares: outlines without hinting
and composite glyphs, so that a subset is a matter of copying slices.
"""

import json
import struct
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

from cabinet.receipts.fonts import TABLES

_PROGRAM_TABLES = {tag.encode() for tag in TABLES}
_LOCA_FORMAT = slice(50, 52)
"""Place of `indexToLocFormat` in the table `head`; 0 means halved 16-bit offsets."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph's number in the font and its advance in thousandths of the size."""

    index: int
    advance: int


class Advances(dict[str, int]):
    """Advances by character; what the face lacks is as wide as a digit."""

    def __init__(self, glyphs: dict[str, Glyph]) -> None:
        super().__init__({character: glyph.advance for character, glyph in glyphs.items()})

    def __missing__(self, character: str) -> int:
        return self["0"]


@dataclass(frozen=True, slots=True)
class Typeface:
    """Metrics are in thousandths of the font's size, as PDF wants them."""

    name: str
    ascent: int
    descent: int
    cap_height: int
    stem: int
    box: tuple[int, int, int, int]
    glyphs: dict[str, Glyph]
    advances: "Advances"
    tables: dict[bytes, bytes]
    outlines: tuple[bytes, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read `path` (a prepared .ttf) and the metrics beside it (.json)."""
        metrics = json.loads(path.with_suffix(".json").read_text())
        glyphs = {character: Glyph(*pair) for character, pair in metrics.pop("glyphs").items()}
        tables = _tables(path.read_bytes())
        offsets = array("H", tables[b"loca"])
        offsets.byteswap()
        glyf = tables[b"glyf"]
        outlines = tuple(glyf[start * 2 : end * 2] for start, end in pairwise(offsets))
        return cls(**metrics, glyphs=glyphs, advances=Advances(glyphs), tables=tables, outlines=outlines)

    def glyph(self, character: str) -> Glyph:
        """Return the character's glyph, or the empty box where the face lacks it."""
        return self.glyphs.get(character) or Glyph(0, self.advances[character])

    def width(self, text: str, size: float) -> float:
        """Return the length of `text` in points when set in `size` points."""
        return sum(map(self.advances.__getitem__, text)) * size / 1000

    def program(self, used: Iterable[int]) -> bytes:
        """Return a font program in which all glyphs but the `used` ones are empty."""
        kept = {0, *used}
        outlines = [outline if index in kept else b"" for index, outline in enumerate(self.outlines)]
        offsets = array("H", [0])
        for outline in outlines:
            offsets.append(offsets[-1] + len(outline) // 2)
        offsets.byteswap()
        return _font_file(self.tables | {b"glyf": b"".join(outlines), b"loca": offsets.tobytes()})


def _tables(data: bytes) -> dict[bytes, bytes]:
    count = struct.unpack_from(">H", data, 4)[0]
    found = {}
    for place in range(count):
        tag, _, offset, length = struct.unpack_from(">4sLLL", data, 12 + 16 * place)
        if tag in _PROGRAM_TABLES:
            found[tag] = data[offset : offset + length]
    if struct.unpack(">h", found[b"head"][_LOCA_FORMAT])[0] != 0:
        raise ValueError("the font was not prepared: its offsets are not halved")
    return found


def _font_file(tables: dict[bytes, bytes]) -> bytes:
    directory, body = [], []
    offset = 12 + 16 * len(tables)
    for tag in sorted(tables):
        padded = tables[tag] + bytes(-len(tables[tag]) % 4)
        directory.append(struct.pack(">4sLLL", tag, _checksum(padded), offset, len(tables[tag])))
        body.append(padded)
        offset += len(padded)
    # searchRange, entrySelector and rangeShift of six tables: hints for binary search.
    start = struct.pack(">LHHHH", 0x00010000, len(tables), 64, 2, 16 * len(tables) - 64)
    return b"".join([start, *directory, *body])


def _checksum(padded: bytes) -> int:
    words = array("I", padded)
    words.byteswap()
    return sum(words) & 0xFFFFFFFF
