"""Writes the filled workbook: the template's parts as they were, the one sheet with rows put in.

The parts are copied byte for byte: lists to choose from, styles, hidden sheets by which the service knows the
template's version stay. Nothing that we write is a formula: texts are inline strings, numbers are numbers.
"""

import shutil
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import IO
from xml.sax.saxutils import escape

from cabinet.core.text import strip_invisible_chars
from cabinet.exchange.gis.sheet_reader import column_letters
from cabinet.exchange.gis.template import Template
from cabinet.exchange.gis.template_rules import TEMPLATE_SPECS, GisKind

type Row = Mapping[str, str]
"""Meaning of a column → text, or a decimal with a dot; columns that the template has not are left out."""


def write_filled(template: Template, kind: GisKind, rows: Sequence[Row], target: IO[bytes]) -> None:
    """Write the template filled with `rows` (at least one) to `target`; the same rows make the same bytes."""
    with zipfile.ZipFile(template.path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for part in source.infolist():
            if part.is_dir():
                continue
            info = zipfile.ZipInfo(part.filename)
            info.compress_type = zipfile.ZIP_DEFLATED
            with made.open(info, "w") as written:
                if part.filename == template.part:
                    written.writelines(_sheet(template, kind, rows))
                else:
                    with source.open(part) as copied:
                        shutil.copyfileobj(copied, written)


def _sheet(template: Template, kind: GisKind, rows: Sequence[Row]) -> Iterable[bytes]:
    scan, layout, xml = template.scan, template.layout, template.xml
    first, dropped = layout.first_row, scan.first_dropped(layout.first_row)
    start = 0
    if scan.dimension is not None:
        columns = {*layout.columns.values(), *(column for cells in scan.cells.values() for column in cells)}
        used = f"A1:{column_letters(max(columns))}{first + len(rows) - 1}"
        begin, start = scan.dimension
        yield xml[:begin]
        yield f'<{scan.prefix}dimension ref="{used}"/>'.encode()
    yield xml[start:dropped]
    numbers = {column.name for column in TEMPLATE_SPECS[kind].columns if column.is_number}
    places = sorted((column, name) for name, column in layout.columns.items())
    cells = [
        (name, column_letters(column), _style(scan.style(first, column)), name in numbers)
        for column, name in places
    ]
    for number, row in enumerate(rows, first):
        yield _row(scan.prefix, number, cells, row)
    yield xml[scan.end :]


def _style(style: str) -> str:
    return f' s="{style}"' if style else ""


def _row(prefix: str, number: int, cells: list[tuple[str, str, str, bool]], row: Row) -> bytes:
    written = []
    for name, letters, style, is_number in cells:
        value = row.get(name, "")
        place = f'r="{letters}{number}"{style}'
        if not value:
            if style:
                written.append(f"<{prefix}c {place}/>")
        elif is_number:
            written.append(f"<{prefix}c {place}><{prefix}v>{value}</{prefix}v></{prefix}c>")
        else:
            text = f'<{prefix}t xml:space="preserve">{escape(strip_invisible_chars(value))}</{prefix}t>'
            written.append(f'<{prefix}c {place} t="inlineStr"><{prefix}is>{text}</{prefix}is></{prefix}c>')
    return f'<{prefix}row r="{number}">{"".join(written)}</{prefix}row>'.encode()
