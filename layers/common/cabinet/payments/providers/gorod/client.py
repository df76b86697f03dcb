"""Челябинвестбанк's «Город» protocol: we post a signed form, the bank calls us back (docs/payments.md)."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qsl, urljoin
from xml.sax.saxutils import escape

from cabinet.accounts.supplier_model import Merchant
from cabinet.core.money import to_decimal_string
from cabinet.payments.providers.base import (
    MAX_PARAMETERS,
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
    unique_parameters,
)
from cabinet.payments.providers.credentials import Credentials
from cabinet.payments.providers.http_client import post_form

ENCODING = "windows-1251"
ACCEPTED, REFUSED = 0, 1
_KOPECKS = re.compile(r"[0-9]{1,15}")
_REDIRECTS = (301, 302, 303, 307, 308)


class GorodBank:
    """One service of the «Город» system. The bank's `pay` call is itself the word that counts."""

    def __init__(self, merchant: Merchant, credentials: Credentials) -> None:
        self._merchant = merchant
        self._credentials = credentials

    def register(self, registration: Registration) -> RegistrationResult:
        """Post the signed form; the answer sends the subscriber on to the payment page."""
        amount = to_decimal_string(registration.amount)
        answer = post_form(
            self._merchant.base_url,
            "pay",
            {
                "login": self._credentials.user,
                "service_num": self._merchant.service_number,
                "order_id": registration.number,
                "sum": amount,
                "payer": registration.payer,
                "description": registration.description,
                "confirm_url": registration.return_url,
                "decline_url": registration.return_url,
                "sign": sign(self._credentials, self._merchant.service_number, registration.number, amount),
            },
        )
        if answer.status not in _REDIRECTS or not answer.headers.get("location"):
            raise ProviderDeclined(str(answer.status))
        page = urljoin(f"{self._merchant.base_url.rstrip('/')}/pay", answer.headers["location"])
        # The protocol has no identifier of its own until it is paid.
        return RegistrationResult(registration.number, page)

    def status(
        self, number: str, bank_order_id: str | None, refund_ids: Sequence[str] = ()
    ) -> ProviderPaymentStatus:
        """Raise NoUsableAnswer: the protocol has no question about a payment, the bank calls us instead."""
        raise NoUsableAnswer("no status in this protocol")

    def refund(self, bank_order_id: str, wanted: BankRefund) -> None:
        """Refuse: the protocol has no refund, the bank gives money back by letter."""
        raise ProviderDeclined("unsupported", "gorod")

    def cancel(self, bank_order_id: str, qr_id: str | None) -> None:
        """Refuse: the interface has no way to close a page."""
        raise ProviderDeclined("unsupported")

    def parse_callback(self, raw: RawCallback) -> Callback:
        """Return a call that carries our contract's login and password; raises InvalidSignature."""
        parameters = parse_parameters(raw)
        if not self._is_genuine(parameters):
            raise InvalidSignature
        method, number = parameters.get("method", ""), parameters.get("account", "")
        if not _KOPECKS.fullmatch(parameters.get("summ", "")):
            raise InvalidSignature
        amount = int(parameters["summ"])
        if method == "check":
            return Callback(
                number,
                number,
                "check",
                ProviderPaymentStatus(ProviderPaymentState.WAITING, number, number, amount),
            )
        if method != "pay" or not parameters.get("payid"):
            raise InvalidSignature
        payment = parameters["payid"]
        return Callback(
            number, payment, "pay", ProviderPaymentStatus(ProviderPaymentState.PAID, payment, number, amount)
        )

    def _is_genuine(self, parameters: dict[str, str]) -> bool:
        expected = (
            self._credentials.user,
            self._credentials.password.get_secret_value(),
            self._merchant.service_number,
        )
        given = [parameters.get(name, "") for name in ("login", "password", "service")]
        same = [hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(expected, given, strict=True)]
        return all(same)


def sign(credentials: Credentials, service_number: str, number: str, amount: str) -> str:
    """Return the form's signature: a hash of login, password, service, order and the sum in rubles."""
    password = credentials.password.get_secret_value()
    text = f"{credentials.user}{password}{service_number}{number}{amount}"
    # Not a choice: the published protocol says sha1; a contract may set another algorithm.
    return hashlib.new(credentials.sign_algorithm, text.encode(), usedforsecurity=False).hexdigest()


def parse_parameters(raw: RawCallback) -> dict[str, str]:
    """Decode a call's parameters (windows-1251); one that comes twice is InvalidSignature."""
    try:
        pairs = parse_qsl(
            raw.parameters.decode(ENCODING),
            keep_blank_values=True,
            encoding=ENCODING,
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError:
        raise InvalidSignature from None
    return unique_parameters(pairs)


def answer(code: int, description: str, *, payment: str = "", at: datetime | None = None) -> bytes:
    """Return our XML answer; to `pay` it names our payment and says that it is done (Status 0)."""
    done = ""
    if at is not None:
        done = f"<PlatID>{escape(payment)}</PlatID><Status>0</Status><Date>{at:%Y/%m/%d %H:%M:%S}</Date>"
    text = (
        f'<?xml version="1.0" encoding="{ENCODING}"?>'
        f"<Answer><Code>{code}</Code><Description>{escape(description)}</Description>{done}</Answer>"
    )
    return text.encode(ENCODING, "xmlcharrefreplace")
