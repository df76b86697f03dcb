"""СБП by Raiffeisenbank's own interface: JSON, rubles as numbers, callbacks signed over the text of the sum.

The contract's `user` is the sbpMerchantId, its `password` the secret key. The bank answers about a refund
by our own identifier alone: money refunded in its office is not seen here.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

from cabinet.accounts.supplier_model import Merchant
from cabinet.core import clock
from cabinet.core.money import Kopecks
from cabinet.payments.model import CURRENCY
from cabinet.payments.providers.answer_fields import identifier, readable_qr, require_link, short_text
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
from cabinet.payments.providers.http_client import (
    CONNECT_SECONDS,
    READ_SECONDS,
    get_with_retry,
    post_json,
)
from cabinet.payments.providers.raiffeisen.answers import read_content
from cabinet.payments.providers.raiffeisen.receipts import FiscalReceipts

PAID_OPERATION = "SUCCESS"
_MAX_ORDER = 64
_MAX_KOPECKS = 10**15
_SIGNED = ("amount", "sbpMerchantId", "order", "paymentStatus", "transactionDate")
_STATUSES = {
    "NEW": ProviderPaymentState.WAITING,
    "IN_PROGRESS": ProviderPaymentState.WAITING,
    "CANCELLED": ProviderPaymentState.DECLINED,
    "EXPIRED": ProviderPaymentState.DECLINED,
}
"""States of an unpaid code; a payment on its way keeps an ended one waiting."""


class RaiffeisenBank:
    """One contract with Raiffeisenbank."""

    def __init__(self, merchant: Merchant, credentials: Credentials) -> None:
        self._base_url = merchant.base_url
        self._merchant_id = credentials.user
        secret = credentials.password.get_secret_value()
        self._key = credentials.callback_key.get_secret_value() or secret
        self._headers = {"Authorization": f"Bearer {secret}"}
        self._receipts = (
            FiscalReceipts(merchant.fiscal_url, self._headers, credentials.vat_names)
            if merchant.fiscal_url
            else None
        )

    def register(self, registration: Registration) -> RegistrationResult:
        """Register a code by ``qr/register``, then fetch the bank's picture of it; the receipt's draft first.

        Together they answer within the claim of an attempt: a slow bank's picture is left out.
        """
        begun = clock.monotonic()
        if self._receipts is not None:
            self._receipts.draft("sell", registration.number, registration.lines, registration.email)
        answer = read_content(
            post_json(
                self._base_url,
                "api/sbp/v1/qr/register",
                {
                    "sbpMerchantId": self._merchant_id,
                    "order": registration.number,
                    "amount": registration.amount / 100,
                    "currency": "RUB",
                    "qrType": "QRDynamic",
                    "qrExpirationDate": f"+{registration.session_seconds // 60}m",
                    "paymentDetails": registration.description[:185],
                },
                self._headers,
            )
        )
        qr_id = identifier(answer.get("qrId"))
        if not qr_id:
            raise NoUsableAnswer("no qrId")
        link = require_link(answer.get("payload"))
        has_time = clock.monotonic() - begun < CONNECT_SECONDS + READ_SECONDS
        picture = self._picture(answer.get("qrUrl")) if has_time else None
        return RegistrationResult(qr_id, link, qr_id, picture)

    def status(
        self, number: str, bank_order_id: str | None, refund_ids: Sequence[str] = ()
    ) -> ProviderPaymentStatus:
        """Ask for a code's state, then what was paid by it, then of each refund.

        An attempt whose identifier never reached us has no code in anybody's hands, so it is unpaid.
        """
        if bank_order_id is None:
            return ProviderPaymentStatus(ProviderPaymentState.UNKNOWN)
        path = quote(bank_order_id, safe="")
        answer = get_with_retry(self._base_url, f"api/sbp/v2/qrs/{path}", self._headers)
        if answer.status == 404:
            return ProviderPaymentStatus(ProviderPaymentState.UNKNOWN)
        qr_status = read_content(answer).get("qrStatus")
        if qr_status == "NEW":
            return ProviderPaymentStatus(ProviderPaymentState.WAITING, bank_order_id)
        info = read_content(
            get_with_retry(self._base_url, f"api/sbp/v1/qr/{path}/payment-info", self._headers)
        )
        if info.get("paymentStatus") == PAID_OPERATION:
            refunded = sum(self._refunded(refund_id) for refund_id in refund_ids)
            order = short_text(info.get("order"), _MAX_ORDER)
            link = self._receipts.register("sell", order) if self._receipts else None
            return _paid(bank_order_id, info, refunded, link)
        if info.get("paymentStatus") == "IN_PROGRESS":
            return ProviderPaymentStatus(ProviderPaymentState.WAITING, bank_order_id)
        known = _STATUSES.get(qr_status) if isinstance(qr_status, str) else None
        if known is None:
            raise NoUsableAnswer("qrStatus not understood")
        return ProviderPaymentStatus(known, bank_order_id)

    def refund(self, bank_order_id: str, wanted: BankRefund) -> None:
        """Refund by ``refund``: under its identifier once, and never more than was paid."""
        if self._receipts is not None and wanted.lines:
            self._receipts.draft("refund", wanted.refund_id, wanted.lines, wanted.email)
        content = {
            "order": wanted.number,
            "refundId": wanted.refund_id,
            "amount": wanted.amount / 100,
        }
        answer = read_content(post_json(self._base_url, "api/sbp/v1/refund", content, self._headers))
        if answer.get("refundStatus") == "DECLINED":
            raise ProviderDeclined("DECLINED")

    def _refunded(self, refund_id: str) -> Kopecks:
        path = f"api/sbp/v1/refund/{quote(refund_id, safe='')}"
        answer = get_with_retry(self._base_url, path, self._headers)
        if answer.status == 404:
            return 0  # never sent, or never arrived
        content = read_content(answer)
        if content.get("refundStatus") != "COMPLETED":
            return 0
        if self._receipts is not None:
            self._receipts.register("refund", refund_id)
        return _kopecks(content.get("amount"))

    def cancel(self, bank_order_id: str, qr_id: str | None) -> None:
        """Refuse: a code ends by itself."""
        raise ProviderDeclined("unsupported")

    def parse_callback(self, raw: RawCallback) -> Callback:
        """Return a callback whose signature holds; raises InvalidSignature."""
        spelled = parse_body(raw)
        if not self._key or not hmac.compare_digest(
            signature(self._key, spelled).encode(), raw.signature.encode()
        ):
            raise InvalidSignature
        return Callback(spelled["order"], spelled.get("qrId", ""), spelled["paymentStatus"])

    def _picture(self, url: object) -> str | None:
        """Return the bank's picture of the code; without one the link is all that is shown."""
        site = "{0.scheme}://{0.netloc}/".format(urlsplit(self._base_url))
        if not isinstance(url, str) or not url.startswith(site):
            return None  # our key is shown to nobody but the bank
        try:
            answer = get_with_retry(site, url.removeprefix(site), self._headers)
        except NoUsableAnswer:
            return None
        return readable_qr(answer.body) if answer.status == 200 else None


