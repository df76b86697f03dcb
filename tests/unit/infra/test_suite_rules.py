"""What keeps the suite one that can be believed: its own rules, read out of its files."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from infra.build.template import ROOT

TESTS = ROOT / "tests"
FILES = sorted(TESTS.glob("**/*.py"))
CLOCKS = {"sleep", "wait_for_timeout", "perf_counter", "monotonic", "process_time"}
FIGURES = {
    TESTS / "support" / "polling.py",
    TESTS / "integration" / "test_emergency_fanout.py",
    TESTS / "integration" / "test_reminders_fanout.py",
}
"""Where another process is watched, and where a run's figures are printed; none asserts a time."""


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


def imported(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def called(path: Path) -> set[str]:
    calls = [node.func for node in nodes(path) if isinstance(node, ast.Call)]
    names = {each.attr for each in calls if isinstance(each, ast.Attribute)}
    return names | {each.id for each in calls if isinstance(each, ast.Name)}


def test_test_files_share_by_tests_support_alone() -> None:
    for path in FILES:
        strange = [name for name in imported(path) if name.startswith("tests.") and name != "tests.support"]
        strange = [name for name in strange if not name.startswith("tests.support.")]
        assert not strange, f"{path.relative_to(ROOT)} imports {strange}; share in tests/support"


def test_no_test_sleeps_or_judges_by_the_wall_clock() -> None:
    for path in FILES:
        if path not in FIGURES:
            found = called(path) & CLOCKS
            assert not found, f"{path.relative_to(ROOT)} calls {found}: see tests/support/polling, bench/"


def test_unit_tests_do_without_functions() -> None:
    functions = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert "queries" in functions
    for path in sorted((TESTS / "unit").glob("*/**/*.py")):
        if path.is_relative_to(TESTS / "unit" / "infra"):
            continue  # what runs and describes the functions
        strange = [name for name in imported(path) if name.partition(".")[0] in functions]
        assert not strange, f"{path.relative_to(ROOT)} imports {strange}: that is for tests/api"


@pytest.mark.parametrize("line", ["import time\ntime.sleep(1)", "from time import sleep\nsleep(1)"])
def test_a_sleep_is_seen(line: str, tmp_path: Path) -> None:
    (tmp_path / "test_slow.py").write_text(line, "utf-8")
    assert called(tmp_path / "test_slow.py") & CLOCKS == {"sleep"}
