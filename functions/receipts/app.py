"""Route of receipts: the sheet of one document, made on demand and handed out by a short-lived link."""

from datetime import datetime

from cabinet import clock
from cabinet.billing.model import Receipt
from cabinet.dynamo import Table
from cabinet.errors import NotFound, raises
from cabinet.http import Identifier, create_app, create_router, lambda_handler
from cabinet.receipts import store
from cabinet.receipts.errors import SheetUnavailable
from cabinet.receipts.sources import receipt_place
from cabinet.session import owned_account_with
from fastapi import Request
from pydantic import BaseModel

router = create_router(prefix="/api/accounts/{account_id}/documents", tags=["receipts"])


class SheetLink(BaseModel):
    """Where the PDF is, until when."""

    url: str
    expires_at: datetime


@router.get("/{document_id}/pdf")
@raises(owned_account_with, SheetUnavailable)
def pdf(request: Request, account_id: Identifier, document_id: Identifier) -> SheetLink:
    """Return a link of five minutes to the payment document as PDF."""
    owned, (row,) = owned_account_with(
        request, account_id, lambda _: [(Table.ACCOUNTS, receipt_place(account_id, document_id))]
    )
    if row is None:
        raise NotFound
    sheet = store.ensure_receipt(owned.account, owned.supplier, Receipt.model_validate(row))
    url, expires_at = store.link(sheet, clock.now())
    return SheetLink(url=url, expires_at=expires_at)


app = create_app("receipts", router)
handler = lambda_handler(app)
