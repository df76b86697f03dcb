"""`cabinet doctor [--stack NAME]`: whether an installation is sound; one line a check, and what to do."""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter

from infra.cli import environment
from infra.cli.subparsers import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("doctor", help="say whether an installation is sound, and what to do")
    environment.add_options(parser)
    parser.add_argument("--failures", action="store_true", help="print only what is not in order")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the findings; 1 when one of them is a failure."""
    from infra.doctor.examination import examine, line
    from infra.doctor.installation import select

    started = time.monotonic()
    installation = select(arguments)
    os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"  # the product's own lines are not the report's
    count: Counter[str] = Counter()
    for finding in examine(installation):
        count[finding.outcome] += 1
        if finding.outcome == "FAIL" or not arguments.failures:
            print(line(finding), flush=True)
    seconds = time.monotonic() - started
    print(f"{count['ok']} ok, {count['FAIL']} failed, {count['skip']} skipped; {seconds:.1f} s")
    return 1 if count["FAIL"] else 0
