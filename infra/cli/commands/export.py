"""`cabinet export payments|readings|refusals`: a supplier's registry out, made now or made again."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from infra.cli import environment
from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers

if TYPE_CHECKING:
    from cabinet.accounts.supplier_model import Supplier
    from exports.delivery import Delivered


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "export", help="write a registry of payments, readings or refusals of paper"
    )
    parser.add_argument("what", choices=("payments", "readings", "refusals"))
    parser.add_argument("--supplier", required=True, metavar="ID")
    parser.add_argument(
        "--date", type=date.fromisoformat, metavar="D", help="the registries of that day again (ГГГГ-ММ-ДД)"
    )
    parser.add_argument("--number", type=int, metavar="N", help="the registry of that number again")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the file here as well")
    environment.run_on_stack(parser, run)


def run(arguments: argparse.Namespace) -> int:
    """Deliver what waits, or deliver again."""
    from cabinet.audit.model import Action
    from cabinet.audit.store import Subject
    from infra.cli.command_audit import record_access
    from infra.cli.supplier_option import find_supplier

    supplier = find_supplier(arguments.supplier)
    action = Action.EXPORT_REQUESTED if arguments.number is None else Action.EXPORT_REPEATED
    subject = Subject(f"exports:{supplier.supplier_id}:{arguments.what}", (supplier.supplier_id,))
    record_access(action, subject, after={"number": arguments.number})
    done = _wanted(arguments, supplier)
    if not done:
        print(f"no {arguments.what} to export")
        return 0
    for each in done:
        registry = each.registry
        print(f"registry {registry.number} of {registry.dated}: {each.rows} rows, {each.key}")
    if arguments.output is not None:
        _write(arguments.output, done)
    return 0


def _write(path: Path, done: list[Delivered]) -> None:
    """Write the last registry to `path`, and each before it beside, with its number after the name."""
    for each in done:
        own = path if each is done[-1] else path.with_stem(f"{path.stem}-{each.registry.number}")
        own.write_bytes(each.content)
        print(f"registry {each.registry.number} is written to {own}")


def _wanted(arguments: argparse.Namespace, supplier: Supplier) -> list[Delivered]:
    from cabinet.core import clock
    from cabinet.core.errors import NotFound
    from cabinet.exchange.exports.export_job import StaleExport
    from cabinet.exchange.exports.kinds import KINDS
    from exports.delivery import deliver, redeliver

    if arguments.number is not None:
        try:
            return [redeliver(arguments.what, supplier, arguments.number)]
        except NotFound:
            raise CommandError(f"no registry {arguments.number} of {supplier.supplier_id}") from None
    made: list[Delivered] = []
    today = clock.local_date(clock.now(), supplier.time_zone)
    if arguments.date in (None, today):
        try:
            while (new := deliver(arguments.what, supplier, lambda: True)) is not None:
                made.append(new)
        except StaleExport:
            raise CommandError(
                f"other exports of {arguments.what} are at it: try again in a minute"
            ) from None
    if arguments.date is None:
        return made
    found = KINDS[arguments.what].registries(supplier.supplier_id)
    of_day = [registry for registry in reversed(found) if registry.dated == arguments.date]
    return [redeliver(arguments.what, supplier, registry.number) for registry in of_day]
