"""The two faces that sheets are set in, read and embedded once a process, and the fallback of each."""

import sys
import tempfile
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from fpdf import FPDF
from fpdf.fonts import TTFFont

from cabinet.receipts.fonts.embed import FAMILY, EmbeddedFonts, embed
from cabinet.receipts.fonts.metrics import Typeface
from cabinet.receipts.fonts.prepare import FALLBACK, prepare

PREPARED = "cabinet_receipt_fonts"
"""The directory of prepared fonts: looked for beside the packages, because layers are not always in /opt."""
_WEIGHTS = {"": "regular", "B": "bold"}


class Faces(NamedTuple):
    """Regular and bold, and both as a document takes them over."""

    regular: Typeface
    bold: Typeface
    embedded: EmbeddedFonts


@cache
def faces() -> Faces:
    """Return the faces: prepared ones where the layer has them, else cut now (a fresh checkout, a second)."""
    directory = _directory()
    embedded = embed({style: directory / f"{weight}.ttf" for style, weight in _WEIGHTS.items()})
    regular, bold = (
        Typeface(style, _advances(font), FAMILY, fallback=partial(_fallback, style))
        for style, font in embedded.by_style.items()
    )
    return Faces(regular, bold, embedded)


@cache
def _fallback(style: str) -> Typeface:
    """Return what sets the letters that few sheets have; read when the first of them does."""
    path = _directory() / f"{FALLBACK}{_WEIGHTS[style]}.ttf"
    pdf = FPDF()
    pdf.add_font(FALLBACK, style, path)
    (font,) = pdf.fonts.values()
    assert isinstance(font, TTFFont)  # noqa: S101 - for the type checker
    return Typeface(style, _advances(font), FALLBACK, path=path)


def _advances(font: TTFFont) -> dict[str, int]:
    return {chr(code): int(width) for code, width in font.cw.items()}


def _directory() -> Path:
    for place in sys.path:
        if (directory := Path(place) / PREPARED).is_dir():
            return directory
    return Path(_freshly_prepared().name)


@cache
def _freshly_prepared() -> "tempfile.TemporaryDirectory[str]":
    """Return a directory that goes with the process: fallback faces are read from it while it lives."""
    fresh = tempfile.TemporaryDirectory()
    prepare(Path(fresh.name))
    return fresh
