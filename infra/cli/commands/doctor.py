"""`cabinet doctor [--stack NAME]`: whether an installation is sound; one line a check, and what to do."""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter

from infra.cli import environment
from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser("doctor", help="say whether an installation is sound, and what to do")
    environment.add_options(parser)
    parser.add_argument(
        "--engine", action="store_true", help="judge the tables' engine, which the environment names"
    )
    parser.add_argument("--failures", action="store_true", help="print only what is not in order")
    parser.set_defaults(run=run)


def run_engine(arguments: argparse.Namespace) -> int:
    """Print what the engine promised and kept, and in one line whether it may be trusted."""
    import boto3
    from botocore.config import Config

    from infra.build.template import Template
    from infra.doctor import engine_checks
    from infra.doctor.all_checks import line
    from infra.doctor.check import run_checks

    missing = [name for name in _TABLES if name not in os.environ]
    if missing:
        raise CommandError(f"the environment lacks {', '.join(missing)}: see docs/serve.md")
    tables = [os.environ[name] for name in _TABLES]
    declared = dict(Template.load().resources("AWS::DynamoDB::Table"))["AccountsTable"]
    index = declared["GlobalSecondaryIndexes"][0]
    key = {part["KeyType"]: part["AttributeName"] for part in index["KeySchema"]}
    patient = Config(connect_timeout=3, read_timeout=10, max_pool_connections=40)
    dynamodb = boto3.client("dynamodb", config=patient)
    failed = []
    # One after another: races of several checks would wait for each other on a small machine.
    for check in engine_checks.checks(dynamodb, tables, (index["IndexName"], key)):
        for result in run_checks([check]):
            failed += [result.subject] if result.outcome == "FAIL" else []
            if result.outcome == "FAIL" or not arguments.failures:
                print(line(result), flush=True)
    verdict = f"must not be trusted: {', '.join(dict.fromkeys(failed))}" if failed else "may be trusted"
    print(f"{dynamodb.meta.endpoint_url}: this engine {verdict}")
    return 1 if failed else 0


_TABLES = ("ACCOUNTS_TABLE", "USERS_TABLE", "PAYMENTS_TABLE", "MESSAGES_TABLE")


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; 1 when one of them is a failure."""
    if arguments.engine:
        return run_engine(arguments)
    from infra.doctor.all_checks import examine, line
    from infra.doctor.installation import select

    started = time.monotonic()
    installation = select(arguments)
    os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"  # the product's own lines are not the report's
    count: Counter[str] = Counter()
    for result in examine(installation):
        count[result.outcome] += 1
        if result.outcome == "FAIL" or not arguments.failures:
            print(line(result), flush=True)
    seconds = time.monotonic() - started
    print(f"{count['ok']} ok, {count['FAIL']} failed, {count['skip']} skipped; {seconds:.1f} s")
    return 1 if count["FAIL"] else 0
