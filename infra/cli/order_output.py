"""An order as the staff's commands find it and print it: sums of the order, the bank and the ledger."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cabinet.core.identifiers import own_part
from infra.cli.errors import CommandError

if TYPE_CHECKING:
    from cabinet.payments.model import Order, Refund


def find_order(order_id: str) -> Order:
    """Return the order by its number, or by one of its attempts'."""
    from cabinet.payments.orders.store import find, order_id_from_attempt

    order = find(order_id_from_attempt(order_id))
    if order is None:
        raise CommandError(f"no order {order_id}")
    return order


def rubles(text: str | None) -> int | None:
    """Return a sum typed in rubles, in kopecks."""
    from cabinet.core.money import parse_rubles

    try:
        return None if text is None else parse_rubles(text)
    except ValueError as error:
        raise CommandError(str(error)) from None


def order_line(order: Order) -> str:
    """Return the order in one line."""
    from cabinet.core.money import to_decimal_string

    why = f" ({order.review_reason})" if order.review_reason else ""
    total = to_decimal_string(order.total)
    return f"{order.order_id}  {order.created_at:%Y-%m-%d %H:%M}  {total:>12}  {order.status}{why}"


def show_order(order: Order) -> None:
    """Print the order with its lines, attempts, refunds and timeline."""
    print(order_line(order))
    _show_sums(order)
    _show_lines(order)
    for attempt in order.attempts:
        print(f"  attempt {attempt.number}: bank {attempt.bank_order_id or '-'}")
    for refund in order.refunds:
        print(f"  {refund_line(refund)}")
    for happening in order.timeline:
        print(f"  {happening.at:%Y-%m-%d %H:%M:%S}  {happening.what}")
    for decision in order.decisions:
        print(f"  {decision.at:%Y-%m-%d %H:%M:%S}  settled: {decision.what}")
    if order.duplicate_charges:
        print(f"  charged twice: {', '.join(order.duplicate_charges)}", file=sys.stderr)


def refund_line(refund: Refund) -> str:
    """Return a refund in one line."""
    from cabinet.core.money import to_decimal_string

    lines = ", ".join(f"line {part.position + 1} {to_decimal_string(part.amount)}" for part in refund.lines)
    error = f" ({refund.error})" if refund.error else ""
    where = f" [{lines}]" if lines else ""
    sum_ = to_decimal_string(refund.amount)
    return f"refund {refund.refund_id}: {sum_} {refund.status}{error}{where}: {refund.reason}"


def _show_sums(order: Order) -> None:
    """Print what the bank took and holds, as far as it is known, and what the ledgers have of it."""
    from cabinet.core.money import to_decimal_string

    is_posted = order.status in ("paid", "refunded")
    if order.taken is not None:
        held = to_decimal_string(order.taken - order.refunded_total)
        print(f"  bank: took {to_decimal_string(order.taken)}, holds {held}")
    if is_posted:
        left = to_decimal_string(order.posted - order.refunded_from_posted)
        print(f"  ledger: posted {to_decimal_string(order.posted)}, holds {left}")
    if is_posted and order.surplus:
        print(f"  beyond the order: {to_decimal_string(order.surplus)} (give it back by `refund --surplus`)")


def _show_lines(order: Order) -> None:
    from cabinet.core.money import to_decimal_string
    from cabinet.payments.refund_rules import refunded_by_line

    for number, (line, back) in enumerate(zip(order.lines, refunded_by_line(order), strict=True), 1):
        account, sum_ = own_part(line.account_id), to_decimal_string(line.amount)
        given_back = f", given back {to_decimal_string(back)}" if back else ""
        print(f"  line {number}: {account} {line.service} {sum_}{given_back}")
