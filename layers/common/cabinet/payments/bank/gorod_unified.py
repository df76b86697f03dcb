"""Челябинвестбанк's gorodUnified: registration and a status to poll, no callbacks (DOMAIN.md, §4)."""

import json
from typing import ClassVar

from cabinet.accounts.model import Merchant
from cabinet.payments.bank.channel import ask_form, post_form
from cabinet.payments.bank.credentials import Credentials
from cabinet.payments.bank.port import (
    BankRefused,
    BankSilent,
    Forged,
    Notification,
    RawNotification,
    RefundOrder,
    Registered,
    Registration,
    Standing,
    Told,
)

PAID = "0"
"""`status` 0 means paid: the opposite of RBS, where it means registered."""


class GorodUnifiedBank:
    """One contract with the bank's unified interface."""

    can_refund: ClassVar[bool] = False

    # Only 0 is published; the rest are a contract's setting (`Credentials.statuses`) with these defaults.
    _STATUSES: ClassVar[dict[str, str]] = {"1": "waiting", "2": "declined", "3": "refunded"}

    def __init__(self, merchant: Merchant, credentials: Credentials) -> None:
        self._base_url = merchant.base_url
        self._credentials = credentials
        self._login = {"userName": credentials.user, "password": credentials.password.get_secret_value()}

    def register(self, registration: Registration) -> Registered:
        """Register by ``registerCommon``."""
        product = {
            "product": [
                {"name": name, "count": 1, "sum": amount, "code": str(position)}
                for position, (name, amount) in enumerate(registration.lines, 1)
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
        told = post_form(self._base_url, "registerCommon", self._login | fields).json()
        if told.get("errorMessage"):
            raise BankRefused("error", str(told["errorMessage"]))
        if not told.get("orderId") or not told.get("formUrl"):
            raise BankSilent("no orderId")
        return Registered(str(told["orderId"]), str(told["formUrl"]))

    def status(self, number: str, bank_order_id: str | None) -> Told:
        """Ask ``getOrderStatusShort``; it knows the bank's identifiers alone and tells no sum.

        An attempt whose identifier never reached us has no link in anybody's hands, so it is unpaid.
        """
        if bank_order_id is None:
            return Told(Standing.UNKNOWN)
        fields = self._login | {"orderId": bank_order_id}
        told = ask_form(self._base_url, "getOrderStatusShort", fields).json()
        status = str(told.get("status", ""))
        if status == PAID:
            return Told(Standing.PAID, bank_order_id)
        named = self._STATUSES | self._credentials.statuses
        if status not in named:
            raise BankSilent("unknown status")
        # The interface tells no sums: what it calls refunded is refunded whole.
        return Told(Standing[named[status].upper()], bank_order_id, refunded=None)

    def refund(self, bank_order_id: str, wanted: RefundOrder) -> None:
        """Refuse: the interface has no refund, the bank gives money back by letter."""
        raise BankRefused("unsupported", "gorodUnified")

    def parse_notification(self, raw: RawNotification) -> Notification:
        """Refuse: this interface sends none."""
        raise Forged
