"""What reaches the engineer on call: a drill's log and measures, evaluated by the template's alarms."""

import logging
from typing import Any

import pytest

from infra.build.template import Template
from tests.support import alarms


class OnCall:
    """What reaches the engineer on call."""

    def __init__(
        self, template: Template, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.INFO)
        self._template, self._caplog, self._capsys = template, caplog, capsys

    def alarms(self) -> set[str]:
        """Return the alarms that were raised since the last question."""
        measures = alarms.measures_of(self._capsys.readouterr().out)
        return alarms.raised(self._template, self._take(), measures)

    def lines(self, event: str) -> list[dict[str, Any]]:
        """Return the log's lines of an event since the last question about alarms."""
        return [line for line in alarms.lines_of(self._caplog.records) if line["message"] == event]

    def _take(self) -> list[dict[str, Any]]:
        lines = alarms.lines_of(self._caplog.records)
        self._caplog.clear()
        return lines
