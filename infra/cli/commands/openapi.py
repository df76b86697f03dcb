"""`cabinet openapi`: the contract of all HTTP functions, merged, as docs/openapi.json holds it."""

from __future__ import annotations

import argparse
import sys

from infra.cli.subparsers import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("openapi", help="print the API's OpenAPI description")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the merged description."""
    from infra.build.openapi import text

    sys.stdout.write(text())
    return 0
