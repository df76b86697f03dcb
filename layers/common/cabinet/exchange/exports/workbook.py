"""Writes a registry as a workbook for people, beside the file for billing. Pure.

Numbers of accounts, meters and payments are texts, so that a spreadsheet spoils none; sums and readings are
numbers, days and times are dates. A text is never a formula.
"""

import io
from collections.abc import Sequence
from datetime import datetime

import xlsxwriter

from cabinet.exchange.exports.csv_writer import RegistryTable
from cabinet.exchange.model import Registry

_NUMBERS = {"sum": "#,##0.00", "value": "General"}
_DATES = {
    "paid_at": "dd.mm.yyyy hh:mm:ss",
    "at": "dd.mm.yyyy hh:mm:ss",
    "taken": "dd.mm.yyyy",
    "accepted": "dd.mm.yyyy",
}
_WIDEST, _NARROWEST = 48, 9
_MAX_NAME = 31


def workbook(registry: Registry, sheets: Sequence[RegistryTable]) -> bytes:
    """Return an xlsx with a sheet for each file; the same registry makes the same bytes."""
    written = io.BytesIO()
    settings = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(written, settings) as book:
        made = datetime.combine(registry.dated, datetime.min.time())
        book.set_properties({"created": made, "title": f"{registry.supplier_id} {registry.number}"})
        head = book.add_format({"bold": True})
        formats = {name: book.add_format({"num_format": form}) for name, form in (_NUMBERS | _DATES).items()}
        for sheet in sheets:
            page = book.add_worksheet(sheet.name[-_MAX_NAME:])
            for column, name in enumerate(sheet.columns):
                page.write_string(0, column, name, head)
                cells = [row[column] for row in sheet.rows]
                width = max(map(len, [name, *cells])) + 2
                page.set_column(column, column, min(max(width, _NARROWEST), _WIDEST))
                for line, cell in enumerate(cells, 1):
                    if name in _NUMBERS:
                        page.write_number(line, column, float(cell.replace(",", ".")), formats[name])
                    elif name in _DATES and cell:
                        # A spreadsheet knows no zones: the cell holds what the supplier's clock showed.
                        moment = datetime.fromisoformat(cell).replace(tzinfo=None)
                        page.write_datetime(line, column, moment, formats[name])
                    else:
                        page.write_string(line, column, cell)
            page.freeze_panes(1, 0)
            page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)
    return written.getvalue()
