"""RBS/BPC, the dialect of most Russian acquirers: forms in, JSON out, signed callbacks."""

import hashlib
import hmac
import json
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urljoin

from cabinet.accounts.model import Merchant, VatRate
from cabinet.core.money import Kopecks
from cabinet.payments.model import CURRENCY
from cabinet.payments.providers.base import (
    MAX_PARAMETERS,
    AccessDenied,
    CardCharge,
    InvalidSignature,
    Notification,
    ProviderCard,
    ProviderConnectionError,
    ProviderDeclined,
    ProviderPaymentState,
    ProviderPaymentStatus,
    ProviderTimeout,
    RawNotification,
    RefundOrder,
    Registration,
    RegistrationLine,
    RegistrationResult,
    SavedCardGone,
    readable_qr,
    require_link,
)
from cabinet.payments.providers.credentials import Credentials
from cabinet.payments.providers.http_client import post_form, post_form_with_retry

_STATUS_MAP = {
    0: ProviderPaymentState.WAITING,
    1: ProviderPaymentState.WAITING,  # held: ours are one-stage payments, so the bank is about to take it
    2: ProviderPaymentState.PAID,
    3: ProviderPaymentState.REVERSED,
    4: ProviderPaymentState.REFUNDED,
    5: ProviderPaymentState.WAITING,
    6: ProviderPaymentState.DECLINED,
    7: ProviderPaymentState.WAITING,
    8: ProviderPaymentState.PAID,  # in part: the amount will not match, and a person looks at it
}
_NUMBER_USED = 1
"""errorCode of register.do for a number that was registered before."""
_NO_SUCH_ORDER = 6
"""errorCode of getOrderStatusExtended for an order that was never registered."""
_ACCESS_DENIED = 5
"""errorCode of any call for a wrong login or password."""
_NO_BINDING = 2
"""errorCode of the calls about saved cards for one that is not there, or not any more."""
_FINAL_DECLINES = frozenset({"101", "103", "109", "125", "207", "208", "209"})
"""actionCode of declines that no later try will change: expired, closed, wrong, lost, stolen."""
_EXPIRATION = re.compile(r"(20\d\d)(0[1-9]|1[0-2])", re.ASCII)
_VAT_CODES: dict[VatRate, int] = {"none": 0, "0": 1, "10": 2, "10/110": 4, "22": 11, "22/122": 12}
"""`taxType` of the rates; a bank that numbers them otherwise says so in `Credentials.vat_codes`."""
_PAYMENT_METHODS = {"prepayment": 1, "advance": 3, "full_payment": 4}
_PAYMENT_OBJECTS = {"service": 4, "payment": 10}
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

        A number that was used before (code 1) is an earlier attempt whose answer was lost: ProviderTimeout.
        """
        bank_status = self._call(
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
        if _error_code(bank_status) == _NUMBER_USED:
            raise ProviderTimeout("number used")
        _raise_for_error(bank_status)
        if not bank_status.get("orderId") or not bank_status.get("formUrl"):
            raise ProviderTimeout("no orderId")
        bank_order_id, page = str(bank_status["orderId"]), require_link(bank_status["formUrl"])
        if registration.method == "sbp":
            return self._register_qr(bank_order_id, registration)
        return RegistrationResult(bank_order_id, page)

    def _register_qr(self, bank_order_id: str, registration: Registration) -> RegistrationResult:
        """Let the bank draw the code of an order; its page, where a card could pay too, is given to nobody.

        The bank has the order by now, so whatever fails here is ProviderTimeout: the number is spent.
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
            _raise_for_error(answer)
        except (ProviderConnectionError, ProviderDeclined) as error:
            raise ProviderTimeout(f"qr: {error}") from None
        return RegistrationResult(
            bank_order_id,
            require_link(answer.get("payload")),
            str(answer.get("qrId") or "") or None,
            _picture(answer.get("renderedQr")),
        )

    def status(
        self, number: str, bank_order_id: str | None, refund_ids: Sequence[str] = ()
    ) -> ProviderPaymentStatus:
        """Ask ``getOrderStatusExtended.do``, by the bank's identifier or by our number."""
        named = {"orderId": bank_order_id} if bank_order_id else {"orderNumber": number}
        bank_status = post_form_with_retry(
            self._base_url, "getOrderStatusExtended.do", self._login | named
        ).json()
        if _error_code(bank_status) == _NO_SUCH_ORDER:
            return ProviderPaymentStatus(ProviderPaymentState.UNKNOWN)
        _raise_for_error(bank_status)
        try:
            return self._read_status(bank_status)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ProviderTimeout("status not understood") from None

    def refund(self, bank_order_id: str, wanted: RefundOrder) -> None:
        """Give back by ``refund.do``: under its identifier once, and only from the rest that we know of."""
        bank_status = self._call(
            "refund.do",
            orderId=bank_order_id,
            amount=str(wanted.amount),
            externalRefundId=wanted.refund_id,
            expectedDepositedAmount=str(wanted.deposited),
        )
        _raise_for_error(bank_status)

    def cancel(self, bank_order_id: str, qr_id: str | None) -> None:
        """Close the page by ``decline.do``: a paid order refuses it, and so does a bank that has none.

        A code is ended before. What the bank says to that decides nothing: it may have ended by itself.
        """
        if qr_id:
            self._call(f"{_QR}/reject.do", mdOrder=bank_order_id, qrId=qr_id)
        _raise_for_error(self._call("decline.do", orderId=bank_order_id))

    def charge(self, wanted: CardCharge) -> str | None:
        """Charge by ``paymentOrderBinding.do``: its success means that the charge was processed, not paid."""
        answer = self._call(
            "paymentOrderBinding.do",
            mdOrder=wanted.bank_order_id,
            bindingId=wanted.binding_id,
            ip=wanted.payer_address,
            **({"tii": "U"} if wanted.is_unattended else {}),
        )
        if _error_code(answer) == _NO_BINDING:
            raise SavedCardGone(str(_NO_BINDING), str(answer.get("errorMessage", "")))
        _raise_for_error(answer)
        if not answer.get("acsUrl"):
            return None
        # The bank's own page posts what the card's issuer wants and brings the payer back.
        return urljoin(self._base_url.rstrip("/"), f"acsRedirect.do?orderId={quote(wanted.bank_order_id)}")

    def saved_cards(self, client_id: str) -> list[ProviderCard]:
        """Ask ``getBindings.do``: an error 2 means that there is none."""
        answer = post_form_with_retry(
            self._base_url, "getBindings.do", self._login | {"clientId": client_id}
        ).json()
        if _error_code(answer) == _NO_BINDING:
            return []
        _raise_for_error(answer)
        try:
            return [
                ProviderCard(
                    str(entry["bindingId"]), str(entry["maskedPan"]), _month(entry.get("expiryDate", ""))
                )
                for entry in answer.get("bindings") or []
            ]
        except (AttributeError, KeyError, TypeError):
            raise ProviderTimeout("bindings not understood") from None

    def forget_card(self, binding_id: str) -> None:
        """End by ``unBindCard.do``: an error 2 means that it has ended before."""
        answer = self._call("unBindCard.do", bindingId=binding_id)
        if _error_code(answer) != _NO_BINDING:
            _raise_for_error(answer)

    def parse_notification(self, raw: RawNotification) -> Notification:
        """Return a callback whose checksum holds, whatever it tells of; raises InvalidSignature."""
        parameters = parse_parameters(raw)
        if not self._is_signed(parameters):
            raise InvalidSignature
        number, bank_order_id, operation = (
            parameters.get(name, "") for name in ("orderNumber", "mdOrder", "operation")
        )
        return Notification(number, bank_order_id, operation)

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

    def _read_status(self, bank_status: dict[str, Any]) -> ProviderPaymentStatus:
        payment_state = _STATUS_MAP.get(int(bank_status["orderStatus"]))
        if payment_state is None:
            raise ProviderTimeout("unknown orderStatus")
        sums = bank_status.get("paymentAmountInfo") or {}
        amount = int(bank_status["amount"])
        if payment_state is ProviderPaymentState.PAID:
            amount = int(sums.get("depositedAmount", amount))
        refunded = int(
            sums.get("refundedAmount", amount if payment_state is ProviderPaymentState.REFUNDED else 0)
        )
        if payment_state is ProviderPaymentState.PAID and refunded:
            payment_state, amount = ProviderPaymentState.REFUNDED, int(bank_status["amount"])
        if payment_state is ProviderPaymentState.REFUNDED and "depositedAmount" in sums:
            # `amount` is what was registered; of a part that was deposited, that part alone was taken.
            amount = min(amount, int(sums["depositedAmount"]) + refunded)
        attributes = {entry["name"]: str(entry["value"]) for entry in bank_status.get("attributes") or []}
        is_declined = payment_state is ProviderPaymentState.DECLINED
        decline_code = str(bank_status.get("actionCode", "")) if is_declined else ""
        return ProviderPaymentStatus(
            payment_state,
            bank_order_id=attributes.get("mdOrder"),
            number=str(bank_status["orderNumber"]),
            amount=amount,
            currency=str(bank_status.get("currency", "")),
            refunded=_refunded(payment_state, refunded),
            fiscal_url=_payment_url(bank_status.get(self._credentials.fiscal_field)),
            card=_card(bank_status),
            client_id=str((bank_status.get("bindingInfo") or {}).get("clientId") or ""),
            decline_code=decline_code,
            is_final_decline=decline_code in _FINAL_DECLINES,
        )

    def _call(self, verb: str, **fields: str) -> dict[str, Any]:
        return post_form(self._base_url, verb, self._login | fields).json()


