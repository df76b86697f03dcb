"""`cabinet orders compare`: a bank's statement of a day against our journal."""

from __future__ import annotations

import difflib
import sys
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from infra.cli.errors import CommandError
from infra.cli.input_files import read_bytes

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from cabinet.payments.bank_statement import BankStatement
    from cabinet.payments.comparison import Comparison


def day(text: str) -> date:
    """Read `--date`: ``2026-09-21`` or ``21.09.2026``."""
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise CommandError(f"--date «{text}»: нужна дата вида 2026-09-21 или 21.09.2026")


def run(arguments: argparse.Namespace) -> int:
    """Print the differences; 1 when there are any, or when the file may be another statement."""
    from cabinet.core import clock
    from cabinet.payments.comparison import WrongStatement
    from cabinet.payments.journal import compare_day

    day_ = day(arguments.date)
    if day_ > clock.now().date() + timedelta(days=1):
        raise CommandError(f"{day_:%d.%m.%Y} ещё не наступило: проверьте --date")
    _check_contract(arguments.contract)
    statement = _read(arguments.file)
    try:
        found = compare_day(arguments.contract, day_, statement.entries)
        if arguments.ask and found.differences:
            _ask_about(found)
            found = compare_day(arguments.contract, day_, statement.entries)
    except WrongStatement as error:
        raise CommandError(f"{arguments.file}: {error}") from None
    _audit(arguments.contract, day_, found)
    doubts = [*statement.doubts, *found.doubts]
    _print(found, statement.skipped, doubts)
    return 1 if found.differences or doubts else 0


def _check_contract(name: str) -> None:
    """Refuse a contract under which no order was made and that no supplier has."""
    from cabinet.accounts.store import all_suppliers
    from cabinet.payments.merchants import list_all_merchants

    merchants = [merchant for supplier in all_suppliers() for merchant in supplier.all_merchants]
    names = sorted({merchant.contract for merchant in [*merchants, *list_all_merchants()]})
    if name in names:
        return
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    there = f"Похож: {near[0]}" if near else f"Есть: {', '.join(names) or 'ни одного'}"
    raise CommandError(f"договора «{name}» нет. {there}")


def _audit(contract: str, day_: date, found: Comparison) -> None:
    """Write the audit row of the comparison, before it is shown."""
    from cabinet.accounts.store import all_suppliers
    from cabinet.audit.model import Action
    from cabinet.audit.store import Subject
    from infra.cli.command_audit import record_access

    owners = [
        supplier.supplier_id
        for supplier in all_suppliers()
        if contract in {merchant.contract for merchant in supplier.all_merchants}
    ]
    seen = {"day": day_.isoformat(), "orders": found.orders, "differences": len(found.differences)}
    subject = Subject(f"contract:{contract}", tuple(owners))
    record_access(Action.REGISTER_COMPARED, subject, after=seen)


def _read(path: Path) -> BankStatement:
    from cabinet.payments.bank_statement import StatementUnreadable, parse_statement

    try:
        return parse_statement(read_bytes(path))
    except StatementUnreadable as error:
        raise CommandError(f"{path}: {error}") from None


def _ask_about(found: Comparison) -> None:
    from cabinet.core import clock
    from cabinet.payments.orders.provider_sync import sync_order
    from cabinet.payments.orders.store import find

    for difference in found.differences:
        order = find(difference.order_id)
        if order is not None:
            sync_order(order, clock.now())


def _print(found: Comparison, skipped: list[int], doubts: list[str]) -> None:
    from cabinet.core.money import to_decimal_string

    for difference in found.differences:
        bank, ledger = to_decimal_string(difference.bank), to_decimal_string(difference.ledger)
        print(f"{difference.order_id}: bank {bank}, ledger {ledger} ({difference.reason})")
    for doubt in doubts:
        print(doubt, file=sys.stderr)
    if skipped:
        print(f"Строки без движения денег: {', '.join(map(str, skipped))}")
    print(
        f"{found.orders} orders, bank {to_decimal_string(found.bank_total)}, ledger "
        f"{to_decimal_string(found.ledger_total)}, {len(found.differences)} differences"
    )
