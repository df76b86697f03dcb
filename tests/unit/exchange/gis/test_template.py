"""Files that are no template, or want more than to be filled: refused in words, within bounds."""

import io
import tracemalloc
import zipfile
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cabinet.exchange.gis import bounds, sheet_reader
from cabinet.exchange.gis.errors import (
    GisTemplateRejected,
    HeaderMissing,
    TemplateNotEmpty,
    TemplateTooLarge,
    UnsafeTemplate,
)
from cabinet.exchange.gis.template import open_template
from cabinet.exchange.gis.workbook_writer import write_filled
from tests.support.gis_templates import READINGS_HEADER, cells_of, inline_sheet, repacked, template

SHEET = "xl/worksheets/sheet1.xml"
ROW = {"meter": "74000000001", "T1": "12.5", "date": "20.10.2026", "address": "ул. «Мира» <&>\x00"}
RELATIONS = "xl/worksheets/_rels/sheet1.xml.rels"
LINK = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"'
    ' Target="https://example.com/x" TargetMode="External"/></Relationships>'
)


def filled(path: Path, rows: int = 1) -> bytes:
    book = io.BytesIO()
    write_filled(open_template(path, "readings"), "readings", [ROW] * rows, book)
    return book.getvalue()


def test_all_else_of_the_workbook_stays_as_it_was(tmp_path: Path) -> None:
    path = template(tmp_path)
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(io.BytesIO(filled(path))) as after:
        assert before.namelist() == after.namelist()
        changed = [name for name in before.namelist() if before.read(name) != after.read(name)]
        assert changed == [SHEET]
        sheet = after.read(SHEET).decode()
        assert "<dataValidation " in sheet
        assert '<dimension ref="A1:J2"/>' in sheet


def test_rows_stand_below_the_header_with_the_templates_styles(tmp_path: Path) -> None:
    book = filled(template(tmp_path), rows=2)
    cells = cells_of(book)
    assert (cells["B1"], cells["B2"], cells["B3"]) == (READINGS_HEADER[1], ROW["meter"], ROW["meter"])
    assert cells["A2"] == "ул. «Мира» <&>"
    assert cells["E3"] == "12.5"
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        assert b'<c r="E2" s="1"><v>12.5</v></c>' in archive.read(SHEET)


def test_a_sheet_with_prefixes_and_without_places_of_cells(tmp_path: Path) -> None:
    path = repacked(template(tmp_path), {SHEET: inline_sheet([READINGS_HEADER], "x:")})
    book = filled(path)
    assert cells_of(book)["B2"] == ROW["meter"]


def test_empty_styled_rows_of_a_template_give_way(tmp_path: Path) -> None:
    with zipfile.ZipFile(template(tmp_path)) as archive:
        sheet = archive.read(SHEET)
    blank = b"".join(b'<row r="%d"><c r="B%d" s="2"/></row>' % (row, row) for row in range(2, 40))
    path = repacked(
        tmp_path / "template.xlsx", {SHEET: sheet.replace(b"</sheetData>", blank + b"</sheetData>")}
    )
    with zipfile.ZipFile(io.BytesIO(filled(path))) as archive:
        written = archive.read(SHEET)
    assert written.count(b"<row ") == 2
    assert b'<c r="B2" s="2" t="inlineStr">' in written


def test_a_template_with_rows_far_below_is_refused(tmp_path: Path) -> None:
    path = template(tmp_path, rows=[[""]] * 30 + [["ул. Мира"]])
    with pytest.raises(TemplateNotEmpty) as caught:
        open_template(path, "readings")
    assert "первая — 32" in caught.value.detail


def test_hidden_sheets_and_sheets_of_houses_are_left(tmp_path: Path) -> None:
    path = template(tmp_path, ("Пусто",), others={"Импорт показаний ОДПУ": READINGS_HEADER})
    with pytest.raises(HeaderMissing):
        open_template(path, "readings")


@pytest.mark.parametrize(
    "part",
    ["xl/vbaProject.bin", "xl/externalLinks/externalLink1.xml", "xl/embeddings/oleObject1.bin",
     "xl/activeX/activeX1.xml", "xl/connections.xml", "xl/macrosheets/sheet1.xml"],
)  # fmt: skip
def test_macros_and_links_to_files_are_refused(tmp_path: Path, part: str) -> None:
    path = repacked(template(tmp_path), {part: b"x"})
    with pytest.raises(UnsafeTemplate):
        open_template(path, "readings")


