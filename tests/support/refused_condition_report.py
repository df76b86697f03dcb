"""Which tests an engine that answers otherwise may turn red: those in which a condition was refused.

A whole run notes them; CI then runs these alone once more, on the engines of `tests.support.weaker_engines`.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.aws_calls import Call, Listener, hear

VARIABLE = "CABINET_TEST_NOTE_REFUSALS"
"""The file that gets the tests' names; unset: nothing is noted."""
_SEEN = "refused_condition"


class _Refusals(Listener):
    def __init__(self) -> None:
        self.has_seen = False

    def after(self, call: Call) -> None:
        if call.service == "dynamodb" and call.is_refused:
            reasons = call.answer.get("CancellationReasons", [call.answer.get("Error", {})])
            codes = {str(reason.get("Code", "")).removesuffix("Exception") for reason in reasons}
            self.has_seen |= "ConditionalCheckFailed" in codes


class RefusedConditionReport:
    """A plugin of pytest: each worker marks its tests, and the main process writes their names."""

    def __init__(self) -> None:
        self._refusals = _Refusals()
        self._names: set[str] = set()
        hear(self._refusals)

    def pytest_runtest_setup(self) -> None:
        """Begin with nothing seen."""
        self._refusals.has_seen = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Any:
        """Mark a test that has seen a refusal, by what workers hand over with their reports."""
        is_ours = item.get_closest_marker("judges_engine") is None
        if is_ours and self._refusals.has_seen and (_SEEN, True) not in item.user_properties:
            item.user_properties.append((_SEEN, True))
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the marked test."""
        if any(tuple(each) == (_SEEN, True) for each in report.user_properties):
            self._names.add(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the names where the run began."""
        if self._names and not hasattr(session.config, "workerinput"):
            Path(os.environ[VARIABLE]).write_text("\n".join(sorted(self._names)) + "\n", "utf-8")
