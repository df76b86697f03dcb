"""`cabinet paperless`: all refusals of paper as they stand, to compare with what the supplier prints.

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
    environment.add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write every account that has ever refused: `refused` is 1, or 0 where the refusal was withdrawn."""
    environment.select_environment(arguments)
    from cabinet.accounts.paper_optout_report import list_optouts
    from cabinet.core import clock
    from cabinet.exchange.exports.csv_writer import PAPER_OPTOUT_COLUMNS, csv_file
    from cabinet.exchange.model import Registry
    from infra.cli.supplier_option import supplier_with_feature

    supplier = supplier_with_feature(arguments.supplier, "paperless")
    found = list_optouts(supplier.supplier_id)
    today = clock.local_date(clock.now(), supplier.time_zone)
    registry = Registry(supplier_id=supplier.supplier_id, number=int(f"{today:%Y%m%d}"), dated=today)
    arguments.output.write_bytes(
        csv_file(registry, PAPER_OPTOUT_COLUMNS, [refusal.cells for refusal in found])
    )
    refused = sum(refusal.is_refused for refusal in found)
    print(f"refused: {refused}; withdrawn: {len(found) - refused}; written to {arguments.output}")
    return 0
