"""RBS/BPC, the dialect of most Russian acquirers: forms in, JSON out, signed callbacks."""

import hashlib
import hmac
import json
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urljoin

from cabinet.accounts.supplier_model import Merchant, VatRate
from cabinet.payments.model import CURRENCY
from cabinet.payments.providers.answer_fields import identifier, readable_qr, require_link
from cabinet.payments.providers.base import (
    MAX_PARAMETERS,
    BankRefund,
    Callback,
    CardCharge,
    InvalidSignature,
    NoUsableAnswer,
    ProviderCard,
    ProviderConnectionError,
    ProviderDeclined,
    ProviderPaymentState,
    ProviderPaymentStatus,
    RawCallback,
    Registration,
    RegistrationLine,
    RegistrationResult,
    SavedCardNotFound,
    unique_parameters,
)
from cabinet.payments.providers.credentials import Credentials
from cabinet.payments.providers.http_client import post_form, post_form_with_retry
from cabinet.payments.providers.rbs.answers import (
    NO_BINDING,
    NO_SUCH_ORDER,
    NUMBER_USED,
    error_code,
    raise_for_error,
    read_cards,
    read_status,
)

_VAT_CODES: dict[VatRate, int] = {"none": 0, "0": 1, "10": 2, "10/110": 4, "22": 11, "22/122": 12}
"""`taxType` of the rates; a bank that numbers them otherwise says so in `Credentials.vat_codes`."""
_PAYMENT_METHODS = {"prepayment": 1, "advance": 3, "full_payment": 4}
_PAYMENT_OBJECTS = {"service": 4, "payment": 10}
CARD_CHANGED = "bindingActivityChanged"
"""Operation of a callback about a saved card that was ended, or is in force again."""
_QR = "sbp/c2b/qr/dynamic"
_QR_PIXELS = "300"
_UNSIGNED = ("checksum", "sign_alias")
_CHECKSUM = re.compile(r"[0-9A-F]{64}|[0-9A-F]{256,2048}")
"""HMAC-SHA256, or an RSA signature; lower case is not what the bank sends."""


class RbsBank:
    """One contract with a bank that speaks RBS."""

    def __init__(self, merchant: Merchant, credentials: Credentials) -> None:
        self._base_url = merchant.base_url
        self._credentials = credentials
        self._login = {"userName": credentials.user, "password": credentials.password.get_secret_value()}

    def register(self, registration: Registration) -> RegistrationResult:
        """Register by ``register.do``.

        A number that was used before (code 1) is an earlier attempt whose answer was lost: NoUsableAnswer.
        """
        payload = self._call(
            "register.do",
            orderNumber=registration.number,
            amount=str(registration.amount),
            currency=CURRENCY,
            returnUrl=registration.return_url,
            failUrl=registration.return_url,
            dynamicCallbackUrl=registration.callback_url,
            sessionTimeoutSecs=str(registration.session_seconds),
            description=registration.description,
            orderBundle=json.dumps(
                order_bundle(registration.lines, self._credentials.vat_codes), ensure_ascii=False
            ),
            **_client(registration),
        )
        if error_code(payload) == NUMBER_USED:
            raise NoUsableAnswer("number used")
        raise_for_error(payload)
        bank_order_id, page = identifier(payload.get("orderId")), require_link(payload.get("formUrl"))
        if not bank_order_id:
            raise NoUsableAnswer("no orderId")
        if registration.method == "sbp":
            return self._register_qr(bank_order_id, registration)
        return RegistrationResult(bank_order_id, page)

    def _register_qr(self, bank_order_id: str, registration: Registration) -> RegistrationResult:
        """Let the bank draw the code of an order; its page, where a card could pay too, is given to nobody.

        The bank has the order by now, so whatever fails here is NoUsableAnswer: the number is used up.
        """
        try:
            answer = self._call(
                f"{_QR}/get.do",
                mdOrder=bank_order_id,
                qrHeight=_QR_PIXELS,
                qrWidth=_QR_PIXELS,
                qrFormat="image",
                paymentPurpose=registration.description[:140],
                redirectUrl=registration.return_url,
            )
            raise_for_error(answer)
        except (ProviderConnectionError, ProviderDeclined) as error:
            raise NoUsableAnswer(f"qr: {error}") from None
        return RegistrationResult(
            bank_order_id,
            require_link(answer.get("payload")),
            identifier(answer.get("qrId")) or None,
            _picture(answer.get("renderedQr")),
        )

    def status(
        self, number: str, bank_order_id: str | None, refund_ids: Sequence[str] = ()
    ) -> ProviderPaymentStatus:
        """Ask ``getOrderStatusExtended.do``, by the bank's identifier or by our number."""
        named = {"orderId": bank_order_id} if bank_order_id else {"orderNumber": number}
        payload = post_form_with_retry(
            self._base_url, "getOrderStatusExtended.do", self._login | named
        ).json()
        if error_code(payload) == NO_SUCH_ORDER:
            return ProviderPaymentStatus(ProviderPaymentState.UNKNOWN)
        raise_for_error(payload)
        return read_status(payload, self._credentials.fiscal_field)

    def refund(self, bank_order_id: str, wanted: BankRefund) -> None:
        """Refund by ``refund.do``: once per identifier, and only from the remaining sum that we know of."""
        payload = self._call(
            "refund.do",
            orderId=bank_order_id,
            amount=str(wanted.amount),
            externalRefundId=wanted.refund_id,
            expectedDepositedAmount=str(wanted.deposited),
        )
        raise_for_error(payload)

    def cancel(self, bank_order_id: str, qr_id: str | None) -> None:
        """Close the page by ``decline.do``: a paid order refuses it, and so does a bank that has none.

        A code is ended before. What the bank says to that decides nothing: it may have ended by itself.
        """
        if qr_id:
            self._call(f"{_QR}/reject.do", mdOrder=bank_order_id, qrId=qr_id)
        raise_for_error(self._call("decline.do", orderId=bank_order_id))

    def charge(self, wanted: CardCharge) -> str | None:
        """Charge by ``paymentOrderBinding.do``: its success means that the charge was processed, not paid."""
        answer = self._call(
            "paymentOrderBinding.do",
            mdOrder=wanted.bank_order_id,
            bindingId=wanted.bank_card_id,
            ip=wanted.client_ip,
            **({"tii": "U"} if wanted.is_unattended else {}),
        )
        if error_code(answer) == NO_BINDING:
            raise SavedCardNotFound(str(NO_BINDING), str(answer.get("errorMessage", "")))
        raise_for_error(answer)
        if not answer.get("acsUrl"):
            return None
        # The bank's own page posts what the card's issuer wants and brings the payer back.
        return urljoin(self._base_url.rstrip("/"), f"acsRedirect.do?orderId={quote(wanted.bank_order_id)}")

    def saved_cards(self, client_id: str) -> list[ProviderCard]:
        """Ask ``getBindings.do``: an error 2 means that there is none."""
        answer = post_form_with_retry(
            self._base_url, "getBindings.do", self._login | {"clientId": client_id}
        ).json()
        if error_code(answer) == NO_BINDING:
            return []
        raise_for_error(answer)
        return read_cards(answer)

    def forget_card(self, bank_card_id: str) -> None:
        """End by ``unBindCard.do``: an error 2 means that it has ended before."""
        answer = self._call("unBindCard.do", bindingId=bank_card_id)
        if error_code(answer) != NO_BINDING:
            raise_for_error(answer)

    def parse_callback(self, raw: RawCallback) -> Callback:
        """Return a callback with a valid checksum, whatever it is about; raises InvalidSignature."""
        parameters = parse_parameters(raw)
        if not self._is_signed(parameters):
            raise InvalidSignature
        names = ("orderNumber", "mdOrder", "operation", "bindingId", "clientId")
        number, bank_order_id, operation, bank_card_id, client_id = (
            parameters.get(name, "") for name in names
        )
        return Callback(number, bank_order_id, operation, bank_card_id=bank_card_id, client_id=client_id)

    def _is_signed(self, parameters: dict[str, str]) -> bool:
        claimed = parameters.get("checksum", "")
        if not _CHECKSUM.fullmatch(claimed):
            return False
        text = signature_base(parameters)
        if "sign_alias" in parameters and self._credentials.callback_public_keys:
            public_key = self._credentials.callback_public_keys.get(parameters["sign_alias"])
            return public_key is not None and _is_signed_by_rsa(public_key, text, claimed)
        key = self._credentials.callback_key.get_secret_value()
        return bool(key) and hmac.compare_digest(checksum(key, text), claimed)

    def _call(self, verb: str, **fields: str) -> dict[str, Any]:
        return post_form(self._base_url, verb, self._login | fields).json()


