"""`cabinet gis readings|payments`: a template of ГИС ЖКХ filled with a supplier's month."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from infra.cli import environment
from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("gis", help="fill a template of ГИС ЖКХ with readings or payments")
    parser.add_argument("what", choices=("readings", "payments"))
    parser.add_argument("--template", type=Path, required=True, metavar="FILE", help="its xlsx, empty")
    parser.add_argument("--supplier", required=True, metavar="ID")
    parser.add_argument("--period", required=True, metavar="P", help="the month (ГГГГ-ММ)")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="a ZIP")
    environment.run_on_stack(parser, run)


def run(arguments: argparse.Namespace) -> int:
    """Write the ZIP, and say what is in it and what could not be written."""
    from cabinet.audit.model import Action
    from cabinet.audit.store import Subject
    from cabinet.core.periods import parse_period
    from cabinet.exchange.gis.errors import GisTemplateRejected
    from cabinet.exchange.gis.fill import fill
    from cabinet.exchange.gis.model import REASONS
    from infra.cli.command_audit import record_access
    from infra.cli.supplier_option import find_supplier

    supplier = find_supplier(arguments.supplier)
    try:
        period = parse_period(arguments.period)
    except ValueError:
        raise CommandError(f"{arguments.period} is no month: ГГГГ-ММ") from None
    if not arguments.template.is_file():
        raise CommandError(f"no file {arguments.template}")
    with tempfile.TemporaryFile() as made:
        try:
            report = fill(arguments.template, arguments.what, supplier, period, made)
        except GisTemplateRejected as refused:
            raise CommandError(f"{refused.detail} ({refused.code})") from None
        subject = Subject(f"gis:{supplier.supplier_id}:{arguments.what}:{period}", (supplier.supplier_id,))
        after = {"rows": report.rows, "left_out": report.left_out_rows}
        record_access(Action.GIS_TEMPLATE_FILLED, subject, after=after)
        made.seek(0)
        with arguments.output.open("wb") as written:
            shutil.copyfileobj(made, written)
    print(f"{report.rows} rows in {report.workbooks} workbooks, written to {arguments.output}")
    for reason, rows in sorted(report.left_out.items()):
        print(f"left out: {rows}. {REASONS[reason]}")
    return 0
