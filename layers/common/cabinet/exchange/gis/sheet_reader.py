"""Reads of a sheet's XML what filling needs: texts of the first rows, styles, where rows begin."""

import re
from dataclasses import dataclass, field

from cabinet.exchange.gis.errors import GisTemplateRejected, TemplateTooLarge
from cabinet.exchange.gis.template_rules import HEADER_ROWS
from cabinet.exchange.gis.xml_parts import local_name, new_parser

_MAX_CELLS = 300
"""Maximum columns read; the widest templates have some sixty."""
_MAX_TITLE = 1000
MAX_CELLS_READ = 1_000_000
"""An empty template has some hundred thousand styled cells at most."""
_MAX_ROW, _MAX_COLUMN = 1_048_576, 16_384
_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})", re.ASCII)


@dataclass(slots=True)
class _Cell:
    kind: str
    text: str = ""


@dataclass(slots=True)
class SheetScan:
    """What a sheet holds before it is filled."""

    prefix: str = ""
    """Namespace prefix of the element names: «x:» in files that some programs write."""
    cells: dict[int, dict[int, _Cell]] = field(default_factory=dict)
    """Row → column, of the first rows, of cells that hold anything."""
    first_valued: int = 0
    """The first row after the first ones that holds anything; 0: none does."""
    column_styles: list[tuple[int, int, str]] = field(default_factory=list)
    cell_styles: dict[int, dict[int, str]] = field(default_factory=dict)
    """Row → column → style, of the rows in which data may begin."""
    row_offsets: dict[int, int] = field(default_factory=dict)
    """Row → where it begins in the bytes; of the first rows and of the first one after them."""
    end: int = -1
    """Where the rows end in the bytes."""
    dimension: tuple[int, int] | None = None
    """The position of the element that says which cells are used."""

    @property
    def shared_indexes(self) -> set[int]:
        """Return the indexes of the shared texts that the first rows refer to."""
        return {
            int(cell.text)
            for row in self.cells.values()
            for cell in row.values()
            if cell.kind == "s" and cell.text.isascii() and cell.text.isdigit()
        }

    def titles(self, texts: dict[int, str]) -> dict[int, dict[int, str]]:
        """Return the texts of the first rows; cells that show nothing are left out."""
        shown: dict[int, dict[int, str]] = {}
        for row, cells in self.cells.items():
            for column, cell in cells.items():
                shared = cell.kind == "s" and cell.text.isascii() and cell.text.isdigit()
                text = texts.get(int(cell.text), "") if shared else cell.text
                if text.strip():
                    shown.setdefault(row, {})[column] = text[:_MAX_TITLE]
        return shown

    def style(self, row: int, column: int) -> str:
        """Return the style that a new cell takes: of the template's own cell there, else of its column."""
        own = self.cell_styles.get(row, {}).get(column)
        if own is not None:
            return own
        return next((style for low, high, style in self.column_styles if low <= column <= high), "")

    def first_dropped(self, row: int) -> int:
        """Return where the rows from `row` on begin in the bytes: they hold nothing and are replaced."""
        return min((at for number, at in self.row_offsets.items() if number >= row), default=self.end)


def scan_sheet(xml: bytes) -> SheetScan:
    """Return what a sheet's part holds; raises GisTemplateRejected, ExpatError."""
    reader = _Reader()
    parser = new_parser()
    parser.StartElementHandler = lambda name, attributes: reader.start(
        name, attributes, parser.CurrentByteIndex
    )
    parser.EndElementHandler = lambda name: reader.end(name, parser.CurrentByteIndex, xml)
    parser.CharacterDataHandler = reader.text
    parser.XmlDeclHandler = _reject_other_encodings
    parser.Parse(xml, True)
    return reader.scan


