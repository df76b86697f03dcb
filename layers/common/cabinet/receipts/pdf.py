"""The printed sheet: a payment document in, the bytes of a PDF out. The same data give the same bytes."""

from datetime import UTC, datetime, time

from cabinet.receipts.document import PaymentDocument
from cabinet.receipts.fonts.load import faces
from cabinet.receipts.layout.header_block import document_title, draw_top
from cabinet.receipts.layout.page_flow import Flow
from cabinet.receipts.layout.sections import (
    draw_charges,
    draw_last_payment,
    draw_meters,
    draw_recalculations,
    draw_summary,
)
from cabinet.receipts.pdf_canvas import Metadata, PdfDocument

_NOTE_SIZE = 9.0


def render(document: PaymentDocument) -> bytes:
    """Draw the document on landscape A4 pages.

    Raises
    ------
    cabinet.receipts.qr_text.PaymentCodeError
        A payee's requisites cannot be written as a payment QR.
    cabinet.receipts.qr_symbol.PayloadTooLongError
        They are too long for any symbol.
    """
    flow = Flow(PdfDocument(_metadata(document), faces()))
    draw_top(flow, document)
    if document.note:
        _draw_note(flow, document.note)
    draw_charges(flow, document)
    draw_meters(flow, document)
    draw_recalculations(flow, document)
    draw_summary(flow, document)
    draw_last_payment(flow, document)
    flow.number_pages(
        lambda number, count: (
            f"{document_title(document)} · лицевой счёт {document.account_number}"
            f" · документ № {document.document_id} · страница {number} из {count}"
        )
    )
    return flow.pdf.to_bytes()


def _draw_note(flow: Flow, note: str) -> None:
    flow.y = 4 + flow.paragraph(note, flow.pdf.bold, _NOTE_SIZE, x=flow.left, width=flow.width, y=flow.y)


def _metadata(document: PaymentDocument) -> Metadata:
    return Metadata(
        title=f"{document_title(document)}, лицевой счёт {document.account_number}",
        author=document.supplier_name,
        subject=f"Платёжный документ № {document.document_id}",
        created=datetime.combine(document.issued_on, time(), UTC),
    )
