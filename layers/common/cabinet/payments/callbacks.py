"""What the banks tell us unasked: proved by the bytes that came, then only a hint to ask (DESIGN.md, §6)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from cabinet.accounts.model import Merchant
from cabinet.errors import DomainError, Unavailable
from cabinet.log import Event, alarm, note
from cabinet.payments import contracts, rules, store
from cabinet.payments.bank import gorod, rbs
from cabinet.payments.bank.dialects import bank_of
from cabinet.payments.bank.port import BankUnreached, Forged, Notification, RawNotification, Told
from cabinet.payments.model import Order
from cabinet.payments.store import OrderMoved
from cabinet.payments.visit import NotAnswered, hear, visit_attempt

_PAYMENT_OPERATIONS = ("approved", "deposited")
_LONGEST_NUMBER = 64
"""Ours are 20 characters at most; a longer one is the number of no order."""


class CallbackRefused(DomainError):
    """403: nobody whom we know has signed this; nothing is written."""

    status = 403
    code = "forged"
    title = "Запрос отклонён"
    detail = "Подпись не подтверждена."


def heard_from_rbs(raw: RawNotification, now: datetime) -> None:
    """Take an RBS callback: the order it names is asked about, and credited if the bank says so.

    A genuine one about no order (a saved card, a receipt) is taken as read.

    Raises CallbackRefused for a forged one, Unavailable when the bank does not answer: then it tells again.
    """
    try:
        number = rbs.parameters_of(raw).get("orderNumber", "")
        order, notification, merchant = _proved("rbs", number, raw)
    except Forged:
        note(Event.CALLBACK_FORGED)
        raise CallbackRefused from None
    if not _names_an_order(notification.number):
        operation = notification.operation[:_LONGEST_NUMBER]
        note(Event.CALLBACK_UNPLACED, contract=merchant.contract, operation=operation)
        return
    if order is None or not order.has_attempt(notification.number):
        contracts.store_stray(notification, merchant, now)
        return
    if order.paid_by == notification.bank_order_id and notification.operation in _PAYMENT_OPERATIONS:
        return  # told again what is credited already
    try:
        visit_attempt(order, notification.number, notification.bank_order_id, now)
    except NotAnswered:
        raise Unavailable(retry_after_seconds=30) from None


def heard_from_gorod(raw: RawNotification, now: datetime) -> bytes:
    """Take a «Город» call and return the XML answer; the bank's `pay` is itself the confirmation.

    Raises CallbackRefused for wrong credentials.
    """
    try:
        number = gorod.parameters_of(raw).get("account", "")
        order, notification, merchant = _proved("gorod", number, raw)
    except Forged:
        note(Event.CALLBACK_FORGED)
        raise CallbackRefused from None
    if order is None or notification.told is None or not order.has_attempt(notification.number):
        if notification.operation == "pay":
            _keep_payment(notification, merchant, now)
        return gorod.answer(gorod.REFUSED, "Заказ не найден")
    if notification.operation == "check":
        return _check(order, notification.number, notification.told, now)
    return _pay(hear(order, notification.number, notification.told, now), notification)


def _check(order: Order, number: str, told: Told, now: datetime) -> bytes:
    """Answer whether the order may be paid, and remember the question: now the bank may take money."""
    attempt = order.attempt
    is_open = (
        attempt is not None
        and attempt.number == number
        and order.status == "registered"
        and now < attempt.ends_at + rules.GRACE
    )
    if not is_open or attempt is None:
        return gorod.answer(gorod.REFUSED, "Заказ нельзя оплатить")
    if rules.mismatch(order, attempt, told) is not None:
        return gorod.answer(gorod.REFUSED, "Сумма не совпадает с заказом")
    checked = attempt.model_copy(update={"checked_at": attempt.checked_at or now})
    try:
        store.replace(order, order.with_attempt(checked))
    except OrderMoved:
        raise Unavailable from None
    return gorod.answer(gorod.ACCEPTED, "Заказ можно оплатить")


def _pay(order: Order, notification: Notification) -> bytes:
    if order.paid_by == notification.bank_order_id and order.paid_at is not None:
        zone = ZoneInfo(next(iter(order.time_zones.values())))
        at = order.paid_at.astimezone(zone)
        return gorod.answer(gorod.ACCEPTED, "Оплата принята", payment=order.order_id, at=at)
    return gorod.answer(gorod.REFUSED, "Оплата не принята: платёж проверяет сотрудник")


def _proved(dialect: str, number: str, raw: RawNotification) -> tuple[Order | None, Notification, Merchant]:
    """Return the order named, the genuine notification and whose it is.

    Raises Forged; Unavailable when none has signed it of those whose keys could be read.
    """
    order = store.find(store.order_id_of(number)) if _names_an_order(number) else None
    known = order is not None and order.merchant.dialect == dialect
    is_keyless = False
    for merchant in [order.merchant] if known and order is not None else contracts.contracts(dialect):
        try:
            return (order if known else None), bank_of(merchant).parse_notification(raw), merchant
        except Forged:
            continue
        except BankUnreached:
            is_keyless = True  # a contract that has ended keeps no other's callback out
    if is_keyless:
        raise Unavailable
    raise Forged


def _names_an_order(number: str) -> bool:
    return 0 < len(number) <= _LONGEST_NUMBER


def _keep_payment(notification: Notification, merchant: Merchant, now: datetime) -> None:
    """Keep a payment that no order can take as it came; a person sees it either way."""
    if _names_an_order(notification.number):
        contracts.store_stray(notification, merchant, now)
    else:
        alarm(Event.CALLBACK_STRAY, contract=merchant.contract)
