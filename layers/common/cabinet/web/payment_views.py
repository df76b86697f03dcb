"""«История оплат» and «Документы»."""

from datetime import date

from cabinet.aws.dynamo.serialization import Item
from cabinet.billing.model import AccountPayment, PaymentStatus
from cabinet.core.model import DeferredModel
from cabinet.core.money import Kopecks
from cabinet.web.responses import response_from


class PaymentResponse(DeferredModel):
    """One line of «История оплат»; `amount` is negative, as in the manual."""

    kind: str
    received_on: date
    processed_on: date | None
    amount: Kopecks
    status: PaymentStatus


class PaymentsPage(DeferredModel):
    """«История оплат», the last received first."""

    items: list[PaymentResponse]
    next: str | None


class DocumentResponse(DeferredModel):
    """One line of «Документы»."""

    document_id: str
    title: str
    issued_on: date | None


class DocumentsPage(DeferredModel):
    """«Документы», the newest first."""

    items: list[DocumentResponse]
    next: str | None


def payment_response(payment: AccountPayment) -> PaymentResponse:
    """Return a payment as the history lists it: money received is negative."""
    return response_from(PaymentResponse, payment, amount=-payment.amount)


def document_response(row: Item) -> DocumentResponse:
    """Return a document as the list shows it."""
    return DocumentResponse(
        document_id=row["document_id"], title=row["title"], issued_on=row.get("issued_on") or None
    )
