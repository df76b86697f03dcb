"""`cabinet check`: every linter and drift check, the same that CI runs."""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from infra.build import executables, web
from infra.cli.errors import CommandError
from infra.cli.subparsers import Subparsers

if TYPE_CHECKING:
    from collections.abc import Callable

type Output = str
"""What a check found, to be printed; empty when all is well."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "check", help="formatting, lint, types, import rules, template, OpenAPI drift, the site, coverage"
    )
    parser.add_argument("only", nargs="*", metavar="CHECK", help=f"of: {', '.join(CHECKS)}")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the checks side by side, print a line for each in order and the output of those that failed."""
    chosen = arguments.only or list(CHECKS)
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as side_by_side:
        done = {name: side_by_side.submit(_timed, CHECKS[name]) for name in sorted(chosen, key=_rank)}
        for name in chosen:
            output, seconds = done[name].result()
            print(f"{'FAIL' if output else 'ok':4}  {name}  ({seconds:.1f} s)", flush=True)
            if output:
                failed += 1
                print(output.rstrip(), flush=True)
    return 1 if failed else 0


def _rank(name: str) -> int:
    """Return when to begin a check: those that take longest first."""
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


def _timed(check: Callable[[], Output]) -> tuple[Output, float]:
    started = time.monotonic()
    return check(), time.monotonic() - started


def _program(name: str, *arguments: str) -> Callable[[], Output]:
    """Return the check that runs a program of this environment."""

    def check() -> Output:
        done = executables.run([str(Path(sys.executable).parent / name), *arguments])
        return "" if done.returncode == 0 else done.stdout + done.stderr

    return check


def _sam_validate() -> Output:
    """Check the template by SAM's own rules, and what SAM makes of it by ours."""
    from infra.build import transformed_template
    from infra.build.template import Template

    done = executables.run(executables.sam("validate", "--lint", "--region", "eu-central-1"))
    if done.returncode:
        return done.stdout + done.stderr
    template = Template.load()
    tree = transformed_template.transform(template)
    found = [
        *transformed_template.find_issues(tree),
        *transformed_template.find_permission_differences(template, tree),
    ]
    return "\n".join(found)


def _checkov() -> Output:
    """Check the template's security; .checkov.yaml gives the reason for each rule that is left out."""
    done = executables.run(executables.uvx(executables.CHECKOV, "checkov", "--config-file", ".checkov.yaml"))
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _web() -> Output:
    """Check the site's types, lint and formatting; its packages are installed first."""
    try:
        web.check()
    except CommandError as error:
        return str(error)
    return ""


def _openapi_drift() -> Output:
    from infra.build import openapi

    committed = openapi.COMMITTED.read_text("utf-8") if openapi.COMMITTED.exists() else ""
    if committed == openapi.text():
        return ""
    return "docs/openapi.json is not what the functions say: run ./cabinet openapi > docs/openapi.json"


def _rules_coverage() -> Output:
    """Run the rules' own tests, and check which branches of the rules they have taken."""
    from infra.build import rules_coverage

    return rules_coverage.uncovered_rules()


CHECKS: dict[str, Callable[[], Output]] = {
    "format": _program("ruff", "format", "--check", "."),
    "lint": _program("ruff", "check", "."),
    "types": _program("mypy"),
    "imports": _program("lint-imports", "--cache-dir", ".local/import_linter_cache"),
    "cfn-lint": _program("cfn-lint", "template.yaml", "infra/waf.yaml"),
    "sam": _sam_validate,
    "checkov": _checkov,
    "openapi": _openapi_drift,
    "web": _web,
    "coverage": _rules_coverage,
}
LONGEST = ("types", "web", "coverage", "checkov", "sam", "cfn-lint")