def shared_texts(xml: bytes, wanted: set[int]) -> dict[int, str]:
    """Return some of the shared texts, by their index."""
    found: dict[int, str] = {}
    index, is_wanted_text, phonetic = -1, False, False

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal index, is_wanted_text, phonetic
        local = local_name(name)
        if local == "si":
            index += 1
        is_wanted_text = local == "t" and index in wanted
        phonetic = phonetic or local == "rPh"

    def text(piece: str) -> None:
        if is_wanted_text and not phonetic and len(found.get(index, "")) < _MAX_TITLE:
            found[index] = found.get(index, "") + piece

    def end(name: str) -> None:
        nonlocal is_wanted_text, phonetic
        is_wanted_text = False
        phonetic = phonetic and local_name(name) != "rPh"

    parser = new_parser()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.Parse(xml, True)
    return found


def column_letters(column: int) -> str:
    """Return «A» for 1, «AA» for 27."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


class _Reader:
    """What the parser has come to."""

    def __init__(self) -> None:
        self.scan = SheetScan()
        self._row = self._column = self._read = 0
        self._cell: _Cell | None = None
        self._reads = False

    def start(self, name: str, attributes: dict[str, str], at: int) -> None:
        local = local_name(name)
        if local == "dimension":
            self.scan.dimension = (at, at)
        elif local == "col" and "style" in attributes:
            low, high = int(attributes["min"]), int(attributes["max"])
            if len(self.scan.column_styles) < _MAX_CELLS:
                self.scan.column_styles.append((low, high, _digits(attributes["style"])))
        elif local == "sheetData":
            self.scan.prefix = name.removesuffix("sheetData")
        elif local == "row":
            self._start_row(attributes, at)
        elif local == "c":
            self._start_cell(attributes)
        elif local in ("v", "t", "f"):
            self._reads = self._cell is not None
            if local == "f" and self._cell is not None:
                self._cell.text += "="

    def text(self, piece: str) -> None:
        if self._reads and self._cell is not None and len(self._cell.text) < _MAX_TITLE:
            self._cell.text += piece

    def end(self, name: str, at: int, xml: bytes) -> None:
        local = local_name(name)
        if local == "dimension":
            begin = self.scan.dimension[0] if self.scan.dimension else at
            # An empty element ends where the parser says, any other at the end of its closing tag.
            is_empty = xml[begin:at].endswith(b"/>")
            self.scan.dimension = (begin, at if is_empty else xml.index(b">", at) + 1)
        elif local == "sheetData":
            self.scan.end = at
        elif local in ("v", "t", "f"):
            self._reads = False
        elif local == "c":
            self._end_cell()

    def _start_row(self, attributes: dict[str, str], at: int) -> None:
        row = int(attributes.get("r", self._row + 1))
        if not self._row < row <= _MAX_ROW:
            raise GisTemplateRejected
        self._row, self._column = row, 0
        if row <= HEADER_ROWS + 2 or max(self.scan.row_offsets, default=0) <= HEADER_ROWS + 2:
            self.scan.row_offsets[row] = at

    def _start_cell(self, attributes: dict[str, str]) -> None:
        named = _CELL.fullmatch(attributes["r"]) if "r" in attributes else None
        if "r" in attributes and (named is None or int(named[2]) != self._row):
            raise GisTemplateRejected
        self._column = _column_number(named[1]) if named else self._column + 1
        self._read += 1
        if self._column > _MAX_COLUMN or self._read > MAX_CELLS_READ:
            raise TemplateTooLarge
        if "s" in attributes and self._row <= HEADER_ROWS + 2 and self._column <= _MAX_CELLS:
            self.scan.cell_styles.setdefault(self._row, {})[self._column] = _digits(attributes["s"])
        self._cell = _Cell(attributes.get("t", "n"))

    def _end_cell(self) -> None:
        cell, self._cell = self._cell, None
        if cell is None or not cell.text.strip():
            return
        if self._row > HEADER_ROWS:
            self.scan.first_valued = self.scan.first_valued or self._row
        elif self._column <= _MAX_CELLS:
            self.scan.cells.setdefault(self._row, {})[self._column] = cell


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _digits(style: str) -> str:
    if not (style.isascii() and style.isdigit()):
        raise GisTemplateRejected
    return style


def _reject_other_encodings(_: str, encoding: str | None, __: int) -> None:
    """Rows are added to the bytes, so these must be UTF-8, as every program writes them."""
    if (encoding or "utf-8").lower() not in ("utf-8", "us-ascii"):
        raise GisTemplateRejected
