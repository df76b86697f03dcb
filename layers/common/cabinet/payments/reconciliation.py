"""Asks the banks about every due order, so that no lost callback loses money.

Works shard by shard over the sparse index; what does not fit in one invocation is left to the caller.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cabinet.audit.store import AddAuditRow
from cabinet.aws.dynamo import Item
from cabinet.core import clock
from cabinet.core.errors import DomainError
from cabinet.core.logging import Event, log_error, log_event
from cabinet.core.money import Kopecks
from cabinet.core.remaining_time import HasTime
from cabinet.payments import merchants, refunds
from cabinet.payments.bank_outages import BankResponses
from cabinet.payments.cards import service as card_service
from cabinet.payments.due_work import process_shards
from cabinet.payments.keys import NO_BANK_ORDER, due_shards
from cabinet.payments.model import Order
from cabinet.payments.orders import rules
from cabinet.payments.orders import store as order_store
from cabinet.payments.orders.provider_sync import BankStatusUnknown, sync_attempt, sync_order, write
from cabinet.payments.providers.base import ProviderPaymentStatus

_NO_LOOKAHEAD = timedelta()
_REFUND_STUCK_AFTER = timedelta(days=1)
"""How long the bank may leave a refund of an order under review unanswered before on-call is alerted."""


@dataclass(slots=True)
class Report:
    """What a run did: for the log, the metrics and the person who started it by hand."""

    visited: int = 0
    changed: int = 0
    """Orders whose state has changed."""
    callbacks_matched: int = 0
    card_owners: int = 0
    """Users about whose saved cards something was done."""
    unfinished: list[str] = field(default_factory=list)
    """Shards that still hold due orders."""
    responses: BankResponses = field(default_factory=BankResponses)


def run(shards: list[str], now: datetime, has_time: HasTime, ahead: timedelta = _NO_LOOKAHEAD) -> Report:
    """Reconcile the orders of the shards that are due, or will be within `ahead`, while there is time."""
    report = Report()

    def reconcile_one(order_id: str) -> None:
        report.visited += 1
        report.changed += reconcile_order(order_id, now, ahead, report.responses)

    def due(shard: str, limit: int) -> list[str]:
        return order_store.due(shard, now + ahead, limit)

    report.unfinished = process_shards(shards, due, reconcile_one, has_time)
    return report


def reconcile_all(now: datetime, has_time: HasTime, ahead: timedelta = _NO_LOOKAHEAD) -> Report:
    """Reconcile all shards, and look up the callbacks whose order was unknown."""
    report = run(due_shards(), now, has_time, ahead)
    report.callbacks_matched = match_unmatched_callbacks(now)
    continue_review_refunds(now, has_time)
    report.card_owners = card_service.process_due(now + ahead, has_time)
    return report


def continue_review_refunds(now: datetime, has_time: HasTime) -> None:
    """Continue with the open refunds of orders under review: no shard of due orders holds these orders."""
    for order in order_store.in_review():
        refund = order.open_refund
        if refund is None:
            continue
        if not has_time():
            return
        try:
            refunds.continue_refund(order, now)
        except BankStatusUnknown:
            if now > refund.at + _REFUND_STUCK_AFTER:
                log_error(Event.REFUND_STUCK, order_id=order.order_id, reason="refund")
        except DomainError as error:
            log_error(Event.ORDER_RECONCILE_FAILED, order_id=order.order_id, error=error.code)


def reconcile_order(
    order_id: str, now: datetime, ahead: timedelta = _NO_LOOKAHEAD, responses: BankResponses | None = None
) -> bool:
    """Ask about one order if it is due, and set its next check; return whether its state changed.

    An order that is asked about before its time (`ahead`) keeps its next check: then silence is no try.
    """
    order = order_store.find(order_id)
    if order is None or order.due_at is None or order.due_at > now + ahead or order.status == "review":
        return False
    seen, due_at = order, order.due_at
    try:
        order = (
            refunds.continue_refund(order, now)
            if order.open_refund is not None
            else sync_order(order, now, responses)
        )
    except BankStatusUnknown:
        order = order_store.current(order_id)
    except DomainError as error:
        # One order that cannot be written must not keep the others waiting; it ends before a person.
        log_error(Event.ORDER_RECONCILE_FAILED, order_id=order_id, error=error.code)
    if order.status != seen.status or order.due_at != due_at or due_at > now:
        return order.status != seen.status
    changed = write(order, rules.schedule_next_check(order, now))
    return changed.status != seen.status


def match_unmatched_callbacks(now: datetime) -> int:
    """Ask about the payments of callbacks that came before their attempt was known; return how many were.

    One whose attempt is still unknown, or about which the bank says nothing, stays for the next run.
    """
    matched = 0
    for unmatched in merchants.due_unmatched(now):
        if _is_matched(unmatched, now):
            merchants.delete_unmatched(unmatched)
            matched += 1
        else:
            log_event(Event.CALLBACK_UNMATCHED, order_id=unmatched["number"])
            merchants.postpone_unmatched(unmatched, now)
    return matched


def _is_matched(unmatched: Item, now: datetime) -> bool:
    number, bank_order_id = unmatched["number"], unmatched["sk"] if unmatched["sk"] != NO_BANK_ORDER else ""
    order = order_store.find(order_store.order_id_from_attempt(number))
    if order is None or not order.has_attempt(number):
        return False
    if order.credited_bank_order_id == bank_order_id:
        return True
    try:
        sync_attempt(order, number, bank_order_id, now)
    except BankStatusUnknown:
        return False
    except DomainError as error:
        log_error(Event.ORDER_RECONCILE_FAILED, order_id=order.order_id, error=error.code)
        return False
    return True


def oldest_due_seconds(now: datetime) -> int:
    """Return for how long the order that has waited longest is due; 0 when none is."""
    waiting = []
    for shard in due_shards():
        for order_id in order_store.due(shard, now, 1):
            order = order_store.find(order_id)
            if order is not None and order.due_at is not None:
                waiting.append(clock.epoch(now) - clock.epoch(order.due_at))
    return max([*waiting, 0])


def review_count() -> int:
    """Return how many orders wait for a person's decision."""
    return sum(1 for _ in order_store.in_review())


def resolve_review(
    order: Order, *, received: bool, note: str, now: datetime,
    bank_status: ProviderPaymentStatus | None = None, amount: Kopecks | None = None,
    record: AddAuditRow | None = None,
) -> Order:  # fmt: skip
    """Write a person's decision about an order under review, with the note that says why, and its audit row.

    `bank_status` is what the bank says of the payment, `amount` what the person states. Raises StaleOrder
    when the order has changed since the person looked, IllegalTransition when it is not under review,
    ReviewNotDecidable.
    """
    if received:
        decided = rules.resolve_as_paid(order, note, now, bank_status, amount)
    else:
        decided = rules.resolve_as_declined(order, note, now, bank_status)
    return order_store.commit(order, decided, record)