def _client(registration: Registration) -> dict[str, str]:
    """Return the parameters of register.do where a card is to be saved, or one that is saved is charged."""
    if not registration.client_id:
        return {}
    unattended = {"features": "AUTO_PAYMENT"} if registration.is_unattended else {}
    return {"clientId": registration.client_id} | unattended


def _card(bank_status: dict[str, Any]) -> ProviderCard | None:
    """Return the card that was kept with a payment; what else the bank tells of it is not looked at."""
    binding, about = bank_status.get("bindingInfo") or {}, bank_status.get("cardAuthInfo") or {}
    if not binding.get("bindingId"):
        return None
    bank = str((bank_status.get("bankInfo") or {}).get("bankName") or "")
    masked = str(about.get("maskedPan") or about.get("pan") or "")
    return ProviderCard(str(binding["bindingId"]), masked, _month(about.get("expiration", "")), bank[:60])


def _month(expiration: object) -> str:
    """Return ``202708`` as ``2027-08``; empty for anything else."""
    matched = _EXPIRATION.fullmatch(str(expiration))
    return f"{matched[1]}-{matched[2]}" if matched else ""


def _refunded(payment_state: ProviderPaymentState, refunded: Kopecks) -> Kopecks | None:
    """Return what was given back; a reversal gives back the whole, and names it nowhere."""
    if payment_state is ProviderPaymentState.REVERSED:
        return None
    return refunded if payment_state is ProviderPaymentState.REFUNDED else 0


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


