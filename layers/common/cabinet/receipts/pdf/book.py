"""A document of pages: fonts, metadata and structure put together into a file."""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from zlib import crc32

from cabinet.receipts.faces import Faces
from cabinet.receipts.pdf.objects import PdfFile, Ref, text_string
from cabinet.receipts.pdf.page import Lettering, Page
from cabinet.receipts.pdf.tags import Tag, write_tags
from cabinet.receipts.typeface import Typeface

LANGUAGE = "ru-RU"
_SYMBOLIC = 4
"""The flag of a font whose characters are addressed by glyph."""


@dataclass(frozen=True, slots=True)
class Imprint:
    """What a reader's «document properties» show. `created` comes from the data: output must not vary."""

    title: str
    author: str
    subject: str
    created: datetime


class Book:
    """Pages that share two faces and one structure tree."""

    def __init__(self, imprint: Imprint, faces: Faces) -> None:
        self.imprint = imprint
        self.regular = Lettering("R", faces.regular)
        self.bold = Lettering("B", faces.bold)
        self.root = Tag("Document")
        self.pages: list[Page] = []

    def add_page(self) -> Page:
        """Begin a new page and return it."""
        page = Page(len(self.pages))
        self.pages.append(page)
        return page

    def to_bytes(self) -> bytes:
        """Return the PDF file."""
        file = PdfFile()
        parent = file.reserve()
        letterings = [lettering for lettering in (self.regular, self.bold) if lettering.used]
        fonts = " ".join(f"/{lettering.resource} {_font(file, lettering)}" for lettering in letterings)
        refs = [_page(file, page, parent, fonts) for page in self.pages]
        file.put(parent, f"<</Type /Pages /Count {len(refs)} /Kids [{' '.join(map(str, refs))}]>>")
        tree = write_tags(file, self.root, refs)
        metadata = _stored_metadata(file, self.imprint)
        catalog = file.add(
            f"<</Type /Catalog /Pages {parent} /Lang ({LANGUAGE}) /MarkInfo <</Marked true>>"
            f" /StructTreeRoot {tree} /ViewerPreferences <</DisplayDocTitle true>> /Metadata {metadata}>>"
        )
        return file.to_bytes(catalog, _info(file, self.imprint))


def _page(file: PdfFile, page: Page, parent: Ref, fonts: str) -> Ref:
    content = file.add_stream(page.content())
    return file.add(
        f"<</Type /Page /Parent {parent} /MediaBox [0 0 {page.width} {page.height}]"
        f" /Resources <</Font <<{fonts}>>>> /Contents {content} /StructParents {page.index} /Tabs /S>>"
    )


def _font(file: PdfFile, lettering: Lettering) -> Ref:
    """Embed the glyphs that were used; text stays searchable through the map back to characters."""
    face = lettering.face
    characters = lettering.used
    program = face.program(characters)
    base = f"{_subset_tag(characters)}+{face.name}"
    data = file.add_stream(program, f"/Length1 {len(program)}")
    descriptor = file.add(
        f"<</Type /FontDescriptor /FontName /{base} /Flags {_SYMBOLIC}"
        f" /FontBBox [{' '.join(map(str, face.box))}] /ItalicAngle 0 /Ascent {face.ascent}"
        f" /Descent {face.descent} /CapHeight {face.cap_height} /StemV {face.stem} /FontFile2 {data}>>"
    )
    descendant = file.add(
        f"<</Type /Font /Subtype /CIDFontType2 /BaseFont /{base} /FontDescriptor {descriptor}"
        f" /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>>"
        f" /CIDToGIDMap /Identity /DW 500 /W [{_advances(face, characters)}]>>"
    )
    unicode_map = file.add_stream(_unicode_map(characters))
    return file.add(
        f"<</Type /Font /Subtype /Type0 /BaseFont /{base} /Encoding /Identity-H"
        f" /DescendantFonts [{descendant}] /ToUnicode {unicode_map}>>"
    )


def _subset_tag(characters: dict[int, str]) -> str:
    """Six letters that tell subsets of one font apart (ISO 32000-1, 9.6.4)."""
    number = crc32(repr(sorted(characters)).encode())
    return "".join(chr(ord("A") + number // 26**place % 26) for place in range(6))


def _advances(face: Typeface, characters: dict[int, str]) -> str:
    return " ".join(f"{index} [{face.glyph(characters[index]).advance}]" for index in sorted(characters))


def _unicode_map(characters: dict[int, str]) -> bytes:
    rows = [
        f"<{index:04X}> <{characters[index].encode('utf-16-be').hex().upper()}>"
        for index in sorted(characters)
    ]
    blocks = [rows[start : start + 100] for start in range(0, len(rows), 100)]
    mapping = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        f"{mapping}\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end"
    ).encode("ascii")


def _info(file: PdfFile, imprint: Imprint) -> Ref:
    offset = imprint.created.strftime("%z") or "+0000"
    created = imprint.created.strftime("D:%Y%m%d%H%M%S") + f"{offset[:3]}'{offset[3:5]}'"
    return file.add(
        f"<</Title {text_string(imprint.title)} /Author {text_string(imprint.author)}"
        f" /Subject {text_string(imprint.subject)} /CreationDate ({created})>>"
    )


def _stored_metadata(file: PdfFile, imprint: Imprint) -> Ref:
    """The same in XMP, which newer readers and archives look at."""
    created = imprint.created.isoformat()
    packet = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreateDate="{created}">'
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(imprint.title)}</rdf:li>'
        "</rdf:Alt></dc:title>"
        f"<dc:creator><rdf:Seq><rdf:li>{escape(imprint.author)}</rdf:li></rdf:Seq></dc:creator>"
        f"<dc:language><rdf:Bag><rdf:li>{LANGUAGE}</rdf:li></rdf:Bag></dc:language>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    )
    return file.add_stream(packet.encode(), "/Type /Metadata /Subtype /XML")
