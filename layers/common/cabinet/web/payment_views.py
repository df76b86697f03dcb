"""«История оплат» and «Документы»."""

from datetime import date
from typing import Self

from cabinet.aws.dynamo import Item
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

    @classmethod
    def of(cls, payment: AccountPayment) -> Self:
        """Return a payment as the history lists it: money received is negative."""
        return response_from(cls, payment, amount=-payment.amount)


class PaymentsPage(DeferredModel):
    """«История оплат», the last received first."""

    items: list[PaymentResponse]
    next: str | None


class DocumentResponse(DeferredModel):
    """One line of «Документы»."""

    document_id: str
    title: str
    issued_on: date | None

    @classmethod
    def of(cls, row: Item) -> Self:
        """Return a document as the list shows it."""
        return cls(document_id=row["document_id"], title=row["title"], issued_on=row.get("issued_on") or None)


class DocumentsPage(DeferredModel):
    """«Документы», the newest first."""

    items: list[DocumentResponse]
    next: str | None
