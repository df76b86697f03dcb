"""`cabinet test`: pytest with the fast tests first; what this machine cannot run is named with its reason."""

from __future__ import annotations

import argparse
import subprocess
import sys

from infra.template import ROOT

type Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

# Folders of tests/: pure ones first; those that start a local AWS and a browser last; the others between.
FIRST, LAST = ("unit",), ("integration", "e2e")


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
    paths = [] if named else fast_first()
    return subprocess.run([sys.executable, "-m", "pytest", *paths, *given], cwd=ROOT, check=False).returncode


def fast_first() -> list[str]:
    """Return every folder of tests, the fastest first."""
    found = sorted(path.name for path in (ROOT / "tests").iterdir() if any(path.glob("**/test_*.py")))
    between = [name for name in found if name not in FIRST + LAST]
    return [f"tests/{name}" for name in (*FIRST, *between, *LAST) if name in found]