def _paid(
    qr_id: str, info: dict[str, Any], refunded: Kopecks, fiscal_url: str | None
) -> ProviderPaymentStatus:
    currency = info.get("currency")
    return ProviderPaymentStatus(
        ProviderPaymentState.REFUNDED if refunded else ProviderPaymentState.PAID,
        qr_id,
        number=short_text(info.get("order"), _MAX_ORDER),
        amount=_kopecks(info.get("amount")),
        currency=CURRENCY if currency == "RUB" else short_text(currency, 8),
        refunded=refunded,
        fiscal_url=fiscal_url,
    )


def parse_body(raw: RawCallback) -> dict[str, str]:
    """Return a callback's values as the JSON spells them: ``1.10`` stays so; raises InvalidSignature."""
    try:
        content = json.loads(raw.body, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        raise InvalidSignature from None
    if not isinstance(content, dict):
        raise InvalidSignature
    spelled = {name: value for name, value in content.items() if isinstance(value, str)}
    if any(name not in spelled for name in _SIGNED):
        raise InvalidSignature
    return spelled


def signature(key: str, spelled: dict[str, str]) -> str:
    """Return HMAC-SHA256 in lower-case hex over the signed values, joined by ``|``."""
    text = "|".join(spelled[name] for name in _SIGNED)
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _kopecks(rubles: object) -> Kopecks:
    try:
        kopecks = Decimal(str(rubles)) * 100
        if abs(kopecks) < _MAX_KOPECKS and kopecks == kopecks.to_integral_value():
            return int(kopecks)
    except (ArithmeticError, ValueError):
        pass
    raise NoUsableAnswer("amount not understood")
