"""The two faces that sheets are set in, measured once a process, and the fallback of each."""

import sys
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from fpdf import FPDF
from fpdf.fonts import TTFFont

from cabinet.receipts.fonts.metrics import Typeface
from cabinet.receipts.fonts.prepare import FALLBACK, FAMILY, prepare

PREPARED = "cabinet_receipt_fonts"
"""The directory of prepared fonts: looked for beside the packages, because layers are not always in /opt."""
_WEIGHTS = {"": "regular", "B": "bold"}


class Faces(NamedTuple):
    """Regular and bold."""

    regular: Typeface
    bold: Typeface


@cache
def faces() -> Faces:
    """Return the faces: prepared ones where the layer has them, else cut now (a fresh checkout, a second)."""
    return Faces(*(_typeface(FAMILY, style, partial(_fallback, style)) for style in _WEIGHTS))


@cache
def _fallback(style: str) -> Typeface:
    """Return what sets the letters that few sheets have; read when the first of them does."""
    return _typeface(FALLBACK, style)


def _typeface(family: str, style: str, fallback: Callable[[], Typeface] | None = None) -> Typeface:
    """Return a prepared face, measured as fpdf2 measures it."""
    path = _directory() / f"{family}{_WEIGHTS[style]}.ttf"
    pdf = FPDF()
    pdf.add_font(family, style, path)
    (font,) = pdf.fonts.values()
    assert isinstance(font, TTFFont)  # noqa: S101 - for the type checker
    advances = {chr(code): int(width) for code, width in font.cw.items()}
    return Typeface(style, advances, family, path, fallback)


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
