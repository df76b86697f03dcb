"""How tests read a PDF: by PDFium, which did not write it."""

import ctypes
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium
import zxingcpp
from PIL.Image import Image

PRINTED = 200 / 72
"""Pixels a point when printed at 200 dpi, the coarsest of office printers."""


def page_texts(pdf: bytes) -> list[str]:
    """The text of each page in the order in which it was written."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


def page_images(pdf: bytes, scale: float = PRINTED) -> list[Image]:
    """Each page as it would be printed."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.render(scale=scale).to_pil() for page in document]


def codes(pdf: bytes, scale: float = PRINTED) -> list[bytes]:
    """The payloads of all QR codes on the rendered pages."""
    return [code.bytes for image in page_images(pdf, scale) for code in _read(image)]


def code_texts(pdf: bytes) -> list[str]:
    """What an application that knows nothing of the standard reads: no header misleads it about letters."""
    return [code.text for image in page_images(pdf) for code in _read(image)]


def _read(image: Image) -> list[zxingcpp.Barcode]:
    # Asked for any kind, it may take a table's rules and figures for the bars of Codabar.
    return zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)


def metadata(pdf: bytes) -> dict[str, str]:
    """The document properties that a reader shows."""
    with pypdfium2.PdfDocument(pdf) as document:
        return document.get_metadata_dict(skip_empty=True)


def tags(pdf: bytes, page: int = 0) -> list[tuple[str, str]]:
    """(type, alternative text) of every structure element on a page, in reading order."""
    with pypdfium2.PdfDocument(pdf) as document:
        tree = pdfium.FPDF_StructTree_GetForPage(document[page])
        roots = [
            pdfium.FPDF_StructTree_GetChildAtIndex(tree, place)
            for place in range(pdfium.FPDF_StructTree_CountChildren(tree))
        ]
        found = [tag for root in roots for tag in _walk(root)]
        pdfium.FPDF_StructTree_Close(tree)
        return found


def _walk(element: pdfium.FPDF_STRUCTELEMENT) -> Iterator[tuple[str, str]]:
    yield (
        _text(pdfium.FPDF_StructElement_GetType, element),
        _text(pdfium.FPDF_StructElement_GetAltText, element),
    )
    for place in range(pdfium.FPDF_StructElement_CountChildren(element)):
        child = pdfium.FPDF_StructElement_GetChildAtIndex(element, place)
        if child:
            yield from _walk(child)


def _text(getter: object, element: pdfium.FPDF_STRUCTELEMENT) -> str:
    length = getter(element, None, 0)  # type: ignore[operator]
    buffer = ctypes.create_string_buffer(max(length, 2))
    getter(element, buffer, length)  # type: ignore[operator]
    return buffer.raw[: max(length - 2, 0)].decode("utf-16-le")


def outline(pdf: bytes) -> list[str]:
    """Titles of the sections that a reader lists beside the pages."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [mark.get_title() for mark in document.get_toc()]
