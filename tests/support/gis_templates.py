"""Templates of ГИС ЖКХ as tests need them: sheets with any headers, and the content of a filled one."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import xlsxwriter

READINGS_HEADER = (
    "Адрес дома", "Номер ПУ в ГИС ЖКХ", "Коммунальный ресурс", "Период, за который передаются показания",
    "Значение показания (Т1)", "Значение показания (Т2),  является обязательным для двух- и трехтарифного ПУ",
    "Значение показания (Т3), является обязательным для трехтарифного ПУ", "Дата снятия показания",
    "Тех. возможность авто-расчета потребляемого объема", "Статус обработки",
)  # fmt: skip
"""Of «Импорт показаний ИПУ», template 13.1.3.1."""
PAYMENTS_HEADER = (
    "Идентификатор платежного документа", "Идентификатор жилищно-коммунальной услуги",
    "Дата внесения платы (в случае отсутствия: дата поступления средств)", "Месяц", "Год", "Сумма, руб.",
    "Уникальный номер платежа", "Признак онлайн-оплаты",
)  # fmt: skip
"""The words of the service's schema of notifications about payments."""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def template(
    folder: Path,
    header: Sequence[str] = READINGS_HEADER,
    *,
    sheet: str = "Импорт показаний ИПУ",
    rows: Sequence[Sequence[str]] = (),
    others: Mapping[str, Sequence[str]] = {},
) -> Path:
    """Write a workbook with styled columns, a list to choose from, a hidden sheet and a page of help."""
    path = folder / "template.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        text = book.add_format({"num_format": "@"})
        page = book.add_worksheet(sheet)
        page.set_column(0, len(header) - 1, 20, text)
        for row, cells in enumerate([header, *rows]):
            page.write_row(row, 0, cells, book.add_format({"bold": row == 0}))
        page.data_validation(1, 2, 1000, 2, {"validate": "list", "source": ["Холодная вода", "Газ"]})
        for name, titles in others.items():
            book.add_worksheet(name).write_row(0, 0, titles)
        book.add_worksheet("Инструкция").write_url(0, 0, "https://dom.gosuslugi.ru/", string="Портал")
        hidden = book.add_worksheet("version")
        hidden.write(0, 0, "13.1.3.1")
        hidden.hide()
    return path


def repacked(path: Path, changes: Mapping[str, bytes | None]) -> Path:
    """Write the workbook again with some parts changed, added, or (None) taken out."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()} | dict(changes)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in parts.items():
            if content is not None:
                written.writestr(name, content)
    return path


def inline_sheet(rows: Sequence[Sequence[str]], prefix: str = "") -> bytes:
    """Return a sheet's part as programs without shared texts write it."""
    name = f"xmlns{':' + prefix.rstrip(':') if prefix else ''}"
    begin, end = f'<{prefix}c t="inlineStr"><{prefix}is><{prefix}t>', f"</{prefix}t></{prefix}is></{prefix}c>"
    texts = ["".join(f"{begin}{escape(cell)}{end}" for cell in row) for row in rows]
    lines = "".join(f"<{prefix}row>{text}</{prefix}row>" for text in texts)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{prefix}worksheet {name}="{_MAIN[1:-1]}">'
        f"<{prefix}sheetData>{lines}</{prefix}sheetData></{prefix}worksheet>"
    ).encode()


def cells_of(book: bytes, part: str = "xl/worksheets/sheet1.xml") -> dict[str, str]:
    """Return the cells of a sheet by their place; the test fails where one holds a formula."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        assert archive.testzip() is None
        sheet = ElementTree.fromstring(archive.read(part))  # noqa: S314 - our own
        shared: list[str] = []
        if "xl/sharedStrings.xml" in archive.namelist():
            texts = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))  # noqa: S314 - our own
            each = (one.iter(f"{_MAIN}t") for one in texts.iter(f"{_MAIN}si"))
            shared = ["".join(part.text or "" for part in parts) for parts in each]
    assert not list(sheet.iter(f"{_MAIN}f"))
    found = {}
    for cell in sheet.iter(f"{_MAIN}c"):
        value = cell.findtext(f"{_MAIN}v")
        text = "".join(t.text or "" for t in cell.iter(f"{_MAIN}t"))
        shown = shared[int(value or 0)] if cell.get("t") == "s" else text or value or ""
        if shown:
            found[cell.get("r", "")] = shown
    return found


def files_of(packed: bytes) -> dict[str, bytes]:
    """Return the files of a filled month by name."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
