"""The two faces that sheets are set in, read and embedded once a process."""

import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cabinet.receipts.embedding import EmbeddedFonts, embed
from cabinet.receipts.fonts import prepare
from cabinet.receipts.typeface import Advances, Typeface

PREPARED = "cabinet_receipt_fonts"
"""The directory of prepared fonts: looked for beside the packages, because layers are not always in /opt."""


class Faces(NamedTuple):
    """Regular and bold, and both as a document takes them over."""

    regular: Typeface
    bold: Typeface
    embedded: EmbeddedFonts


@cache
def faces() -> Faces:
    """Return the faces: prepared ones where the layer has them, else cut now (a fresh checkout, a second)."""
    for place in sys.path:
        if (directory := Path(place) / PREPARED).is_dir():
            return _read(directory)
    with tempfile.TemporaryDirectory() as fresh:
        prepare(Path(fresh))
        return _read(Path(fresh))


def _read(directory: Path) -> Faces:
    embedded = embed({"": directory / "regular.ttf", "B": directory / "bold.ttf"})
    regular, bold = (
        Typeface(style, Advances((chr(code), int(width)) for code, width in font.cw.items()))
        for style, font in embedded.by_style.items()
    )
    return Faces(regular, bold, embedded)
