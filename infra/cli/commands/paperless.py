"""`cabinet paperless`: all current paper opt-outs, to compare with what the supplier prints.

What changes goes to the supplier by itself; those registries again: `cabinet export refusals`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from infra.cli import environment
from infra.cli.subparsers import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("paperless", help="write all refusals of paper as they stand")
    parser.add_argument("--supplier", required=True, metavar="ID")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    environment.run_on_stack(parser, run)


def run(arguments: argparse.Namespace) -> int:
    """Write every account that has ever refused: `refused` is 1, or 0 where the refusal was withdrawn."""
    from cabinet.accounts.paperless_report import list_paperless
    from cabinet.audit.model import Action
    from cabinet.audit.store import Subject
    from cabinet.core import clock
    from cabinet.exchange.exports.csv_writer import CsvFormat
    from cabinet.exchange.exports.paperless import paperless_csv
    from cabinet.exchange.exports.workbook import workbook
    from cabinet.exchange.model import Registry
    from infra.cli.command_audit import record_access
    from infra.cli.supplier_option import supplier_with_feature

    supplier = supplier_with_feature(arguments.supplier, "paperless")
    found = list_paperless(supplier.supplier_id)
    subject = Subject(f"optouts:{supplier.supplier_id}", (supplier.supplier_id,))
    record_access(Action.OPTOUTS_LISTED, subject, after={"accounts": len(found)})
    today = clock.local_date(clock.now(), supplier.time_zone)
    registry = Registry(supplier_id=supplier.supplier_id, number=int(f"{today:%Y%m%d}"), dated=today)
    exported = paperless_csv(registry, "refusals", [each.cells for each in found], CsvFormat.of(supplier))
    files: dict[Path, bytes] = {}
    if arguments.output.suffix.lower() != ".xlsx":
        files[arguments.output] = exported.content
    if not files or supplier.registry_xlsx:
        files[arguments.output.with_suffix(".xlsx")] = workbook(registry, exported.sheets)
    for path, content in files.items():
        path.write_bytes(content)
    refused = sum(each.is_paper_refused for each in found)
    written = " and ".join(map(str, files))
    print(f"refused: {refused}; withdrawn: {len(found) - refused}; written to {written}")
    return 0
