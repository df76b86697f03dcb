"""Route of receipts: the sheet of one document, made on demand and handed out by a short-lived link."""

from datetime import datetime

from cabinet import clock
from cabinet.http import Identifier, create_app, lambda_handler
from cabinet.receipts import store
from cabinet.session import Owned
from fastapi import APIRouter
from pydantic import BaseModel

router = APIRouter(prefix="/api/accounts/{account_id}/documents", tags=["receipts"])


class SheetLink(BaseModel):
    """Where the PDF is, until when."""

    url: str
    expires_at: datetime


@router.get("/{document_id}/pdf")
def pdf(document_id: Identifier, owned: Owned) -> SheetLink:
    """Return a link of five minutes to the payment document as PDF."""
    sheet = store.ensure_document(owned.account, owned.supplier, document_id)
    url, expires_at = store.link(sheet, clock.now())
    return SheetLink(url=url, expires_at=expires_at)


app = create_app("receipts", router)
handler = lambda_handler(app)
