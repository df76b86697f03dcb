"""`cabinet test`: pytest with the fast tests first; what this machine cannot run is named with its reason."""

from __future__ import annotations

import argparse
import subprocess
import sys

from infra.template import ROOT

type Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

FAST_FIRST = ("tests/unit", "tests/security", "tests/integration", "tests/e2e")


def register(subparsers: Subparsers) -> None:
    """Add the command; what it does not know goes to pytest as it stands."""
    parser = subparsers.add_parser(
        "test", help="run the tests (pytest's arguments pass through)", add_help=False
    )
    parser.set_defaults(run=run, passes_through=True)


def run(arguments: argparse.Namespace) -> int:
    """Run pytest; without a path among the arguments, everything, fast tests first."""
    given: list[str] = arguments.rest
    named = any(
        (ROOT / argument.split("::")[0]).exists() for argument in given if not argument.startswith("-")
    )
    paths = [] if named else [path for path in FAST_FIRST if (ROOT / path).is_dir()]
    return subprocess.run([sys.executable, "-m", "pytest", *paths, *given], cwd=ROOT, check=False).returncode
