"""RBS/BPC, the dialect of most Russian acquirers (DOMAIN.md, §4): forms in, JSON out, signed callbacks."""

import hashlib
import hmac
import json
import re
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from cabinet.accounts.model import Merchant
from cabinet.money import Kopecks
from cabinet.payments.bank.channel import ask_form, post_form
from cabinet.payments.bank.credentials import Credentials
from cabinet.payments.bank.port import (
    MAX_PARAMETERS,
    BankRefused,
    BankSilent,
    BankUnreached,
    Forged,
    Notification,
    RawNotification,
    RefundOrder,
    Registered,
    Registration,
    Standing,
    Told,
)
from cabinet.payments.model import CURRENCY

_STANDINGS = {
    0: Standing.WAITING,
    1: Standing.WAITING,  # held: ours are one-stage payments, so the bank is about to take it
    2: Standing.PAID,
    3: Standing.REVERSED,
    4: Standing.REFUNDED,
    5: Standing.WAITING,
    6: Standing.DECLINED,
    7: Standing.WAITING,
    8: Standing.PAID,  # in part: the amount will not match, and a person looks at it
}
_NUMBER_USED = 1
"""errorCode of register.do for a number that was registered before."""
_NO_SUCH_ORDER = 6
"""errorCode of getOrderStatusExtended for an order that was never registered."""
_UNSIGNED = ("checksum", "sign_alias")
_CHECKSUM = re.compile(r"[0-9A-F]{64}|[0-9A-F]{256,2048}")
"""HMAC-SHA256, or an RSA signature; lower case is not what the bank sends."""


class RbsBank:
    """One contract with a bank that speaks RBS."""

    can_refund: ClassVar[bool] = True

    def __init__(self, merchant: Merchant, credentials: Credentials) -> None:
        self._base_url = merchant.base_url
        self._credentials = credentials
        self._login = {"userName": credentials.user, "password": credentials.password.get_secret_value()}

    def register(self, registration: Registration) -> Registered:
        """Register by ``register.do``.

        A number that was used before (code 1) is an earlier attempt whose answer we never had: BankSilent.
        """
        told = self._call(
            "register.do",
            orderNumber=registration.number,
            amount=str(registration.amount),
            currency=CURRENCY,
            returnUrl=registration.return_url,
            failUrl=registration.return_url,
            dynamicCallbackUrl=registration.callback_url,
            sessionTimeoutSecs=str(registration.session_seconds),
            description=registration.description,
            orderBundle=json.dumps(order_bundle(registration.lines), ensure_ascii=False),
        )
        if _error_code(told) == _NUMBER_USED:
            raise BankSilent("number used")
        _refuse_errors(told)
        if not told.get("orderId") or not told.get("formUrl"):
            raise BankSilent("no orderId")
        return Registered(str(told["orderId"]), str(told["formUrl"]))

    def status(self, number: str, bank_order_id: str | None) -> Told:
        """Ask ``getOrderStatusExtended.do``, by the bank's identifier or by our number."""
        named = {"orderId": bank_order_id} if bank_order_id else {"orderNumber": number}
        told = ask_form(self._base_url, "getOrderStatusExtended.do", self._login | named).json()
        if _error_code(told) == _NO_SUCH_ORDER:
            return Told(Standing.UNKNOWN)
        _refuse_errors(told)
        try:
            return self._read_status(told)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise BankSilent("status not understood") from None

    def refund(self, bank_order_id: str, wanted: RefundOrder) -> None:
        """Give back by ``refund.do``: under its identifier once, and only from the rest that we know of."""
        told = self._call(
            "refund.do",
            orderId=bank_order_id,
            amount=str(wanted.amount),
            externalRefundId=wanted.refund_id,
            expectedDepositedAmount=str(wanted.deposited),
        )
        _refuse_errors(told)

    def parse_notification(self, raw: RawNotification) -> Notification:
        """Return a callback whose checksum holds, whatever it tells of; raises Forged."""
        parameters = parameters_of(raw)
        if not self._is_signed(parameters):
            raise Forged
        number, bank_order_id, operation = (
            parameters.get(name, "") for name in ("orderNumber", "mdOrder", "operation")
        )
        return Notification(number, bank_order_id, operation)

    def _is_signed(self, parameters: dict[str, str]) -> bool:
        claimed = parameters.get("checksum", "")
        if not _CHECKSUM.fullmatch(claimed):
            return False
        text = signed_text(parameters)
        if "sign_alias" in parameters and self._credentials.callback_public_keys:
            public_key = self._credentials.callback_public_keys.get(parameters["sign_alias"])
            return public_key is not None and _is_signed_by_rsa(public_key, text, claimed)
        key = self._credentials.callback_key.get_secret_value()
        return bool(key) and hmac.compare_digest(checksum(key, text), claimed)

    def _read_status(self, told: dict[str, Any]) -> Told:
        standing = _STANDINGS.get(int(told["orderStatus"]))
        if standing is None:
            raise BankSilent("unknown orderStatus")
        sums = told.get("paymentAmountInfo") or {}
        amount = int(told["amount"])
        if standing is Standing.PAID:
            amount = int(sums.get("depositedAmount", amount))
        refunded = int(sums.get("refundedAmount", amount if standing is Standing.REFUNDED else 0))
        if standing is Standing.PAID and refunded:
            standing, amount = Standing.REFUNDED, int(told["amount"])
        attributes = {entry["name"]: str(entry["value"]) for entry in told.get("attributes") or []}
        return Told(
            standing,
            bank_order_id=attributes.get("mdOrder"),
            number=str(told["orderNumber"]),
            amount=amount,
            currency=str(told.get("currency", "")),
            refunded=_refunded(standing, refunded),
            fiscal_url=_link(told.get(self._credentials.fiscal_field)),
        )

    def _call(self, verb: str, **fields: str) -> dict[str, Any]:
        return post_form(self._base_url, verb, self._login | fields).json()


