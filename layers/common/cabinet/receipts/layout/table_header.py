"""The head of a table: where each title is placed when some columns share a head."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from cabinet.receipts.fonts.metrics import Typeface
from cabinet.receipts.layout.text_wrap import LEADING, wrap

PADDING = 2.0
"""Between a cell's rules and its text, in points."""


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in points; columns that share a `group` are under one head; numbers are set to the right."""

    title: str
    width: float
    group: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class HeaderCell:
    """A title: its box (`top` counts from the table's upper edge), the columns and rows it spans."""

    lines: list[str]
    x: float
    width: float
    top: float
    height: float
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Head:
    """All titles; `upper` is the height of the storey of group heads, 0 where there are none."""

    cells: tuple[HeaderCell, ...]
    height: float
    upper: float


def cell_height(lines: int, size: float) -> float:
    """Return the height of a cell with this many lines of text; an empty one is as tall as one line."""
    return max(lines, 1) * size * LEADING + 2 * PADDING


def build_head(columns: Sequence[Column], left: float, face: Typeface, size: float) -> Head:
    """Measure the titles and place them in one or two rows."""

    def lines(title: str, width: float) -> list[str]:
        return wrap(title, face, size, width - 2 * PADDING)

    groups = _groups(columns)
    titled = [(group, lines(group, sum(c.width for c in members))) for group, members in groups if group]
    upper = max((cell_height(len(broken), size) for _, broken in titled), default=0.0)
    lower = max((cell_height(len(lines(c.title, c.width)), size) for c in columns if c.group), default=0.0)
    tall = max((cell_height(len(lines(c.title, c.width)), size) for c in columns if not c.group), default=0.0)
    height = max(upper + lower, tall)
    rows = 2 if titled else 1
    cells: list[HeaderCell] = []
    x = left
    for group, members in groups:
        if group:
            width = sum(column.width for column in members)
            cells.append(HeaderCell(lines(group, width), x, width, 0.0, upper, len(members), 1))
        for column in members:
            title = lines(column.title, column.width)
            top = upper if group else 0.0
            cells.append(HeaderCell(title, x, column.width, top, height - top, 1, 1 if group else rows))
            x += column.width
    return Head(tuple(cells), height, upper)


def _groups(columns: Sequence[Column]) -> list[tuple[str, list[Column]]]:
    return [(group, list(members)) for group, members in groupby(columns, key=lambda column: column.group)]
