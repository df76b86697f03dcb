"""`cabinet test`: pytest side by side, then in a browser; what cannot run here is named with its reason."""

from __future__ import annotations

import argparse
import subprocess
import sys

from infra.build.template import ROOT
from infra.cli.subparsers import Subparsers

# The longest tests begin, so that no worker has to wait for one at the end. (By itself xdist would begin with
# the files of the most tests, and end with those of one long test.)
FIRST = "integration"
BROWSER = "e2e"
"""One local stack serves all browser tests, so they run by themselves."""
BROWSERS = "2"


def register(subparsers: Subparsers) -> None:
    """Add the command; options that it does not know are passed to pytest unchanged."""
    parser = subparsers.add_parser(
        "test", help="run the tests (pytest's arguments pass through)", add_help=False
    )
    parser.set_defaults(run=run, passes_through=True)


def run(arguments: argparse.Namespace) -> int:
    """Run pytest: all folders side by side, then the browser's; or just what the arguments say."""
    given: list[str] = arguments.rest
    if given:
        return _pytest(*given)
    side_by_side = _pytest(
        "--numprocesses", "auto", "--dist", "loadfile", "--no-loadscope-reorder", "--durations", "15",
        *folders(),
    )  # fmt: skip
    in_a_browser = _pytest("--numprocesses", BROWSERS, f"tests/{BROWSER}")
    return side_by_side or in_a_browser


def folders() -> list[str]:
    """Return the folders of tests that need no browser, those with the longest tests first."""
    found = {path.name for path in (ROOT / "tests").iterdir() if any(path.glob("**/test_*.py"))}
    return [f"tests/{name}" for name in sorted(found - {BROWSER}, key=lambda name: (name != FIRST, name))]


def _pytest(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode
