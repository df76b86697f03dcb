"""`cabinet test`: pytest with the fast tests first; what this machine cannot run is named with its reason."""

from __future__ import annotations

import argparse
import subprocess
import sys

from infra.template import ROOT

type Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

# Folders of tests/: the pure ones first, those that start a local AWS after all others.
FIRST, LAST = "unit", "integration"
BROWSER = "e2e"
"""One local stack serves all browser tests, so they run in one process, by themselves."""


def register(subparsers: Subparsers) -> None:
    """Add the command; what it does not know goes to pytest as it stands."""
    parser = subparsers.add_parser(
        "test", help="run the tests (pytest's arguments pass through)", add_help=False
    )
    parser.set_defaults(run=run, passes_through=True)


def run(arguments: argparse.Namespace) -> int:
    """Run pytest: all folders side by side, then the browser's; or just what the arguments say."""
    given: list[str] = arguments.rest
    if given:
        return _pytest(*given)
    side_by_side = _pytest("--numprocesses", "auto", "--dist", "loadfile", *fast_first())
    in_a_browser = _pytest(f"tests/{BROWSER}")
    return side_by_side or in_a_browser


def fast_first() -> list[str]:
    """Return the folders of tests that need no browser, the fastest first."""
    found = {path.name for path in (ROOT / "tests").iterdir() if any(path.glob("**/test_*.py"))}
    between = sorted(found - {FIRST, LAST, BROWSER})
    return [f"tests/{name}" for name in (FIRST, *between, LAST) if name in found]


def _pytest(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode
