"""`cabinet orders`: what waits for a person, a person's decision, a bank's statement against our journal."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from infra.cli import environment, order_refund, statement_comparison
from infra.cli.errors import CommandError
from infra.cli.order_output import find_order, order_line, rubles, show_order
from infra.cli.subparsers import Subparsers

if TYPE_CHECKING:
    from cabinet.payments.model import Order


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("orders", help="orders under review, and statements of the banks")
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")

    listing = actions.add_parser("list", help="orders that wait for a person's decision")
    environment.run_on_stack(listing, run_list)

    showing = actions.add_parser("show", help="one order with its timeline")
    showing.add_argument("order", metavar="ORDER")
    environment.run_on_stack(showing, run_show)

    settling = actions.add_parser("settle", help="decide about an order under review")
    settling.add_argument("order", metavar="ORDER")
    settling.add_argument("--as", dest="outcome", choices=("paid", "declined"), required=True)
    settling.add_argument(
        "--note", required=True, help="why, and by whom: kept with the order, for the staff"
    )
    settling.add_argument(
        "--amount", metavar="RUBLES", help="what came, where that is not what the bank holds; with --as paid"
    )
    environment.run_on_stack(settling, run_decide)

    asking = actions.add_parser("ask", help="ask the bank about an order now")
    asking.add_argument("order", metavar="ORDER")
    environment.run_on_stack(asking, run_sync)

    order_refund.register(actions)

    comparing = actions.add_parser("compare", help="compare a bank's statement of a day with the journal")
    comparing.add_argument("file", type=Path, metavar="FILE")
    comparing.add_argument("--contract", required=True)
    comparing.add_argument("--date", required=True, metavar="ГГГГ-ММ-ДД")
    comparing.add_argument("--ask", action="store_true", help="ask the bank about every order that differs")
    environment.run_on_stack(comparing, statement_comparison.run)


def run_list(arguments: argparse.Namespace) -> int:
    """Print the orders under review, the oldest first."""
    from cabinet.audit.model import Action
    from cabinet.payments.orders.store import in_review
    from infra.cli.command_audit import audit_list

    audit_list(Action.ORDERS_SEARCHED, status="review")
    count = 0
    for order in in_review():
        print(order_line(order))
        count += 1
    print(f"{count} under review")
    return 0


def run_show(arguments: argparse.Namespace) -> int:
    """Print one order."""
    from cabinet.audit.model import Action
    from infra.cli.command_audit import audit_order

    order = find_order(arguments.order)
    audit_order(order, Action.ORDER_SHOWN)
    show_order(order)
    return 0


def run_decide(arguments: argparse.Namespace) -> int:
    """Write the decision by what the bank holds; an order that moved meanwhile is left alone."""
    from cabinet.audit.model import Action
    from cabinet.core import clock
    from cabinet.core.errors import DomainError
    from cabinet.payments.errors import ReviewNotDecidable
    from cabinet.payments.review_decision import Decision, decide_review
    from infra.cli.command_audit import order_audit_writer

    order = find_order(arguments.order)
    received, amount = arguments.outcome == "paid", rubles(arguments.amount)
    if order.status != "review":
        raise CommandError(f"{order.order_id} is {order.status}, not under review")
    if order.review_reason in ("currency", "order") and received and amount is None:
        raise CommandError("the bank's sum is not of this order in rubles: state what came by --amount")
    add_audit_row = order_audit_writer(
        order, Action.ORDER_SETTLED, arguments.note,
        before={"status": order.status}, after={"as": arguments.outcome, "amount": amount},
    )  # fmt: skip
    try:
        decided = decide_review(order, Decision(received, arguments.note, amount), add_audit_row, clock.now())
    except ReviewNotDecidable as error:
        raise CommandError(error.detail) from None
    except DomainError as error:
        raise CommandError(f"{order.order_id} has changed meanwhile: look again ({error.code})") from None
    if not decided.bank_answered:
        print("the bank does not answer: its last word counts", file=sys.stderr)
    show_order(decided.order)
    return 0


def run_sync(arguments: argparse.Namespace) -> int:
    """Ask the bank and print the order's new state."""
    from cabinet.audit.model import Action
    from infra.cli.command_audit import audit_order

    order = find_order(arguments.order)
    audit_order(order, Action.BANK_ASKED)
    show_order(_sync(order))
    return 0


def _sync(order: Order) -> Order:
    from cabinet.core import clock
    from cabinet.payments.orders.provider_sync import sync_order

    return sync_order(order, clock.now())
