"""Fails a test whose function asked for more than its rights, and a whole run that left rights unused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import rights

_API = Path(__file__).resolve().parents[1] / "api"
_ASKED = "rights_asked"
_NARROWING = ("keyword", "markexpr", "deselect", "maxfail", "lf")
"""Options that leave out tests, or end a run before its end."""


class RightsReport:
    """A plugin of pytest: gathers what the workers have seen, and judges it where the run began."""

    def __init__(self) -> None:
        self._asked: dict[str, set[rights.Right]] = {}
        self._is_whole = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        """Tell of missing rights here too: the product catches what fails at its outermost edge."""
        try:
            return (yield)
        finally:
            told = "\n".join(dict.fromkeys(rights.missing))
            rights.missing.clear()
            if told:
                pytest.fail(told, pytrace=False)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Look whether all tests of the API will run."""
        files = {item.path for item in session.items}
        is_narrowed = any(session.config.getoption(option, default=None) for option in _NARROWING)
        self._is_whole = files.issuperset(_API.glob("**/test_*.py")) and not is_narrowed

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take over what a worker has seen; one that broke down has seen more than it reported."""
        told = getattr(node, "workeroutput", {}).get(_ASKED)
        if error is None and told is not None:
            self._is_whole = told["is_whole"]
            for function, each in told["asked"].items():
                self._asked.setdefault(function, set()).update((action, place) for action, place in each)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand over what this process has seen, or check what all have seen."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            asked = {function: sorted(each) for function, each in rights.asked.items()}
            output[_ASKED] = {"is_whole": self._is_whole, "asked": asked}
        elif self._is_whole and session.exitstatus == pytest.ExitCode.OK:
            unused = rights.unused(rights.granted(), rights.asked | self._asked)
            if unused:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
                report_error(session.config, "rights in template.yaml that no test has needed", unused)


def report_error(config: pytest.Config, title: str, lines: list[str]) -> None:
    """Let the run's closing line count an error, so that a red run never ends by "passed" alone."""
    report = pytest.CollectReport(title, "failed", "\n".join(lines), None)
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    reporter.stats.setdefault("error", []).append(report)