def parse_parameters(raw: RawNotification) -> dict[str, str]:
    """Decode a callback's parameters; one that comes twice has no one meaning, so that is InvalidSignature.

    An empty parameter, as a trailing ``&`` makes, is none.
    """
    try:
        text = raw.parameters.decode()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise InvalidSignature from None
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise InvalidSignature
    return parameters


def signature_base(parameters: dict[str, str]) -> str:
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
        raise ProviderConnectionError(
            "callback_public_keys"
        ) from None  # ours is wrong, so the bank shall tell again
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


def _payment_url(bank_status: object) -> str | None:
    """Return the fiscal receipt's link if it is one: it goes into mails and onto the site."""
    return bank_status if isinstance(bank_status, str) and bank_status.startswith("https://") else None


def _error_code(bank_status: dict[str, Any]) -> int:
    try:
        return int(bank_status.get("errorCode") or 0)
    except (TypeError, ValueError):
        raise ProviderTimeout("errorCode not understood") from None


def _raise_for_error(bank_status: dict[str, Any]) -> None:
    if _error_code(bank_status) == _ACCESS_DENIED:
        raise AccessDenied(str(_ACCESS_DENIED), str(bank_status.get("errorMessage", "")))
    if _error_code(bank_status):
        raise ProviderDeclined(str(bank_status["errorCode"]), str(bank_status.get("errorMessage", "")))
