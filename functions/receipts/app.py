"""Route of receipts: the PDF of one document, made on demand and served by a short-lived link."""

from datetime import datetime

from fastapi import Request

from cabinet.aws.dynamo import Table
from cabinet.billing.model import Receipt
from cabinet.core import clock
from cabinet.core.errors import NotFound, raises
from cabinet.core.model import DeferredModel
from cabinet.receipts import pdf_store
from cabinet.receipts.errors import PdfUnavailable
from cabinet.receipts.loader import stored_receipt_key
from cabinet.web.app import Identifier, create_app, create_router
from cabinet.web.auth import load_owned_account

router = create_router(prefix="/api/accounts/{account_id}/documents", tags=["receipts"])


class DocumentLink(DeferredModel):
    """Where the PDF is, until when."""

    url: str
    expires_at: datetime


@router.get("/{document_id}/pdf")
@raises(load_owned_account, PdfUnavailable)
def pdf(request: Request, account_id: Identifier, document_id: Identifier) -> DocumentLink:
    """Return a link of five minutes to the payment document as PDF."""
    owned, (row,) = load_owned_account(
        request, account_id, lambda _: [(Table.ACCOUNTS, stored_receipt_key(account_id, document_id))]
    )
    receipt = None if row is None else Receipt.model_validate(row)
    if receipt is None or not owned.account.shows(receipt.period):
        raise NotFound
    stored = pdf_store.ensure_receipt(owned.account, owned.supplier, receipt)
    url, expires_at = pdf_store.link(stored, clock.now())
    return DocumentLink(url=url, expires_at=expires_at)


app = create_app("receipts", router)
