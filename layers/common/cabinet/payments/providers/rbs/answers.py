"""What RBS answers, read: its errors, a payment's state, the cards that it keeps."""

import re
from collections.abc import Mapping
from typing import Any

from cabinet.core.logging import Event, log_event
from cabinet.core.money import Kopecks
from cabinet.payments.providers.answer_fields import identifier, integer, secure_link, short_text
from cabinet.payments.providers.base import (
    AccessDenied,
    NoUsableAnswer,
    ProviderCard,
    ProviderDeclined,
    ProviderPaymentState,
    ProviderPaymentStatus,
)

NUMBER_USED = 1
"""errorCode of register.do for a number that was registered before."""
NO_SUCH_ORDER = 6
"""errorCode of getOrderStatusExtended for an order that was never registered."""
NO_BINDING = 2
"""errorCode of the calls about saved cards for one that is not there, or not any more."""
_ACCESS_DENIED = 5
"""errorCode of any call for a wrong login or password."""
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
_FINAL_DECLINES = frozenset({"101", "103", "109", "125", "207", "208", "209"})
"""actionCode of declines that no later try will change: expired, closed, wrong, lost, stolen."""
_EXPIRATION = re.compile(r"(20\d\d)(0[1-9]|1[0-2])", re.ASCII)
_MASKED = re.compile(r"\*(\d{4})$", re.ASCII)
_MAX_BANK_NAME = 60
_MAX_SHOWN = 64


def error_code(answer: Mapping[str, Any]) -> int:
    """Return the errorCode, 0 for none; raises NoUsableAnswer for one that is no number."""
    return integer(answer.get("errorCode") or 0)


def raise_for_error(answer: Mapping[str, Any]) -> None:
    """Raise what an errorCode means: AccessDenied or ProviderDeclined; NoUsableAnswer for no number."""
    code = error_code(answer)
    text = str(answer.get("errorMessage", ""))
    if code == _ACCESS_DENIED:
        raise AccessDenied(str(code), text)
    if code:
        raise ProviderDeclined(str(code), text)


def read_status(answer: Mapping[str, Any], fiscal_field: str) -> ProviderPaymentStatus:
    """Return what getOrderStatusExtended says; raises NoUsableAnswer where it cannot be understood."""
    try:
        return _read_status(answer, fiscal_field)
    except (AttributeError, KeyError, TypeError):
        raise NoUsableAnswer("status not understood") from None


def read_cards(answer: Mapping[str, Any]) -> list[ProviderCard]:
    """Return the cards of getBindings; raises NoUsableAnswer where they cannot be understood."""
    try:
        return [
            ProviderCard(
                _required(entry["bindingId"]),
                short_text(entry["maskedPan"], _MAX_SHOWN),
                _month(entry.get("expiryDate")),
            )
            for entry in answer.get("bindings") or []
        ]
    except (AttributeError, KeyError, TypeError):
        raise NoUsableAnswer("bindings not understood") from None


def _read_status(answer: Mapping[str, Any], fiscal_field: str) -> ProviderPaymentStatus:
    payment_state = _STATUS_MAP.get(integer(answer["orderStatus"]))
    if payment_state is None:
        raise NoUsableAnswer("unknown orderStatus")
    sums = answer.get("paymentAmountInfo") or {}
    amount = integer(answer["amount"])
    if payment_state is ProviderPaymentState.PAID:
        amount = integer(sums.get("depositedAmount", amount))
    refunded = integer(
        sums.get("refundedAmount", amount if payment_state is ProviderPaymentState.REFUNDED else 0)
    )
    if payment_state is ProviderPaymentState.PAID and refunded:
        payment_state, amount = ProviderPaymentState.REFUNDED, integer(answer["amount"])
    if payment_state is ProviderPaymentState.REFUNDED and "depositedAmount" in sums:
        # `amount` is what was registered; of a part that was deposited, that part alone was taken.
        amount = min(amount, integer(sums["depositedAmount"]) + refunded)
    attributes = {entry["name"]: entry["value"] for entry in answer.get("attributes") or []}
    is_declined = payment_state is ProviderPaymentState.DECLINED
    decline_code = short_text(str(answer.get("actionCode", "")), 8) if is_declined else ""
    card, client_id = _kept_card(answer)
    return ProviderPaymentStatus(
        payment_state,
        bank_order_id=identifier(attributes.get("mdOrder")) or None,
        number=short_text(str(answer["orderNumber"]), _MAX_SHOWN),
        amount=amount,
        currency=short_text(str(answer.get("currency", "")), 8),
        refunded=_refunded(payment_state, refunded),
        fiscal_url=secure_link(answer.get(fiscal_field)),
        card=card,
        card_digits=_card_digits(answer.get("cardAuthInfo")),
        client_id=client_id,
        decline_code=decline_code,
        is_final_decline=decline_code in _FINAL_DECLINES,
    )


def _kept_card(answer: Mapping[str, Any]) -> tuple[ProviderCard | None, str]:
    """Return the card that was kept with a payment, and whose it is; the rest of the answer is not read.

    What cannot be understood is no card: the money of the payment does not wait for it.
    """
    try:
        binding = answer.get("bindingInfo") or {}
        bank_card_id, client_id = identifier(binding.get("bindingId")), identifier(binding.get("clientId"))
        if not bank_card_id:
            return None, client_id
        about = answer.get("cardAuthInfo") or {}
        bank_name = short_text((answer.get("bankInfo") or {}).get("bankName"), _MAX_BANK_NAME)
        masked = short_text(about.get("maskedPan") or about.get("pan"), _MAX_SHOWN)
        return ProviderCard(bank_card_id, masked, _month(about.get("expiration")), bank_name), client_id
    except (AttributeError, NoUsableAnswer):
        log_event(Event.CARD_UNREADABLE, number=short_text(answer.get("orderNumber"), _MAX_SHOWN))
        return None, ""


def _card_digits(about: object) -> str:
    """Return the last four digits of the masked number (``555555**5599``); empty for anything else."""
    shown = (about.get("maskedPan") or about.get("pan")) if isinstance(about, Mapping) else None
    matched = _MASKED.search(shown) if isinstance(shown, str) else None
    return matched[1] if matched else ""


def _required(value: object) -> str:
    found = identifier(value)
    if not found:
        raise NoUsableAnswer("no identifier")
    return found


def _month(expiration: object) -> str:
    """Return ``202708`` as ``2027-08``; empty for anything else."""
    matched = _EXPIRATION.fullmatch(str(expiration)) if isinstance(expiration, str | int) else None
    return f"{matched[1]}-{matched[2]}" if matched else ""


def _refunded(payment_state: ProviderPaymentState, refunded: Kopecks) -> Kopecks | None:
    """Return what was refunded; a reversal refunds the whole, and names it nowhere."""
    if payment_state is ProviderPaymentState.REVERSED:
        return None
    return refunded if payment_state is ProviderPaymentState.REFUNDED else 0
