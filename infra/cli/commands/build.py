"""`cabinet build`: what `sam deploy` takes to AWS."""

from __future__ import annotations

import argparse

from infra.build import sam
from infra.cli.subparsers import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("build", help="build the functions and layers for a deployment")
    parser.add_argument("--architecture", choices=sam.ARCHITECTURES, default=sam.ARCHITECTURES[0])
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Build, unless nothing has changed since."""
    changed = sam.build(arguments.architecture)
    print(f"{'built' if changed else 'unchanged'}: {sam.BUILD_FOLDER} ({arguments.architecture})")
    return 0