def _client(registration: Registration) -> dict[str, str]:
    """Return the parameters of register.do where a card is to be saved, or one that is saved is charged."""
    if not registration.client_id:
        return {}
    unattended = {"features": "AUTO_PAYMENT"} if registration.is_unattended else {}
    return {"clientId": registration.client_id} | unattended


def order_bundle(
    lines: list[RegistrationLine], vat_codes: Mapping[VatRate, int] | None = None
) -> dict[str, Any]:
    """Return the lines for the fiscal receipt (FFD 1.2); the bank refuses a bundle that is not the amount."""
    codes = _VAT_CODES | dict(vat_codes or {})
    items = [
        {
            "positionId": str(position),
            "name": line.name[:100],
            "quantity": {"value": 1, "measure": "шт"},
            "itemAmount": line.amount,
            "itemPrice": line.amount,
            "itemCode": str(position),
            "tax": {"taxType": codes[line.vat]},
            "itemAttributes": {
                "attributes": [
                    {"name": "paymentMethod", "value": str(_PAYMENT_METHODS[line.payment_method])},
                    {"name": "paymentObject", "value": str(_PAYMENT_OBJECTS[line.payment_object])},
                ]
            },
        }
        for position, line in enumerate(lines, 1)
    ]
    return {"cartItems": {"items": items}}


def parse_parameters(raw: RawCallback) -> dict[str, str]:
    """Decode a callback's parameters; one that comes twice has no one meaning, so that is InvalidSignature.

    An empty parameter, as a trailing ``&`` makes, is none.
    """
    try:
        text = raw.parameters.decode()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise InvalidSignature from None
    return unique_parameters(pairs)


def signature_base(parameters: dict[str, str]) -> str:
    """Return what the bank signs: ``name;value;`` of every other parameter, sorted by name."""
    return "".join(f"{name};{value};" for name, value in sorted(parameters.items()) if name not in _UNSIGNED)


def checksum(key: str, text: str) -> str:
    """Return HMAC-SHA256 in upper-case hex."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest().upper()


def _is_signed_by_rsa(public_key: str, text: str, claimed: str) -> bool:
    # cryptography is in a layer of its own: only the functions that get callbacks carry it.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA512
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(public_key.encode())
    except ValueError:
        raise ProviderConnectionError(
            "callback_public_keys"
        ) from None  # our settings are wrong, so the bank must call again
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(bytes.fromhex(claimed), text.encode(), padding.PKCS1v15(), SHA512())
    except (InvalidSignature, ValueError):
        return False
    return True


def _picture(drawn: object) -> str | None:
    try:
        return readable_qr(b64decode(drawn)) if isinstance(drawn, str) else None
    except ValueError:
        return None
