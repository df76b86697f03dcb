"""Opens a template as ГИС ЖКХ gives it out: what it may hold, its sheets, the texts of their first rows.

Nothing of it is trusted: sizes are bounded before anything is unpacked, a document type, macros and links to
other files are refused. The parts are read as XML, never run.
"""

import posixpath
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from cabinet.exchange.gis.bounds import (
    MAX_FILE_BYTES,
    MAX_PART_BYTES,
    MAX_PARTS,
    MAX_SHEETS,
    MAX_UNPACKED_BYTES,
)
from cabinet.exchange.gis.errors import GisTemplateRejected, TemplateTooLarge, UnsafeTemplate
from cabinet.exchange.gis.sheet_reader import SheetScan, scan_sheet, shared_texts
from cabinet.exchange.gis.template_rules import GisKind, Layout, find_layout, is_house_meter_sheet
from cabinet.exchange.gis.xml_parts import elements

_ACTIVE = ("vbaproject", "/externallinks/", "/embeddings/", "/activex/", "/connections.xml", "/querytables/",
           "/macrosheets/", "/dialogsheets/", "/ctrlprops/")  # fmt: skip
"""Parts that act, or lead to other files."""
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, KeyError,
           expat.ExpatError, UnicodeError, ValueError, OverflowError)  # fmt: skip
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Template:
    """A template that can be filled: its file, the sheet's part and XML, where rows go and how they look."""

    path: Path
    part: str
    xml: bytes
    scan: SheetScan
    layout: Layout


def open_template(path: Path, kind: GisKind) -> Template:
    """Return the template at `path`; raises GisTemplateRejected, whatever the file holds."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise TemplateTooLarge
    try:
        with zipfile.ZipFile(path) as archive:
            return _open(archive, path, kind)
    except _BROKEN:
        raise GisTemplateRejected from None


def _open(archive: zipfile.ZipFile, path: Path, kind: GisKind) -> Template:
    _reject_unsafe_parts(archive)
    _reject_active(archive)
    parts = _sheet_parts(archive)
    scanned = [(name, part, scan_sheet(archive.read(part))) for name, part in parts]
    wanted = {index for _, _, scan in scanned for index in scan.shared_indexes}
    texts = shared_texts(archive.read("xl/sharedStrings.xml"), wanted) if wanted else {}
    sheets = [(name, scan.titles(texts), scan.first_valued) for name, _, scan in scanned]
    index, layout = find_layout(kind, sheets)
    _, part, scan = scanned[index]
    return Template(path, part, archive.read(part), scan, layout)


def _reject_unsafe_parts(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise TemplateTooLarge
    if any(part.file_size > MAX_PART_BYTES for part in parts):
        raise TemplateTooLarge
    names = [part.filename.lower() for part in parts]
    if len(set(names)) < len(names) or any(part.flag_bits & _ENCRYPTED for part in parts):
        raise GisTemplateRejected


def _reject_active(archive: zipfile.ZipFile) -> None:
    for part in archive.infolist():
        name = part.filename.lower()
        if any(word in f"/{name}" for word in _ACTIVE):
            raise UnsafeTemplate
        if name.endswith(".rels"):
            for attributes in elements(archive.read(part), "Relationship"):
                outside = attributes.get("TargetMode", "").lower() == "external"
                # A link that a person follows by a click is no part of the workbook.
                if outside and not attributes.get("Type", "").endswith("/hyperlink"):
                    raise UnsafeTemplate


def _sheet_parts(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    """Return name and part of each sheet that is shown and may be filled."""
    targets = {
        each["Id"]: posixpath.normpath(posixpath.join("/xl", each["Target"])).lstrip("/")
        for each in elements(archive.read("xl/_rels/workbook.xml.rels"), "Relationship")
        if each.get("Type", "").endswith("/worksheet")
    }
    found = []
    for sheet in elements(archive.read("xl/workbook.xml"), "sheet"):
        identifier = next((value for name, value in sheet.items() if name.endswith(":id")), "")
        is_shown = sheet.get("state", "visible") == "visible"
        if is_shown and not is_house_meter_sheet(sheet.get("name", "")) and identifier in targets:
            found.append((sheet.get("name", "")[:60], targets[identifier]))
    return found[:MAX_SHEETS]
