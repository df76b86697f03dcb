"""`cabinet orders refund`: money back through the bank, once however often the command is typed."""

from __future__ import annotations

import argparse
import getpass
import re
import sys
from typing import TYPE_CHECKING

from cabinet.core.identifiers import own_part
from infra.cli import environment
from infra.cli.errors import CommandError
from infra.cli.order_output import find_order, refund_line, rubles, show_order
from infra.cli.subparsers import Subparsers

if TYPE_CHECKING:
    from cabinet.payments.model import Order, Refund


_IDENTIFIER = re.compile(r"[A-Za-z0-9_]{1,12}")
_LINE = re.compile(r"(\d{1,3})=(.+)")


def register(actions: Subparsers) -> None:
    """Add the action."""
    parser = actions.add_parser("refund", help="give a payment back through the bank")
    parser.add_argument("order", metavar="ORDER")
    parser.add_argument("--reason", required=True, help="why: the subscriber reads it")
    wanted = parser.add_mutually_exclusive_group()
    wanted.add_argument("--amount", metavar="RUBLES", help="a part of it; default: all that is left")
    wanted.add_argument(
        "--line", action="append", metavar="N=RUBLES", help="of which line (as `show` numbers them) how much"
    )
    wanted.add_argument(
        "--surplus", action="store_true", help="what the bank took beyond the order: no line gives it"
    )
    parser.add_argument(
        "--id", metavar="ID", help="names the refund; default: the same order, reason and sums are the same"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask for a confirmation")
    environment.run_on_stack(parser, run)


def run(arguments: argparse.Namespace) -> int:
    """Write the refund down, ask the bank to do it, and let the bank's word move the ledger."""
    from cabinet.audit.model import Action
    from cabinet.core import clock
    from cabinet.core.errors import DomainError
    from cabinet.payments import refunds
    from cabinet.payments.orders import store as order_store
    from cabinet.payments.orders.provider_sync import BankStatusUnknown
    from infra.cli.command_audit import order_audit_writer

    order = find_order(arguments.order)
    try:
        refunds.require_refund_interface(order)
        # A plan must not use yesterday's answer of the bank.
        _, order = refunds.sync_bank_status(order, clock.now())
        planned = _planned(order, arguments)
        refund = _of(planned, arguments)
        if refund.status != "requested":
            print(f"nothing to do: {refund_line(refund)}")
            return 0 if refund.status == "done" else 1
        _confirm(planned, refund, asked=not arguments.yes)
        add_audit_row = order_audit_writer(
            order, Action.REFUND_REQUESTED, arguments.reason,
            after={"refund_id": refund.refund_id, "amount": refund.amount},
        )  # fmt: skip
        order = refunds.continue_refund(order_store.replace(order, planned, add_audit_row), clock.now())
    except BankStatusUnknown:
        raise CommandError(
            "no answer from the bank: what was asked for is kept, the same command goes on with it"
        ) from None
    except DomainError as error:
        raise CommandError(error.detail) from None
    show_order(order)
    ended = _of(order, arguments)
    return 0 if ended.status == "done" else 1


def _planned(order: Order, arguments: argparse.Namespace) -> Order:
    from cabinet.core import clock
    from cabinet.payments.refund_rules import request_refund

    return request_refund(
        order,
        _identifier(arguments),
        " ".join(arguments.reason.split()),
        getpass.getuser(),
        clock.now(),
        amount=rubles(arguments.amount),
        lines=_lines(arguments),
        surplus=arguments.surplus,
    )


def _of(order: Order, arguments: argparse.Namespace) -> Refund:
    refund_id = _identifier(arguments)
    return next(refund for refund in order.refunds if refund.refund_id == refund_id)


def _identifier(arguments: argparse.Namespace) -> str:
    from cabinet.payments.orders.store import order_id_from_attempt
    from cabinet.payments.refunds import derive_refund_id

    if arguments.id is not None:
        if not _IDENTIFIER.fullmatch(arguments.id):
            raise CommandError("--id takes 1 to 12 letters, digits or underscores")
        return str(arguments.id)
    order_id, amount = order_id_from_attempt(arguments.order), rubles(arguments.amount)
    return derive_refund_id(order_id, arguments.reason, amount, _lines(arguments), surplus=arguments.surplus)


def _lines(arguments: argparse.Namespace) -> dict[int, int]:
    wanted = {}
    for text in arguments.line or ():
        matched = _LINE.fullmatch(text)
        amount = rubles(matched[2]) if matched else None
        if matched is None or amount is None:
            raise CommandError(f"--line takes N=RUBLES, not {text}")
        if int(matched[1]) - 1 in wanted:
            raise CommandError(f"--line names line {matched[1]} twice")
        wanted[int(matched[1]) - 1] = amount
    return wanted


def _confirm(order: Order, refund: Refund, *, asked: bool) -> None:
    """Print what will be refunded, and go on only when the person says so."""
    from cabinet.core.money import to_decimal_string

    print(f"{order.order_id}: give back {to_decimal_string(refund.amount)}: {refund.reason}")
    for part in refund.lines:
        line = order.lines[part.position]
        account, sum_ = own_part(line.account_id), to_decimal_string(part.amount)
        print(f"  line {part.position + 1}: {account} {line.service} ({line.payee_name}) {sum_}")
    if refund.unposted_amount:
        print(f"  not of any line: {to_decimal_string(refund.unposted_amount)}")
    rest = refund.amount - refund.unposted_amount - sum(part.amount for part in refund.lines)
    if rest:
        print(f"  commission: {to_decimal_string(rest)}")
    if not asked:
        return
    if not sys.stdin.isatty():
        raise CommandError("nobody is there to confirm: add --yes")
    if input("give it back? [y/N] ").strip().casefold() not in ("y", "yes", "д", "да"):
        raise CommandError("nothing was given back")
