"""Fonts as fpdf2 puts them into a PDF: read, cut and packed once a process, then shared by all documents.

fpdf2 reads a font anew for each document and embeds the letters that it used: two fifths of a sheet's time.
The fonts are cut to a receipt's letters already (`prepare.py`), so here a specimen that uses all of them is
embedded once, and its parts go into each document as they are. One document is written out at a time: the
parts carry the numbers that they have in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.fonts import TTFFont
from fpdf.output import OutputProducer, PDFFont, PDFType3Font
from fpdf.syntax import PDFContentStream, PDFObject

FAMILY = "sheet"


@dataclass(frozen=True, slots=True)
class EmbeddedFonts:
    """What a document takes over: fonts by style, their PDF objects, and the head of each font."""

    by_style: Mapping[str, TTFFont]
    parts: tuple[PDFObject, ...]
    heads: dict[int, PDFFont | PDFType3Font]


def embed(paths: Mapping[str, Path]) -> EmbeddedFonts:
    """Embed whole each font of `paths`, which names files by fpdf2's style ("" or "B")."""
    specimen = FPDF()
    for style, path in paths.items():
        specimen.add_font(FAMILY, style, path)
    fonts = [font for font in specimen.fonts.values() if isinstance(font, TTFFont)]
    for font in fonts:
        for code in font.cmap:
            font.subset.pick(code)
        _drop_unused_tables(font.ttfont)
    written = OutputProducer(specimen)
    heads = written._add_fonts({}, {}, {})
    parts = [part for part in written.pdf_objs if isinstance(part, PDFObject)]
    for head in heads.values():
        # fpdf2 leaves the map for searching and copying unpacked: 4 KB a font.
        if isinstance(plain := head.to_unicode, PDFContentStream):
            head.to_unicode = packed = PDFContentStream(plain.content_stream(), compress=True)
            parts[parts.index(plain)] = packed
    return EmbeddedFonts(dict(zip(paths, fonts, strict=True)), tuple(parts), heads)


def producer_with(embedded: EmbeddedFonts) -> type[OutputProducer]:
    """Return what writes a document out with these fonts, for `FPDF.output(output_producer_class=…)`.

    Other fonts of the document are embedded by the library, each with the letters that are used.
    """

    class WithEmbeddedFonts(OutputProducer):
        def _add_fonts(self, *resources: Any) -> dict[int, PDFFont | PDFType3Font]:  # noqa: ANN401
            for font in embedded.by_style.values():
                del self.fpdf.fonts[font.fontkey]
            heads = super()._add_fonts(*resources)
            for part in embedded.parts:
                self._add_pdf_obj(part, "fonts")
            return heads | embedded.heads

    return WithEmbeddedFonts


def _drop_unused_tables(font: TTFont) -> None:
    """Drop what is read by now, and is no part of an embedded CIDFontType2 (ISO 32000-1, 9.9)."""
    for tag in ("OS/2", "cmap", "name", "post"):
        del font[tag]
