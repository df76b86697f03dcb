"""The cursor that moves down a page and on to the next one."""

from collections.abc import Callable

from cabinet.receipts.fonts.metrics import Typeface
from cabinet.receipts.layout.text_wrap import LEADING, wrap
from cabinet.receipts.pdf_canvas import Page, PdfDocument

MARGIN = 22.0
FOOTER_SIZE = 6.5


class Flow:
    """Pages of a document, filled from top to bottom. `y` is the upper edge of what comes next."""

    def __init__(self, pdf: PdfDocument) -> None:
        self.pdf = pdf
        self.page: Page = pdf.add_page()
        self.y = MARGIN

    @property
    def left(self) -> float:
        """The left edge of the text area."""
        return MARGIN

    @property
    def width(self) -> float:
        """The width of the text area."""
        return self.page.width - 2 * MARGIN

    def fits(self, height: float) -> bool:
        """Tell whether a block of `height` still fits above the footer."""
        return self.y + height <= self.page.height - MARGIN - FOOTER_SIZE

    def ensure_space(self, height: float) -> None:
        """Go on to a new page unless a block of `height` fits, or the page is still empty."""
        if not self.fits(height) and self.y > MARGIN:
            self.break_page()

    def break_page(self) -> None:
        """Begin a new page."""
        self.page = self.pdf.add_page()
        self.y = MARGIN

    def paragraph(self, text: str, face: Typeface, size: float, *, x: float, width: float, y: float) -> float:
        """Set `text` as one paragraph with its upper edge at `y`; return its lower edge."""
        for line in wrap(text, face, size, width):
            self.page.text(x, y + size, line, face, size)
            y += size * LEADING
        return y

    def heading(self, text: str, size: float, *, keep_with: float) -> None:
        """Set a heading that stays on one page with the `keep_with` points that follow."""
        self.ensure_space(size * LEADING + keep_with)
        self.page.heading(text, level=1)
        self.y = self.paragraph(text, self.pdf.bold, size, x=self.left, width=self.width, y=self.y)
        self.y += 2

    def number_pages(self, footer: Callable[[int, int], str]) -> None:
        """Write a footer on every page, once it is known how many there are."""
        for number, page in enumerate(self.pdf.pages, 1):
            text = footer(number, len(self.pdf.pages))
            page.text(MARGIN, page.height - MARGIN + FOOTER_SIZE, text, self.pdf.regular, FOOTER_SIZE)
