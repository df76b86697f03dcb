"""A ruled table that flows over pages: its head is repeated, its rows are never torn."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from cabinet.receipts.layout.page_flow import Flow
from cabinet.receipts.layout.table_header import PADDING, Column, Head, HeaderCell, build_head, cell_height
from cabinet.receipts.layout.text_wrap import LEADING, wrap

_RULE, _RULE_GREY = 0.4, 0.45
_HEAD_GREY = 0.93
_ASCENT = 0.92
"""Distance from a line's upper edge to its baseline, in font sizes."""


@dataclass(frozen=True, slots=True)
class Row:
    """Texts of a row, one a column. A row that continues the one above has no rule between them."""

    cells: tuple[str, ...]
    is_bold: bool = False
    continues: bool = False


def draw_table(flow: Flow, columns: Sequence[Column], rows: Sequence[Row], size: float) -> None:
    """Draw the table at the flow's cursor and leave the cursor under it."""
    _Table(flow, columns, size).draw(rows)


class _Table:
    """A table being drawn, and the piece of it on the current page."""

    def __init__(self, flow: Flow, columns: Sequence[Column], size: float) -> None:
        self.flow = flow
        self.columns = columns
        self.size = size
        self.edges = list(accumulate((column.width for column in columns), initial=flow.left))
        self.head: Head = build_head(columns, flow.left, flow.pdf.bold, size)
        self.top = flow.y
        self.rules: list[float] = []

    def draw(self, rows: Sequence[Row]) -> None:
        flow = self.flow
        broken = [self._broken(row) for row in rows]
        flow.ensure_space(self.head.height + (self._height(broken[0]) if broken else 0))
        self._begin()
        for row, cells in zip(rows, broken, strict=True):
            if not flow.fits(self._height(cells)):
                self._rule()
                flow.break_page()
                self._begin()
            self._draw_row(row, cells)
        self._rule()

    def _broken(self, row: Row) -> list[list[str]]:
        """The row's texts broken into lines."""
        face = self.flow.pdf.bold if row.is_bold else self.flow.pdf.regular
        return [
            wrap(text, face, self.size, column.width - 2 * PADDING)
            for column, text in zip(self.columns, row.cells, strict=True)
        ]

    def _height(self, cells: Sequence[Sequence[str]]) -> float:
        return cell_height(max(map(len, cells)), self.size)

    def _begin(self) -> None:
        """Draw the head, here and on every page that the table continues to."""
        flow, head = self.flow, self.head
        self.top = flow.y
        flow.page.fill(flow.left, flow.y, self.edges[-1] - flow.left, head.height, _HEAD_GREY)
        for cell in head.cells:
            self._draw_title(cell)
        flow.y += head.height
        self.rules = [self.top, flow.y]

    def _draw_title(self, cell: HeaderCell) -> None:
        page, bold, size = self.flow.page, self.flow.pdf.bold, self.size
        y = self.top + cell.top + (cell.height - cell_height(len(cell.lines), size)) / 2
        for number, line in enumerate(cell.lines):
            x = cell.x + (cell.width - bold.width(line, size)) / 2
            page.text(x, y + self._baseline(number), line, bold, size)

    def _draw_row(self, row: Row, cells: Sequence[Sequence[str]]) -> None:
        flow = self.flow
        face = flow.pdf.bold if row.is_bold else flow.pdf.regular
        if row.continues and len(self.rules) > 2:
            self.rules.pop()
        for column, x, lines in zip(self.columns, self.edges, cells, strict=False):
            room = column.width - 2 * PADDING
            for number, line in enumerate(lines):
                shift = room - face.width(line, self.size) if column.is_number else 0.0
                flow.page.text(x + PADDING + shift, flow.y + self._baseline(number), line, face, self.size)
        flow.y += self._height(cells)
        self.rules.append(flow.y)

    def _baseline(self, line: int) -> float:
        return PADDING + self.size * (_ASCENT + line * LEADING)

    def _rule(self) -> None:
        """Rule the piece on this page."""
        page, edges, bottom = self.flow.page, self.edges, self.flow.y
        across = [(edges[0], y, edges[-1], y) for y in self.rules]
        down = [(x, self._top_of_rule(place), x, bottom) for place, x in enumerate(edges)]
        under = [
            (cell.x, self.top + cell.height, cell.x + cell.width, self.top + cell.height)
            for cell in self.head.cells
            if cell.columns > 1
        ]
        page.lines([*across, *down, *under], _RULE, _RULE_GREY)

    def _top_of_rule(self, place: int) -> float:
        """A rule between two columns of one group begins under the group's head."""
        if 0 < place < len(self.columns):
            group = self.columns[place].group
            if group and group == self.columns[place - 1].group:
                return self.top + self.head.upper
        return self.top
