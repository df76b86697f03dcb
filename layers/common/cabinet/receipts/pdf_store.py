"""PDFs in storage, addressed by what they show: drawn on demand, and anew when the data changed."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Supplier
from cabinet.billing.model import Receipt
from cabinet.core.errors import NotFound
from cabinet.core.periods import period_title
from cabinet.receipts import documents_bucket
from cabinet.receipts.document import PaymentDocument
from cabinet.receipts.errors import PdfUnavailable
from cabinet.receipts.layout import LAYOUT_VERSION
from cabinet.receipts.loader import load_document, load_receipt

LINK_LIFETIME = timedelta(minutes=5)
MEDIA_TYPE = "application/pdf"
_NO_PATH = {ord(character): "_" for character in '\\/:*?"<>|'}


@dataclass(frozen=True, slots=True)
class StoredPdf:
    """A PDF that is in storage: its key, and the name under which a person saves it."""

    key: str
    file_name: str


def ensure_document(account: Account, supplier: Supplier, document_id: str) -> StoredPdf:
    """Return the PDF with this identifier of the list «Документы»; raises NotFound, else `ensure_receipt`.

    For the mailer: what it attaches to an email is what the documents page shows to this reader.
    """
    receipt = load_receipt(account.account_id, document_id)
    if not account.shows(receipt.period):
        raise NotFound
    return ensure_receipt(account, supplier, receipt)


def ensure_receipt(account: Account, supplier: Supplier, receipt: Receipt) -> StoredPdf:
    """Return the PDF of a receipt's current version; draw and store it unless it is already there.

    Raises
    ------
    PdfUnavailable
        The supplier's requisites do not allow to print it.
    cabinet.core.errors.ServiceUnavailable
        Storage did not answer.
    """
    return ensure_pdf(load_document(account, supplier, receipt))


def ensure_pdf(document: PaymentDocument) -> StoredPdf:
    """Store the document's PDF unless it is there already; see `ensure_receipt`.

    Of two requests at once the first one stores; the other would have stored the very same bytes.
    """
    pdf = StoredPdf(pdf_key(document), file_name(document))
    if not documents_bucket.exists(pdf.key):
        documents_bucket.put_if_absent(pdf.key, _render(document), MEDIA_TYPE)
    return pdf


def content(pdf: StoredPdf) -> bytes:
    """Return the PDF, for an email's attachment."""
    return documents_bucket.read(pdf.key)


def link(pdf: StoredPdf, now: datetime) -> tuple[str, datetime]:
    """Return an address that opens the PDF without a session, and when it ends."""
    url = documents_bucket.presigned_url(pdf.key, LINK_LIFETIME, MEDIA_TYPE, _disposition(pdf.file_name))
    return url, now + LINK_LIFETIME


def pdf_key(document: PaymentDocument) -> str:
    """Return the key: a digest of the data and of the layout, which reveals nothing about the subscriber."""
    digest = hashlib.sha256(f"{document.fingerprint}/{LAYOUT_VERSION}".encode()).hexdigest()
    return f"receipts/{digest[:2]}/{digest}.pdf"


def file_name(document: PaymentDocument) -> str:
    """Return «Квитанция Объединённая Сентябрь 2019, лс 1234567899.pdf»."""
    title = f"Квитанция {document.kind_title} {period_title(document.period)}"
    return f"{title}, лс {document.account_number}.pdf".translate(_NO_PATH)


def _disposition(name: str) -> str:
    """Show in the browser; save under the Russian name, or an ASCII one where that is not understood."""
    return f"inline; filename=\"kvitanciya.pdf\"; filename*=UTF-8''{quote(name)}"


def _render(document: PaymentDocument) -> bytes:
    # fpdf2 is a third of a start, and a PDF that was stored is not drawn again.
    from cabinet.receipts.pdf import render
    from cabinet.receipts.qr_symbol import PayloadTooLongError
    from cabinet.receipts.qr_text import PaymentCodeError

    try:
        return render(document)
    except (PaymentCodeError, PayloadTooLongError) as error:
        raise PdfUnavailable from error
