"""The banks' callbacks: verified by their bytes, then only a hint to ask the bank (docs/payments.md)."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from cabinet.accounts.supplier_model import Dialect, Merchant
from cabinet.core.errors import DomainError, ServiceUnavailable
from cabinet.core.logging import Event, log_error, log_event
from cabinet.payments import merchants
from cabinet.payments.cards import service as card_service
from cabinet.payments.model import Order
from cabinet.payments.orders import attempt_rules, rules
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.provider_sync import BankStatusUnknown, apply_and_save, sync_attempt
from cabinet.payments.orders.store import StaleOrder
from cabinet.payments.providers.base import (
    Callback,
    InvalidSignature,
    NoUsableAnswer,
    ProviderConnectionError,
    ProviderDeclined,
    ProviderPaymentStatus,
    RawCallback,
)
from cabinet.payments.providers.factory import get_provider
from cabinet.payments.providers.gorod import client as gorod
from cabinet.payments.providers.raiffeisen import client as raiffeisen
from cabinet.payments.providers.rbs import client as rbs

_PAYMENT_OPERATIONS = ("approved", "deposited", raiffeisen.PAID_OPERATION)
_MAX_NUMBER = 64
"""Ours are 20 characters at most; a longer one is the number of no order."""


_MAX_NAME = 255
"""Longest identifier of a card, or of its owner, that is read."""


class CallbackRejected(DomainError):
    """403: nobody whom we know has signed this; nothing is written."""

    status = 403
    code = "forged"
    title = "Запрос отклонён"
    detail = "Подпись не подтверждена."


def handle_rbs_callback(raw: RawCallback, now: datetime) -> None:
    """Take an RBS callback; raises CallbackRejected, ServiceUnavailable, as `_handle_hint` does."""
    _handle_hint("rbs", raw, lambda: rbs.parse_parameters(raw).get("orderNumber", ""), now)


def handle_raiffeisen_callback(raw: RawCallback, now: datetime) -> None:
    """Take a callback of Raiffeisenbank; raises CallbackRejected, ServiceUnavailable."""
    _handle_hint("raiffeisen", raw, lambda: raiffeisen.parse_body(raw)["order"], now)


def _handle_hint(dialect: Dialect, raw: RawCallback, order_number: Callable[[], str], now: datetime) -> None:
    """Ask the bank about the order that a callback names, and credit it if the bank says so.

    One about a saved card that the bank keeps no more ends it here; another genuine one about no order is
    taken as read.

    Raises CallbackRejected for a forged one, ServiceUnavailable when the bank does not
    answer: then it calls again.
    """
    try:
        order, callback, merchant = _authenticate(dialect, order_number(), raw)
    except InvalidSignature:
        log_event(Event.CALLBACK_FORGED)
        raise CallbackRejected from None
    if not _names_an_order(callback.number):
        if callback.operation == rbs.CARD_CHANGED and _names_a_card(callback):
            _check_card(callback)
            return
        operation = callback.operation[:_MAX_NUMBER]
        log_event(Event.CALLBACK_WITHOUT_ORDER, contract=merchant.contract, operation=operation)
        return
    if order is None or not order.has_attempt(callback.number):
        merchants.store_unmatched(callback, merchant, now)
        return
    if order.credited_bank_order_id == callback.bank_order_id and callback.operation in _PAYMENT_OPERATIONS:
        return  # the bank repeats what is credited already
    try:
        sync_attempt(order, callback.number, callback.bank_order_id, now)
    except BankStatusUnknown:
        raise ServiceUnavailable(retry_after_seconds=30) from None


def handle_gorod_callback(raw: RawCallback, now: datetime) -> bytes:
    """Take a «Город» call and return the XML answer; the bank's `pay` is itself the confirmation.

    Raises CallbackRejected for wrong credentials.
    """
    try:
        number = gorod.parse_parameters(raw).get("account", "")
        order, callback, merchant = _authenticate("gorod", number, raw)
    except InvalidSignature:
        log_event(Event.CALLBACK_FORGED)
        raise CallbackRejected from None
    if order is None or callback.bank_status is None or not order.has_attempt(callback.number):
        if callback.operation == "pay":
            _keep_payment(callback, merchant, now)
        return gorod.answer(gorod.REFUSED, "Заказ не найден")
    if callback.operation == "check":
        return _check(order, callback.number, callback.bank_status, now)
    return _pay(apply_and_save(order, callback.number, callback.bank_status, now), callback)


def _check(order: Order, number: str, bank_status: ProviderPaymentStatus, now: datetime) -> bytes:
    """Answer whether the order may be paid, and remember the question: now the bank may take money."""
    attempt = order.attempt
    is_open = (
        attempt is not None
        and attempt.number == number
        and order.status == "registered"
        and now < attempt.ends_at + attempt_rules.GRACE
    )
    if not is_open or attempt is None:
        return gorod.answer(gorod.REFUSED, "Заказ нельзя оплатить")
    if rules.mismatch(order, attempt, bank_status) is not None:
        return gorod.answer(gorod.REFUSED, "Сумма не совпадает с заказом")
    asked = attempt.model_copy(update={"bank_asked_at": now})
    try:
        order_store.replace(order, order.with_attempt(asked))
    except StaleOrder:
        raise ServiceUnavailable from None
    return gorod.answer(gorod.ACCEPTED, "Заказ можно оплатить")


def _pay(order: Order, callback: Callback) -> bytes:
    if order.credited_bank_order_id == callback.bank_order_id and order.paid_at is not None:
        zone = ZoneInfo(next(iter(order.time_zones.values())))
        at = order.paid_at.astimezone(zone)
        return gorod.answer(gorod.ACCEPTED, "Оплата принята", payment=order.order_id, at=at)
    return gorod.answer(gorod.REFUSED, "Оплата не принята: платёж проверяет сотрудник")


def _authenticate(dialect: Dialect, number: str, raw: RawCallback) -> tuple[Order | None, Callback, Merchant]:
    """Return the order named, the genuine callback and whose it is.

    Raises InvalidSignature; ServiceUnavailable when no readable key matches and some keys were unreadable.
    """
    order = order_store.find(order_store.order_id_from_attempt(number)) if _names_an_order(number) else None
    known = order is not None and order.merchant.dialect == dialect
    is_keyless = False
    for merchant in [order.merchant] if known and order is not None else merchants.list_merchants(dialect):
        try:
            return (order if known else None), get_provider(merchant).parse_callback(raw), merchant
        except InvalidSignature:
            continue
        except ProviderConnectionError:
            is_keyless = True  # a contract that has ended keeps no other's callback out
    if is_keyless:
        raise ServiceUnavailable
    raise InvalidSignature


def _check_card(callback: Callback) -> None:
    """Ask the bank whether it still keeps a card; raises ServiceUnavailable when it does not answer."""
    try:
        card_service.drop_card_if_bank_removed_it(callback.client_id, callback.bank_card_id)
    except (NoUsableAnswer, ProviderDeclined) as error:
        log_event(Event.BANK_CALL_FAILED, error=str(error)[:80])
        raise ServiceUnavailable(retry_after_seconds=30) from None


def _names_an_order(number: str) -> bool:
    return 0 < len(number) <= _MAX_NUMBER


def _names_a_card(callback: Callback) -> bool:
    names = (callback.client_id, callback.bank_card_id)
    return all(0 < len(name) <= _MAX_NAME for name in names)


def _keep_payment(callback: Callback, merchant: Merchant, now: datetime) -> None:
    """Store a payment that matches no order as it was received; a person sees it either way."""
    if _names_an_order(callback.number):
        merchants.store_unmatched(callback, merchant, now)
    else:
        log_error(Event.CALLBACK_UNMATCHED, contract=merchant.contract)