def test_only_links_that_a_person_follows_may_lead_outside(tmp_path: Path) -> None:
    path = repacked(template(tmp_path), {RELATIONS: LINK.format(kind="oleObject").encode()})
    with pytest.raises(UnsafeTemplate):
        open_template(path, "readings")
    repacked(path, {RELATIONS: LINK.format(kind="hyperlink").encode()})
    assert open_template(path, "readings").layout.first_row == 2


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", RELATIONS])
def test_a_document_type_is_refused_in_every_part(tmp_path: Path, part: str) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    with pytest.raises(UnsafeTemplate):
        open_template(repacked(template(tmp_path), {part: bomb}), "readings")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = repacked(template(tmp_path), {"xl/media/image1.png": bytes(bounds.MAX_PART_BYTES + 1)})
    tracemalloc.start()
    with pytest.raises(TemplateTooLarge):
        open_template(path, "readings")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_many_parts_and_large_files_are_refused(tmp_path: Path) -> None:
    many = {f"xl/media/{number}.png": b"" for number in range(bounds.MAX_PARTS)}
    with pytest.raises(TemplateTooLarge):
        open_template(repacked(template(tmp_path), many), "readings")
    large = tmp_path / "large.xlsx"
    large.write_bytes(bytes(bounds.MAX_FILE_BYTES + 1))
    with pytest.raises(TemplateTooLarge):
        open_template(large, "readings")
    pictures = {f"xl/{number}.png": bytes(bounds.MAX_PART_BYTES) for number in range(3)}
    with pytest.raises(TemplateTooLarge):
        open_template(repacked(template(tmp_path), pictures), "readings")


@pytest.mark.parametrize(
    ("part", "content"),
    [
        (SHEET, None),
        (SHEET, b"<worksheet><sheetData><row r='1'>"),
        (SHEET, b"<worksheet><sheetData><row r='9999999'/></sheetData></worksheet>"),
        (SHEET, b"<worksheet><sheetData><row r='x'/></sheetData></worksheet>"),
        (SHEET, b"<worksheet><sheetData><row r='" + b"9" * 9000 + b"'/></sheetData></worksheet>"),
        (SHEET, b"<worksheet><sheetData><row r='2'/><row r='1'/></sheetData></worksheet>"),
        (SHEET, b"<worksheet><sheetData><row r='1'><c r='A2'/></row></sheetData></worksheet>"),
        (SHEET, b"<worksheet><sheetData><row r='1'><c r='ZZZ1'/></row></sheetData></worksheet>"),
        (SHEET, b"<worksheet><sheetData><row r='1'><c s='\"&gt;'/></row></sheetData></worksheet>"),
        (SHEET, b"<worksheet><cols><col style='1'/></cols></worksheet>"),
        (SHEET, b"<?xml version='1.0' encoding='windows-1251'?><worksheet/>"),
        (SHEET, "<worksheet/>".encode("utf-16")),
        ("xl/workbook.xml", None),
        ("xl/workbook.xml", b"<workbook><sheets><sheet/></sheets></workbook>"),
        ("xl/_rels/workbook.xml.rels", b"<Relationships><Relationship/></Relationships>"),
        ("xl/sharedStrings.xml", None),
        ("xl/sharedStrings.xml", b"<sst/>"),
        ("xl/WORKSHEETS/sheet1.xml", b""),
    ],
)
def test_broken_parts_are_refused(tmp_path: Path, part: str, content: bytes | None) -> None:
    with pytest.raises(GisTemplateRejected):
        open_template(repacked(template(tmp_path), {part: content}), "readings")


@pytest.mark.parametrize(
    "content", [b"", b"\xd0\xcf\x11\xe0" * 100, b"PK\x03\x04", b"PK\x05\x06" + bytes(18)]
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "template.xlsx"
    path.write_bytes(content)
    with pytest.raises(GisTemplateRejected) as caught:
        open_template(path, "readings")
    assert caught.value.code == "gis_template_unreadable"


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_spoiled_byte_is_refused_or_does_no_harm(tmp_path: Path, at: int, value: int) -> None:
    sound = tmp_path / "template.xlsx"
    content = bytearray((sound if sound.exists() else template(tmp_path)).read_bytes())
    content[at % len(content)] = value
    path = tmp_path / "spoiled.xlsx"
    path.write_bytes(content)
    try:
        opened = open_template(path, "readings")
    except GisTemplateRejected:
        return
    assert opened.layout.columns["meter"]


def test_a_sheet_of_too_many_cells_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_reader, "MAX_CELLS_READ", len(READINGS_HEADER) + 300 * 100)
    cells = b"<row>" + b"<c/>" * 300 + b"</row>"
    header = inline_sheet([READINGS_HEADER])
    for rows, is_refused in ((100, False), (101, True)):
        path = repacked(
            template(tmp_path), {SHEET: header.replace(b"</sheetData>", cells * rows + b"</sheetData>")}
        )
        with pytest.raises(TemplateTooLarge) if is_refused else nullcontext():
            open_template(path, "readings")


def test_empty_cells_take_no_memory(tmp_path: Path) -> None:
    cells = b"<row>" + b"<c s='1'/>" * 300 + b"</row>"
    sheet = inline_sheet([READINGS_HEADER]).replace(b"</sheetData>", cells * 200 + b"</sheetData>")
    path = repacked(template(tmp_path), {SHEET: sheet})
    tracemalloc.start()
    open_template(path, "readings")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6_000_000, "60 000 cells that are kept would take more"