def _refunded(standing: Standing, refunded: Kopecks) -> Kopecks | None:
    """Return what was given back; a reversal gives back the whole, and names it nowhere."""
    if standing is Standing.REVERSED:
        return None
    return refunded if standing is Standing.REFUNDED else 0


def order_bundle(lines: list[tuple[str, Kopecks]]) -> dict[str, Any]:
    """Return the lines for the fiscal receipt; the bank refuses a bundle that is not the amount."""
    items = [
        {
            "positionId": str(position),
            "name": name[:100],
            "quantity": {"value": 1, "measure": "шт"},
            "itemAmount": amount,
            "itemPrice": amount,
            "itemCode": str(position),
        }
        for position, (name, amount) in enumerate(lines, 1)
    ]
    return {"cartItems": {"items": items}}


def parameters_of(raw: RawNotification) -> dict[str, str]:
    """Decode a callback's parameters; one that comes twice has no one meaning, so that is Forged.

    An empty parameter, as a trailing ``&`` makes, is none.
    """
    try:
        text = raw.parameters.decode()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise Forged from None
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise Forged
    return parameters


def signed_text(parameters: dict[str, str]) -> str:
    """Return what the bank signs: ``name;value;`` of every other parameter, sorted by name."""
    return "".join(f"{name};{value};" for name, value in sorted(parameters.items()) if name not in _UNSIGNED)


def checksum(key: str, text: str) -> str:
    """Return HMAC-SHA256 in upper-case hex."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest().upper()


def _is_signed_by_rsa(public_key: str, text: str, claimed: str) -> bool:
    # cryptography is in a layer of its own: only the functions that hear the banks carry it.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA512
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(public_key.encode())
    except ValueError:
        raise BankUnreached("callback_public_keys") from None  # ours is wrong, so the bank shall tell again
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(bytes.fromhex(claimed), text.encode(), padding.PKCS1v15(), SHA512())
    except (InvalidSignature, ValueError):
        return False
    return True


def _link(told: object) -> str | None:
    """Return the fiscal receipt's link if it is one: it goes into mails and onto the site."""
    return told if isinstance(told, str) and told.startswith("https://") else None


def _error_code(told: dict[str, Any]) -> int:
    try:
        return int(told.get("errorCode") or 0)
    except (TypeError, ValueError):
        raise BankSilent("errorCode not understood") from None


def _refuse_errors(told: dict[str, Any]) -> None:
    if _error_code(told):
        raise BankRefused(str(told["errorCode"]), str(told.get("errorMessage", "")))
