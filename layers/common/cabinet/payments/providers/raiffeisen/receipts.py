"""Fiscal receipts at Raiffeisenbank (54-ФЗ, FFD 1.2): a draft before the money moves, registered after.

Both steps may be repeated: a receipt is known by its number, that of the attempt or of the refund. Whether
one exists is asked with each question about a payment, which makes up for a lost answer or a crash.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

from cabinet.accounts.supplier_model import VatRate
from cabinet.core.logging import Event, log_error, log_event
from cabinet.payments.providers.answer_fields import secure_link
from cabinet.payments.providers.base import NoUsableAnswer, ProviderDeclined, RegistrationLine
from cabinet.payments.providers.http_client import get_with_retry, post_json, put_with_retry
from cabinet.payments.providers.raiffeisen.answers import read_content

type Kind = Literal["sell", "refund"]

_VAT_NAMES: dict[VatRate, str] = {
    "none": "NONE", "0": "VAT0", "10": "VAT10", "10/110": "VAT110", "22": "VAT22", "22/122": "VAT122",
}  # fmt: skip
"""A bank that spells a rate otherwise says so in `Credentials.vat_names`."""
_MODES = {"full_payment": "FULL_PAYMENT", "prepayment": "PREPAYMENT", "advance": "ADVANCE"}
_OBJECTS = {"service": "SERVICE", "payment": "PAYMENT"}
_MAX_NAME = 128


class FiscalReceipts:
    """The receipts of one contract."""

    def __init__(self, base_url: str, headers: dict[str, str], vat_names: Mapping[VatRate, str]) -> None:
        self._base_url, self._headers = base_url, headers
        self._vat_names = _VAT_NAMES | dict(vat_names)

    def draft(self, kind: Kind, number: str, lines: Sequence[RegistrationLine], email: str | None) -> None:
        """Leave the lines of a receipt at the bank; the same number again is the same receipt.

        Raises ProviderDeclined, ProviderConnectionError, NoUsableAnswer: without it no money may move.
        """
        content: dict[str, Any] = {
            "receiptNumber": number,
            "items": [self._item(line) for line in lines],
            "total": sum(line.amount for line in lines) / 100,
        }
        if email:
            content["client"] = {"email": email}
        try:
            read_content(post_json(self._base_url, _path(kind), content, self._headers))
        except ProviderDeclined:
            if self._find(kind, number) is None:
                raise

    def register(self, kind: Kind, number: str) -> str | None:
        """Let a draft become a receipt if it is none yet; return the link to it where there is one.

        Never raises: what a payment comes to does not wait for its receipt. The next question tries again.
        """
        try:
            receipt = self._find(kind, number)
            if receipt is not None and receipt.get("status") == "NEW":
                receipt = read_content(put_with_retry(self._base_url, _path(kind, number), self._headers))
        except (NoUsableAnswer, ProviderDeclined) as error:
            log_event(Event.BANK_CALL_FAILED, receipt=number, error=str(error)[:80])
            return None
        if receipt is None:
            return None  # of an order from before the bank made receipts, or of money that never had one
        if receipt.get("status") == "FAILED":
            log_error(Event.FISCAL_RECEIPT_FAILED, receipt=number, kind=kind)
            return None
        return secure_link(receipt.get("ofdUrl"))

    def _find(self, kind: Kind, number: str) -> dict[str, Any] | None:
        answer = get_with_retry(self._base_url, _path(kind, number), self._headers)
        return None if answer.status == 404 else read_content(answer)

    def _item(self, line: RegistrationLine) -> dict[str, Any]:
        return {
            "name": line.name[:_MAX_NAME],
            "price": line.amount / 100,
            "quantity": 1,
            "amount": line.amount / 100,
            "paymentObject": _OBJECTS[line.payment_object],
            "paymentMode": _MODES[line.payment_method],
            "vatType": self._vat_names[line.vat],
        }


def _path(kind: Kind, number: str = "") -> str:
    path = f"api/fiscal/v1/receipts/{kind}"
    return f"{path}/{quote(number, safe='')}" if number else path
