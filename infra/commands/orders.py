"""`cabinet orders`: what waits for a person, a person's decision, a bank's register against our journal."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from infra import target
from infra.refusal import RefusalError

if TYPE_CHECKING:
    from cabinet.payments.model import Order
    from cabinet.payments.register import Comparison

type Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("orders", help="orders under review, and registers of the banks")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")

    listing = actions.add_parser("list", help="orders that wait for a person's decision")
    listing.set_defaults(run=run_list)

    showing = actions.add_parser("show", help="one order with its timeline")
    showing.add_argument("order", metavar="ORDER")
    showing.set_defaults(run=run_show)

    settling = actions.add_parser("settle", help="decide about an order under review")
    settling.add_argument("order", metavar="ORDER")
    settling.add_argument("--as", dest="outcome", choices=("paid", "declined"), required=True)
    settling.add_argument(
        "--note", required=True, help="why, and by whom: kept with the order, for the staff"
    )
    settling.set_defaults(run=run_settle)

    asking = actions.add_parser("ask", help="ask the bank about an order now")
    asking.add_argument("order", metavar="ORDER")
    asking.set_defaults(run=run_ask)

    refunding = actions.add_parser("refund", help="give a payment back through the bank")
    refunding.add_argument("order", metavar="ORDER")
    refunding.add_argument("--amount", metavar="RUBLES", help="a part of it; default: all that is left")
    refunding.set_defaults(run=run_refund)

    comparing = actions.add_parser("compare", help="compare a bank's register of a day with the journal")
    comparing.add_argument("file", type=Path, metavar="FILE")
    comparing.add_argument("--contract", required=True)
    comparing.add_argument("--date", type=date.fromisoformat, required=True, metavar="ГГГГ-ММ-ДД")
    comparing.add_argument("--ask", action="store_true", help="ask the bank about every order that differs")
    comparing.set_defaults(run=run_compare)

    for action in (listing, showing, settling, asking, refunding, comparing):
        target.add_options(action)


def run_list(arguments: argparse.Namespace) -> int:
    """Print the orders under review, the oldest first."""
    target.use(arguments)
    from cabinet.payments.store import in_review

    count = 0
    for order in in_review():
        print(_line(order))
        count += 1
    print(f"{count} under review")
    return 0


def run_show(arguments: argparse.Namespace) -> int:
    """Print one order."""
    target.use(arguments)
    _show(_order(arguments.order))
    return 0


def run_settle(arguments: argparse.Namespace) -> int:
    """Write the decision; an order that moved meanwhile is left alone."""
    target.use(arguments)
    from cabinet import clock
    from cabinet.errors import DomainError
    from cabinet.payments.reconciliation import settle

    order = _order(arguments.order)
    if order.status != "review":
        raise RefusalError(f"{order.order_id} is {order.status}, not under review")
    try:
        settled = settle(order, came=arguments.outcome == "paid", note_text=arguments.note, now=clock.now())
    except DomainError as error:
        raise RefusalError(f"{order.order_id} has changed meanwhile: look again ({error.code})") from None
    _show(settled)
    return 0


def run_ask(arguments: argparse.Namespace) -> int:
    """Ask the bank and print what became of the order."""
    target.use(arguments)
    _show(_asked(_order(arguments.order)))
    return 0


def run_refund(arguments: argparse.Namespace) -> int:
    """Ask the bank to give money back, then let its answer move the ledger."""
    target.use(arguments)
    from cabinet.money import parse_rubles
    from cabinet.payments.bank.dialects import bank_of
    from cabinet.payments.bank.port import BankRefused, BankSilent

    order = _order(arguments.order)
    left = order.total - order.refunded
    try:
        amount = parse_rubles(arguments.amount) if arguments.amount else left
    except ValueError as error:
        raise RefusalError(str(error)) from None
    if order.status != "paid" or order.paid_by is None or not 0 < amount <= left:
        raise RefusalError(f"{order.order_id} is {order.status}, {left} kopecks can be given back")
    try:
        bank_of(order.merchant).refund(order.paid_by, amount)
    except BankRefused as error:
        raise RefusalError(f"the bank refuses: {error.code} {error.text}".rstrip()) from None
    except BankSilent as error:
        raise RefusalError(f"no answer from the bank ({error}): ask before trying again") from None
    _show(_asked(order))
    return 0


def run_compare(arguments: argparse.Namespace) -> int:
    """Print the differences; 1 when there are any."""
    target.use(arguments)
    from cabinet.payments.journal import compare_day
    from cabinet.payments.register import RegisterUnreadable, read_register

    try:
        entries = read_register(arguments.file.read_bytes())
    except (OSError, RegisterUnreadable) as error:
        raise RefusalError(f"{arguments.file}: {error}") from None
    found = compare_day(arguments.contract, arguments.date, entries)
    if arguments.ask and found.differences:
        _ask_about(found)
        found = compare_day(arguments.contract, arguments.date, entries)
    _print_comparison(found)
    return 1 if found.differences else 0


def _ask_about(found: Comparison) -> None:
    from cabinet.payments.store import find

    for difference in found.differences:
        order = find(difference.order_id)
        if order is not None:
            _asked(order)


def _print_comparison(found: Comparison) -> None:
    from cabinet.money import plain_rubles

    for difference in found.differences:
        bank, ledger = plain_rubles(difference.bank), plain_rubles(difference.ledger)
        print(f"{difference.order_id}: bank {bank}, ledger {ledger}")
    print(
        f"{found.orders} orders, bank {plain_rubles(found.bank_total)}, ledger "
        f"{plain_rubles(found.ledger_total)}, {len(found.differences)} differences"
    )


def _order(order_id: str) -> Order:
    from cabinet.payments.store import find, order_id_of

    order = find(order_id_of(order_id))
    if order is None:
        raise RefusalError(f"no order {order_id}")
    return order


def _asked(order: Order) -> Order:
    from cabinet import clock
    from cabinet.payments.visit import visit

    return visit(order, clock.now())


def _line(order: Order) -> str:
    from cabinet.money import plain_rubles

    why = f" ({order.review_reason})" if order.review_reason else ""
    total = plain_rubles(order.total)
    return f"{order.order_id}  {order.created_at:%Y-%m-%d %H:%M}  {total:>12}  {order.status}{why}"


def _show(order: Order) -> None:
    print(_line(order))
    for attempt in order.attempts:
        print(f"  attempt {attempt.number}: bank {attempt.bank_order_id or '-'}")
    for happening in order.timeline:
        print(f"  {happening.at:%Y-%m-%d %H:%M:%S}  {happening.what}")
    for decision in order.decisions:
        print(f"  {decision.at:%Y-%m-%d %H:%M:%S}  settled: {decision.what}")
    if order.charged_twice:
        print(f"  charged twice: {', '.join(order.charged_twice)}", file=sys.stderr)
