"""Breaking a text into lines that fit a width."""

import unicodedata

from cabinet.receipts.fonts.metrics import Typeface

LEADING = 1.18
"""Distance between baselines, in sizes."""


def wrap(text: str, face: Typeface, size: float, width: float) -> list[str]:
    """Break at spaces; a word longer than the line is broken where the line ends. No text, no lines."""
    text = unicodedata.normalize("NFC", text)  # so that no letter is broken from its mark
    if face.width(text, size) <= width:
        return [text] if text.strip() else []
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if face.width(longer, size) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, face, size, width)
        lines += full
    return [*lines, line] if line else lines


def _pieces(word: str, face: Typeface, size: float, width: float) -> list[str]:
    pieces = [""]
    for character in word:
        if pieces[-1] and face.width(pieces[-1] + character, size) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
