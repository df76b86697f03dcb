"""What a sheet is drawn on: fpdf2's pages, with the two prepared faces and the document's properties.

Coordinates are points from the upper left corner; a text's `y` is its baseline. What is drawn first is read
first: the order of the calls is the order in which a screen reader and a search find the text.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fpdf import FPDF, ViewerPreferences
from fpdf.fonts import TTFFont
from PIL import Image

from cabinet.receipts.fonts.load import Faces
from cabinet.receipts.fonts.metrics import Typeface
from cabinet.receipts.qr_symbol import Symbol

LANGUAGE = "ru-RU"
_PRODUCER = "cabinet"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a reader's «document properties» show. `created` comes from the data: output must not vary."""

    title: str
    author: str
    subject: str
    created: datetime


class PdfDocument:
    """A document of landscape A4 pages that share two faces."""

    def __init__(self, metadata: Metadata, faces: Faces) -> None:
        self._pdf = pdf = FPDF(orientation="landscape", unit="pt", format="A4")
        pdf.set_auto_page_break(auto=False)
        pdf.set_margin(0)
        pdf.c_margin = 0
        self.regular, self.bold = faces
        pdf.set_title(metadata.title)
        pdf.set_author(metadata.author)
        pdf.set_subject(metadata.subject)
        pdf.set_lang(LANGUAGE)
        pdf.set_creation_date(metadata.created)
        pdf.set_producer(_PRODUCER)
        pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.pages: list[Page] = []

    def add_page(self) -> "Page":
        """Begin a new page and return it."""
        self._pdf.add_page()
        page = Page(self._pdf, self._pdf.page)
        self.pages.append(page)
        return page

    def to_bytes(self) -> bytes:
        """Return the PDF file."""
        return bytes(self._pdf.output())


class Page:
    """One page; an earlier one may be reopened, as for footers once the number of pages is known."""

    def __init__(self, pdf: FPDF, number: int) -> None:
        self._pdf = pdf
        self._number = number
        self.width, self.height = pdf.w, pdf.h

    def text(self, x: float, y: float, text: str, face: Typeface, size: float) -> None:
        """Set one line of text with its baseline at `y`."""
        if not text:
            return
        pdf = self._select_page()
        for part, run in face.runs(text):
            _add_face(pdf, part)
            pdf.set_font(part.family, part.style, size)
            pdf.text(x, y, run)
            x += part.width(run, size)

    def heading(self, text: str, level: int) -> None:
        """Note that a section begins here: readers list it, and go to it."""
        self._select_page().start_section(text, level)

    def lines(self, segments: Iterable[tuple[float, float, float, float]], width: float, grey: float) -> None:
        """Stroke straight lines (x1, y1, x2, y2)."""
        pdf = self._select_page()
        pdf.set_line_width(width)
        pdf.set_draw_color(_level(grey))
        for segment in segments:
            pdf.line(*segment)

    def fill(self, x: float, y: float, width: float, height: float, grey: float) -> None:
        """Fill a rectangle whose upper left corner is (x, y)."""
        pdf = self._select_page()
        pdf.set_fill_color(_level(grey))
        pdf.rect(x, y, width, height, style="F")

    def code(self, x: float, y: float, side: float, symbol: Symbol, alternative: str) -> None:
        """Ink a QR whose upper left corner is (x, y); `alternative` is what a screen reader says instead."""
        picture = Image.frombytes("1", (symbol.size, symbol.size), symbol.rows)
        self._select_page().image(picture, x, y, side, side, alt_text=alternative)

    def _select_page(self) -> FPDF:
        if self._pdf.page != self._number:
            self._pdf.page = self._number
            self._pdf.current_font_is_set_on_page = False
        return self._pdf


def _add_face(pdf: FPDF, face: Typeface) -> None:
    """Give the document a face, of which it will embed the letters that are used."""
    key = f"{face.family}{face.style}"
    if key in pdf.fonts:
        return
    pdf.add_font(face.family, face.style, face.path)
    font = pdf.fonts[key]
    assert isinstance(font, TTFFont)  # noqa: S101 - for the type checker
    # The glyphs' bounds are in the file; to compute them fontTools would unpack and repack each glyph.
    font.ttfont.recalcBBoxes = False


def _level(grey: float) -> int:
    return round(grey * 255)
