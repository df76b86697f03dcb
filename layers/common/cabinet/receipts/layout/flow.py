"""The cursor that moves down a page and on to the next one."""

from collections.abc import Callable

from cabinet.receipts.layout.paragraph import LEADING, wrap
from cabinet.receipts.pdf.book import Book
from cabinet.receipts.pdf.page import Lettering, Page
from cabinet.receipts.pdf.tags import Tag

MARGIN = 22.0
FOOTER_SIZE = 6.5


class Flow:
    """Pages of a book, filled from top to bottom. `y` is the upper edge of what comes next."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.page: Page = book.add_page()
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

    def make_room(self, height: float) -> None:
        """Go on to a new page unless a block of `height` fits, or the page is still empty."""
        if not self.fits(height) and self.y > MARGIN:
            self.break_page()

    def break_page(self) -> None:
        """Begin a new page."""
        self.page = self.book.add_page()
        self.y = MARGIN

    def paragraph(
        self, text: str, lettering: Lettering, size: float, tag: Tag, *, x: float, width: float, y: float
    ) -> float:
        """Set `text` as one tagged paragraph with its upper edge at `y`; return its lower edge."""
        lines = wrap(text, lettering.face, size, width)
        if lines:
            with self.page.tagged(tag):
                for line in lines:
                    self.page.text(x, y + size, line, lettering, size)
                    y += size * LEADING
        return y

    def heading(self, text: str, kind: str, size: float, *, keep_with: float) -> None:
        """Set a heading that stays on one page with the `keep_with` points that follow."""
        self.make_room(size * LEADING + keep_with)
        tag = self.book.root.child(kind)
        self.y = self.paragraph(text, self.book.bold, size, tag, x=self.left, width=self.width, y=self.y)
        self.y += 2

    def number_pages(self, footer: Callable[[int, int], str]) -> None:
        """Write a footer on every page, once it is known how many there are."""
        for number, page in enumerate(self.book.pages, 1):
            with page.decoration():
                page.text(
                    MARGIN, page.height - MARGIN + FOOTER_SIZE, footer(number, len(self.book.pages)),
                    self.book.regular, FOOTER_SIZE,
                )  # fmt: skip
