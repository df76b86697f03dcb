"""Asks the banks about every order whose time has come, so that no lost callback loses money.

Works shard by shard over the sparse index; what does not fit in one invocation is left to the caller.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cabinet import clock
from cabinet.errors import DomainError
from cabinet.log import Event, alarm, note
from cabinet.money import Kopecks
from cabinet.payments import contracts, refunds, rules, store
from cabinet.payments.bank.port import Told
from cabinet.payments.keys import NO_BANK_ORDER, due_shards
from cabinet.payments.model import Order
from cabinet.payments.visit import NotAnswered, visit, visit_attempt, write
from cabinet.wire import Item

_PAGE = 50
_NOTHING = timedelta()


@dataclass(slots=True)
class Report:
    """What a run did: for the log, the metrics and whoever started it by hand."""

    visited: int = 0
    settled: int = 0
    """Orders whose state has changed."""
    strays_matched: int = 0
    unfinished: list[str] = field(default_factory=list)
    """Shards that still hold due orders."""


def run(
    shards: list[str], now: datetime, has_time: Callable[[], bool], ahead: timedelta = _NOTHING
) -> Report:
    """Visit the orders of the shards that are due, or will be within `ahead`, while there is time."""
    report = Report()
    for shard in shards:
        if not _shard_is_done(shard, now, has_time, ahead, report):
            report.unfinished.append(shard)
    return report


def everything(now: datetime, has_time: Callable[[], bool], ahead: timedelta = _NOTHING) -> Report:
    """Visit all shards, and look up the callbacks whose order was unknown."""
    report = run(due_shards(), now, has_time, ahead)
    report.strays_matched = match_strays(now)
    return report


def visit_due(order_id: str, now: datetime, ahead: timedelta = _NOTHING) -> bool:
    """Ask about one order if it is due, and set its next check; return whether its state changed.

    An order that is asked about before its time (`ahead`) keeps its next check: then silence is no try.
    """
    order = store.find(order_id)
    if order is None or order.due_at is None or order.due_at > now + ahead or order.status == "review":
        return False
    seen, due_at = order, order.due_at
    try:
        order = refunds.go_on(order, now) if order.open_refund is not None else visit(order, now)
    except NotAnswered:
        order = store.current(order_id)
    except DomainError as error:
        # One order that cannot be written must not keep the others waiting; it ends before a person.
        alarm(Event.ORDER_STUCK, order_id=order_id, error=error.code)
    if order.status != seen.status or order.due_at != due_at or due_at > now:
        return order.status != seen.status
    changed = write(order, rules.rescheduled(order, now))
    return changed.status != seen.status


def match_strays(now: datetime) -> int:
    """Ask about the payments of callbacks that came before their attempt was known; return how many were.

    One whose attempt is still unknown, or about which the bank says nothing, stays for the next look.
    """
    matched = 0
    for stray in contracts.due_strays(now, _PAGE):
        if _is_matched(stray, now):
            contracts.match_stray(stray)
            matched += 1
        else:
            note(Event.CALLBACK_STRAY, order_id=stray["number"])
            contracts.postpone_stray(stray, now)
    return matched


def _is_matched(stray: Item, now: datetime) -> bool:
    number, bank_order_id = stray["number"], stray["sk"] if stray["sk"] != NO_BANK_ORDER else ""
    order = store.find(store.order_id_of(number))
    if order is None or not order.has_attempt(number):
        return False
    if order.paid_by == bank_order_id:
        return True
    try:
        visit_attempt(order, number, bank_order_id, now)
    except NotAnswered:
        return False
    except DomainError as error:
        alarm(Event.ORDER_STUCK, order_id=order.order_id, error=error.code)
        return False
    return True


def oldest_due_seconds(now: datetime) -> int:
    """Return for how long the order that has waited longest is due; 0 when none is."""
    waiting = []
    for shard in due_shards():
        for order_id in store.due(shard, now, 1):
            order = store.find(order_id)
            if order is not None and order.due_at is not None:
                waiting.append(clock.epoch(now) - clock.epoch(order.due_at))
    return max([*waiting, 0])


def review_count() -> int:
    """Return how many orders wait for a person's decision."""
    return sum(1 for _ in store.in_review())


def settle(
    order: Order, *, came: bool, note_text: str, now: datetime, told: Told | None = None,
    amount: Kopecks | None = None,
) -> Order:  # fmt: skip
    """Write a person's decision about an order under review, with the note that says why.

    `told` is what the bank says of the payment, `amount` what the person states. Raises OrderMoved when the
    order has changed since the person looked, IllegalTransition when it is not under review,
    SettlingImpossible.
    """
    if came:
        return store.commit(order, rules.settled_as_paid(order, note_text, now, told, amount))
    return store.commit(order, rules.settled_as_declined(order, note_text, now, told))


def _shard_is_done(
    shard: str, now: datetime, has_time: Callable[[], bool], ahead: timedelta, report: Report
) -> bool:
    seen: set[str] = set()
    while True:
        # As many more as were seen: those that keep their time (a stuck order does) must not hide the rest.
        due = store.due(shard, now + ahead, _PAGE + len(seen))
        new = [order_id for order_id in due if order_id not in seen]
        if not new:
            return True
        for order_id in new:
            if not has_time():
                return False
            seen.add(order_id)
            report.visited += 1
            report.settled += visit_due(order_id, now, ahead)
