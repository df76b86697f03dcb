"""Челябинвестбанк's gorodUnified: registration and a status to poll, no callbacks (docs/payments.md)."""

import json
from collections.abc import Sequence
from typing import ClassVar

from cabinet.accounts.supplier_model import Merchant
from cabinet.payments.providers.answer_fields import identifier, require_link
from cabinet.payments.providers.base import (
    BankRefund,
    Callback,
    InvalidSignature,
    NoUsableAnswer,
    ProviderDeclined,
    ProviderPaymentState,
    ProviderPaymentStatus,
    RawCallback,
    Registration,
    RegistrationResult,
)
from cabinet.payments.providers.credentials import Credentials
from cabinet.payments.providers.http_client import post_form, post_form_with_retry

PAID = "0"
"""`status` 0 means paid: the opposite of RBS, where it means registered."""


class GorodUnifiedBank:
    """One contract with the bank's unified interface."""

    # Only 0 is published; the rest are a contract's setting (`Credentials.statuses`) with these defaults.
    _STATUSES: ClassVar[dict[str, str]] = {"1": "waiting", "2": "declined", "3": "refunded"}

    def __init__(self, merchant: Merchant, credentials: Credentials) -> None:
        self._base_url = merchant.base_url
        self._credentials = credentials
        self._login = {"userName": credentials.user, "password": credentials.password.get_secret_value()}

    def register(self, registration: Registration) -> RegistrationResult:
        """Register by ``registerCommon``."""
        product = {
            "product": [
                {"name": line.name, "count": 1, "sum": line.amount, "code": str(position)}
                for position, line in enumerate(registration.lines, 1)
            ]
        }
        fields = {
            "amount": str(registration.amount),
            "product": json.dumps(product, ensure_ascii=False),
            "returnUrl": registration.return_url,
            "orderNumber": registration.number,
            "description": registration.description,
            "clientId": registration.payer,
        }
        payload = post_form(self._base_url, "registerCommon", self._login | fields).json()
        if payload.get("errorMessage"):
            raise ProviderDeclined("error", str(payload["errorMessage"]))
        bank_order_id = identifier(payload.get("orderId"))
        if not bank_order_id:
            raise NoUsableAnswer("no orderId")
        return RegistrationResult(bank_order_id, require_link(payload.get("formUrl")))

    def status(
        self, number: str, bank_order_id: str | None, refund_ids: Sequence[str] = ()
    ) -> ProviderPaymentStatus:
        """Ask ``getOrderStatusShort``; it knows only the bank's identifiers and reports no sum.

        An attempt whose identifier never reached us has no link in anybody's hands, so it is unpaid.
        """
        if bank_order_id is None:
            return ProviderPaymentStatus(ProviderPaymentState.UNKNOWN)
        fields = self._login | {"orderId": bank_order_id}
        payload = post_form_with_retry(self._base_url, "getOrderStatusShort", fields).json()
        status = str(payload.get("status", ""))
        if status == PAID:
            return ProviderPaymentStatus(ProviderPaymentState.PAID, bank_order_id)
        named = self._STATUSES | self._credentials.statuses
        if status not in named:
            raise NoUsableAnswer("unknown status")
        # The interface reports no sums: what it calls refunded is refunded whole.
        return ProviderPaymentStatus(
            ProviderPaymentState[named[status].upper()], bank_order_id, refunded=None
        )

    def refund(self, bank_order_id: str, wanted: BankRefund) -> None:
        """Refuse: the interface has no refund, the bank gives money back by letter."""
        raise ProviderDeclined("unsupported", "gorodUnified")

    def cancel(self, bank_order_id: str, qr_id: str | None) -> None:
        """Refuse: the interface has no way to close a page."""
        raise ProviderDeclined("unsupported")

    def parse_callback(self, raw: RawCallback) -> Callback:
        """Refuse: this interface sends none."""
        raise InvalidSignature
