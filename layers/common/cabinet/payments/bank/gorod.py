"""Челябинвестбанк's «Город» protocol: we post a signed form, the bank calls us back (DOMAIN.md, §4)."""

import hashlib
import hmac
import re
from datetime import datetime
from typing import ClassVar
from urllib.parse import parse_qsl, urljoin
from xml.sax.saxutils import escape

from cabinet.accounts.model import Merchant
from cabinet.money import plain_rubles
from cabinet.payments.bank.channel import post_form
from cabinet.payments.bank.credentials import Credentials
from cabinet.payments.bank.port import (
    MAX_PARAMETERS,
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

ENCODING = "windows-1251"
ACCEPTED, REFUSED = 0, 1
_KOPECKS = re.compile(r"[0-9]{1,15}")
_REDIRECTS = (301, 302, 303, 307, 308)


class GorodBank:
    """One service of the «Город» system. The bank's `pay` call is itself the word that counts."""

    can_refund: ClassVar[bool] = False

    def __init__(self, merchant: Merchant, credentials: Credentials) -> None:
        self._merchant = merchant
        self._credentials = credentials

    def register(self, registration: Registration) -> Registered:
        """Post the signed form; the answer sends the subscriber on to the payment page."""
        amount = plain_rubles(registration.amount)
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
            raise BankRefused(str(answer.status))
        page = urljoin(f"{self._merchant.base_url.rstrip('/')}/pay", answer.headers["location"])
        # The protocol has no identifier of its own until it is paid.
        return Registered(registration.number, page)

    def status(self, number: str, bank_order_id: str | None) -> Told:
        """Raise BankSilent: the protocol has no question about a payment, the bank calls us instead."""
        raise BankSilent("no status in this protocol")

    def refund(self, bank_order_id: str, wanted: RefundOrder) -> None:
        """Refuse: the protocol has no refund, the bank gives money back by letter."""
        raise BankRefused("unsupported", "gorod")

    def parse_notification(self, raw: RawNotification) -> Notification:
        """Return a call that carries our contract's login and password; raises Forged."""
        parameters = parameters_of(raw)
        if not self._is_genuine(parameters):
            raise Forged
        method, number = parameters.get("method", ""), parameters.get("account", "")
        if not _KOPECKS.fullmatch(parameters.get("summ", "")):
            raise Forged
        amount = int(parameters["summ"])
        if method == "check":
            return Notification(number, number, "check", Told(Standing.WAITING, number, number, amount))
        if method != "pay" or not parameters.get("payid"):
            raise Forged
        payment = parameters["payid"]
        return Notification(number, payment, "pay", Told(Standing.PAID, payment, number, amount))

    def _is_genuine(self, parameters: dict[str, str]) -> bool:
        expected = (
            self._credentials.user,
            self._credentials.password.get_secret_value(),
            self._merchant.service_number,
        )
        told = [parameters.get(name, "") for name in ("login", "password", "service")]
        same = [hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(expected, told, strict=True)]
        return all(same)


def sign(credentials: Credentials, service_number: str, number: str, amount: str) -> str:
    """Return the form's signature: a hash of login, password, service, order and the sum in rubles."""
    password = credentials.password.get_secret_value()
    text = f"{credentials.user}{password}{service_number}{number}{amount}"
    # Not a choice: the published protocol says sha1; a contract may set another algorithm.
    return hashlib.new(credentials.sign_algorithm, text.encode(), usedforsecurity=False).hexdigest()


def parameters_of(raw: RawNotification) -> dict[str, str]:
    """Decode a call's parameters (windows-1251); one that comes twice is Forged."""
    try:
        pairs = parse_qsl(
            raw.parameters.decode(ENCODING),
            keep_blank_values=True,
            encoding=ENCODING,
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError:
        raise Forged from None
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise Forged
    return parameters


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
