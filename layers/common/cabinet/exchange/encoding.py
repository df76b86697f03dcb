"""Which encoding a registry is in, judged by its letters: UTF-8 (BOM or not), windows-1251 or cp866. Pure.

A file in another encoding of Russian (KOI8-R, UTF-16) is recognised in order to be refused by its name.
"""

import codecs
import re
from typing import Literal

type Encoding = Literal["utf-8-sig", "cp1251", "cp866"]

SAMPLE_BYTES = 262_144
"""What is looked at: enough lines of names and addresses to be sure."""

_SCORED_BYTES = 8192
_ASCII_RUNS = re.compile(rb"[\x00-\x7f]+")

# Per mille of each letter in Russian texts; names and addresses differ little enough.
_FREQUENCY = {
    "о": 110, "е": 85, "а": 80, "и": 74, "н": 67, "т": 63, "с": 55, "р": 47, "в": 45, "л": 44, "к": 35,
    "м": 32, "д": 30, "п": 28, "у": 26, "я": 20, "ы": 19, "ь": 17, "г": 17, "з": 16, "б": 16, "ч": 14,
    "й": 12, "х": 10, "ж": 9, "ш": 7, "ю": 6, "ц": 5, "щ": 4, "э": 3, "ф": 3, "ъ": 1, "ё": 1,
}  # fmt: skip
_USUAL_SIGNS = set("№«»–—… ²³°")
_SIGN_WEIGHT, _STRANGE_WEIGHT, _BROKEN_WEIGHT = 5, -60, -400
_CASE_WEIGHT = -40
"""For a small letter followed by a capital: the mark of KOI8-R read as windows-1251."""

_CANDIDATES: tuple[Encoding, ...] = ("utf-8-sig", "cp1251", "cp866")
_FOREIGN = {"koi8-r": "KOI8-R", "mac-cyrillic": "MacCyrillic", "iso8859-5": "ISO 8859-5"}
_CERTAIN_LETTERS = 40
"""Fewer are too few to accuse a file of an encoding that we do not take."""


class UnknownEncoding(ValueError):
    """The bytes are not Russian text in an encoding that we take; the message says what they look like."""


def detect(sample: bytes) -> Encoding:
    """Return the encoding of a file that begins with `sample` (cut anywhere).

    Raises
    ------
    UnknownEncoding
        UTF-16, KOI8-R and the like, or no text at all.
    """
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in sample:
        raise UnknownEncoding("Файл в UTF-16 или не текстовый: нужна UTF-8, windows-1251 или cp866.")
    if sample.startswith(codecs.BOM_UTF8) or sample.isascii():
        return "utf-8-sig"
    if _is_utf_8(sample):  # Russian in one byte a letter is never valid UTF-8 beyond a letter or two
        return "utf-8-sig"
    sample = _ASCII_RUNS.sub(b" ", sample)[:_SCORED_BYTES]
    scores = {name: _score(sample, name) for name in _CANDIDATES}
    best = max(_CANDIDATES, key=lambda name: scores[name])
    foreign = {name: _score(sample, name) for name in _FOREIGN}
    likeliest = max(foreign, key=lambda name: foreign[name])
    letters = sum(byte >= 0x80 for byte in sample)
    if letters >= _CERTAIN_LETTERS and foreign[likeliest] > scores[best]:
        raise UnknownEncoding(
            f"Файл похож на кодировку {_FOREIGN[likeliest]}: нужна UTF-8, windows-1251 или cp866."
        )
    return best


def _is_utf_8(sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # not final: a letter may be cut at the end
    except UnicodeDecodeError:
        return False
    return True


def _score(sample: bytes, encoding: str) -> float:
    """Return how Russian the non-ASCII characters look on average; the higher, the likelier."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    text = decoder.decode(sample)  # not final: a letter cut at the end is no mistake
    total = counted = 0
    was_small = False
    for character in text:
        if character.isascii():
            was_small = False
            continue
        counted += 1
        letter = character.lower()
        if letter in _FREQUENCY:
            total += _FREQUENCY[letter]
            if was_small and character != letter:
                total += _CASE_WEIGHT
            was_small = character == letter
        else:
            total += _weight_of_sign(character)
            was_small = False
    return total / counted if counted else 0.0


def _weight_of_sign(character: str) -> int:
    if character == "\ufffd":
        return _BROKEN_WEIGHT
    return _SIGN_WEIGHT if character in _USUAL_SIGNS else _STRANGE_WEIGHT
