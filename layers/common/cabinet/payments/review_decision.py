"""A person's decision about an order under review, by what the bank says of it: for desk and command."""

from dataclasses import dataclass
from datetime import datetime

from cabinet.audit.store import AddAuditRow
from cabinet.core.money import Kopecks
from cabinet.payments.errors import ReviewNotDecidable
from cabinet.payments.model import Order
from cabinet.payments.orders.provider_sync import BankStatusUnknown, payment_at_bank
from cabinet.payments.providers.base import ProviderPaymentState, ProviderPaymentStatus
from cabinet.payments.reconciliation import resolve_review

_INCOMPARABLE = ("currency", "order")
"""Reasons of a review for which the bank's sum is not of this order in rubles."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decides, and why."""

    received: bool
    """The money was received; else it was not, or was refunded."""
    reason: str
    amount: Kopecks | None = None
    """The sum received, if it is not what the bank holds."""


@dataclass(frozen=True, slots=True)
class DecidedOrder:
    """The order as it was decided, and whether the bank was there to be asked."""

    order: Order
    bank_answered: bool


def decide_review(order: Order, decision: Decision, record: AddAuditRow, now: datetime) -> DecidedOrder:
    """Ask the bank, write the decision with its audit row, and return the order.

    A silent bank's last word counts. Raises ReviewNotDecidable, StaleOrder when the order moved meanwhile.
    """
    if order.status != "review":
        raise ReviewNotDecidable("Этот заказ не ждёт решения: он не на проверке.")
    if order.review_reason in _INCOMPARABLE and decision.received and decision.amount is None:
        raise ReviewNotDecidable("Банк назвал другой заказ или валюту: укажите сумму, которая пришла.")
    bank_status, answered = _bank_status(order)
    decided = resolve_review(
        order, received=decision.received, note=decision.reason, now=now,
        bank_status=None if order.review_reason in _INCOMPARABLE else bank_status,
        amount=decision.amount, record=record,
    )  # fmt: skip
    return DecidedOrder(decided, answered)


def _bank_status(order: Order) -> tuple[ProviderPaymentStatus | None, bool]:
    """Return what the bank says of the payment, or what it said last, and whether it answered."""
    try:
        return payment_at_bank(order), True
    except BankStatusUnknown:
        last = ProviderPaymentStatus(
            ProviderPaymentState.PAID, amount=order.taken, refunded=order.refunded_total
        )
        return last, False
