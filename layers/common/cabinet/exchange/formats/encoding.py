"""Which encoding a registry is in, detected by its letters: UTF-8 (BOM or not), windows-1251 or cp866. Pure.

A file in another encoding of Russian (KOI8-R, UTF-16) is recognised in order to be refused by its name, never
read as something else. MacCyrillic is no candidate: nobody sends it, and capitals of cp866 look like it.
"""

import codecs
import re
from collections.abc import Iterable
from typing import get_args

from cabinet.accounts.supplier_model import RegistryEncoding
from cabinet.exchange.formats.letter_frequencies import likelihood

ENCODINGS: tuple[RegistryEncoding, ...] = get_args(RegistryEncoding.__value__)
"""What a supplier's setting or the sender may name."""

_SCORED_BYTES = 8192
_ASCII_RUNS = re.compile(rb"([\x00-\x7f])[\x00-\x7f]+([\x00-\x7f])")
_CANDIDATES: tuple[RegistryEncoding, ...] = ("utf-8", "cp1251", "cp866")
_UNSUPPORTED = {"koi8-r": ("KOI8-R", 4), "iso8859-5": ("ISO 8859-5", 12)}
"""Named in refusals; and by how much such an encoding must be likelier: «ЦОЙ» alone might be in any."""
_TITLES = {"utf-8": "UTF-8", "cp1251": "windows-1251", "cp866": "cp866", "koi8-r": "KOI8-R"}
_FEW_BYTES, _RUSSIAN_SCORE = 32, 5.0
"""«хватов» in cp866 is valid UTF-8 too, of ideograms: texts with fewer non-ASCII bytes are checked twice."""
_MIN_RUSSIAN_SCORE, _MIN_SCORED_PAIRS = 4.0, 30
"""Russian gives about 7; MacCyrillic, read in what we take, less than 3."""
_SUPPORTED = "нужна UTF-8, windows-1251 или cp866"
_WHEN_NAMED = " Иначе укажите кодировку: настройка поставщика registry_encoding или ключ --encoding."


class UnknownEncoding(ValueError):
    """The bytes are not Russian text in an encoding that we take; the message says what they look like."""


def detect(content: Iterable[bytes]) -> RegistryEncoding:
    """Return the encoding of a file whose bytes, all of them, `content` yields piece by piece.

    Raises
    ------
    UnknownEncoding
        UTF-16, KOI8-R and the like, or no text at all.
    """
    seen = _FileScan(content)
    if seen.has_bom:
        return "utf-8"
    if seen.is_utf_8 and len(seen.sample) > _FEW_BYTES:
        return "utf-8"  # Russian in one byte a letter is never valid UTF-8 beyond a few letters
    scores = {name: seen.read_as(name)[0] for name in _CANDIDATES}
    best = max(_CANDIDATES, key=lambda name: scores[name])
    if seen.is_utf_8 and (scores["utf-8"] >= 0 or scores[best] < _RUSSIAN_SCORE):
        return "utf-8"
    for name, (title, doubt) in _UNSUPPORTED.items():
        score, pairs = seen.read_as(name)
        if (score - scores[best]) * pairs > doubt:
            named = _WHEN_NAMED if name in ENCODINGS else ""
            raise UnknownEncoding(f"Файл похож на кодировку {title}: {_SUPPORTED}.{named}")
    if best != "utf-8" and scores[best] < _MIN_RUSSIAN_SCORE and seen.read_as(best)[1] > _MIN_SCORED_PAIRS:
        raise UnknownEncoding(f"Кодировка файла не распознана: {_SUPPORTED}.{_WHEN_NAMED}")
    return best


def confirm(content: Iterable[bytes], given: RegistryEncoding) -> RegistryEncoding:
    """Return the encoding that the sender has named, unless the bytes are beyond doubt in another.

    Raises
    ------
    UnknownEncoding
        UTF-16, or UTF-8 that would be read as letters of one byte each.
    """
    seen = _FileScan(content)
    is_utf_8 = seen.has_bom or (seen.is_utf_8 and seen.read_as("utf-8")[0] >= _RUSSIAN_SCORE)
    if given != "utf-8" and is_utf_8:
        raise UnknownEncoding(f"Файл в UTF-8, а указана кодировка {_TITLES[given]}.")
    return given


class _FileScan:
    """What one pass over a file has shown."""

    def __init__(self, content: Iterable[bytes]) -> None:
        self.is_utf_8 = True
        self.sample = b""
        """The first non-ASCII bytes, wherever they are, with the ASCII character on either side."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        for piece in content:
            if b"\0" in piece or piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise UnknownEncoding(f"Файл в UTF-16 или не текстовый: {_SUPPORTED}.")
            if not piece.isascii() and len(self.sample) < _SCORED_BYTES:
                self.sample += _ASCII_RUNS.sub(rb"\1 \2", piece)
            self.is_utf_8 = self.is_utf_8 and _continues(decoder, piece)
        self.sample = self.sample[:_SCORED_BYTES]

    @property
    def has_bom(self) -> bool:
        """Tell whether the file begins with UTF-8's own mark."""
        return self.sample.startswith(codecs.BOM_UTF8)

    def read_as(self, name: str) -> tuple[float, int]:
        """Return how Russian the file looks in an encoding, and by how many pairs of letters."""
        return likelihood(self.sample.decode(name, "replace"))


def _continues(decoder: codecs.IncrementalDecoder, piece: bytes) -> bool:
    try:
        decoder.decode(piece)  # not final: a letter may be cut at the end
    except UnicodeDecodeError:
        return False
    return True
