"""CloudWatch's part in small: lines of the log to metrics by the template's filters, metrics to alarms.

It takes the lines as they are written and looks at no time: all lines of a drill belong to one period.
"""

import json
import logging
import re
from collections import defaultdict
from typing import Any

from cabinet.core.logging import logger
from infra.build.template import Template

type Metric = tuple[str, str, str]
"""Namespace, name, and the service that reports a measure."""

_TOKEN = re.compile(r'\s*(\{|\}|\(|\)|\|\||&&|!=|=|"[^"]*"|\$[\w.]+)')
_STATISTICS = {"Sum": sum, "Maximum": max}


def lines_of(records: list[logging.LogRecord]) -> list[dict[str, Any]]:
    """Return the lines that the product's logger writes for these records."""
    formatter = logger.registered_formatter
    return [json.loads(formatter.format(record)) for record in records if record.name == logger.name]


def measures_of(printed: str) -> list[dict[str, Any]]:
    """Return the measures among the lines that a function has printed."""
    return [json.loads(line) for line in printed.splitlines() if line.startswith("{") and '"_aws"' in line]


def raised(template: Template, lines: list[dict[str, Any]], measures: list[dict[str, Any]]) -> set[str]:
    """Return the alarms, by their names in the template, that these lines and measures raise."""
    values = _filtered(template, lines)
    for measure in measures:
        for told in measure["_aws"]["CloudWatchMetrics"]:
            for metric in told["Metrics"]:
                values[told["Namespace"], metric["Name"], measure["service"]] += measure[metric["Name"]]
    found = set()
    for name, alarm in template.resources("AWS::CloudWatch::Alarm"):
        if "MetricName" not in alarm or alarm.get("Statistic") not in _STATISTICS:
            continue
        service = next(
            (each["Value"] for each in alarm.get("Dimensions", ()) if each["Name"] == "service"), ""
        )
        points = values.get((alarm["Namespace"], alarm["MetricName"], service))
        if points and _STATISTICS[alarm["Statistic"]](points) > alarm["Threshold"]:
            assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
            found.add(name)
    return found


def _filtered(template: Template, lines: list[dict[str, Any]]) -> defaultdict[Metric, list[float]]:
    values: defaultdict[Metric, list[float]] = defaultdict(list)
    for _, each in template.resources("AWS::Logs::MetricFilter"):
        for payload in each["MetricTransformations"]:
            metric = (payload["MetricNamespace"], payload["MetricName"], "")
            values[metric] += [
                float(payload["MetricValue"]) for line in lines if matches(each["FilterPattern"], line)
            ]
    return values


def matches(pattern: str, line: dict[str, Any]) -> bool:
    """Tell whether CloudWatch's pattern for JSON finds a line; only what the template uses is understood."""
    tokens = _TOKEN.findall(pattern)
    assert "".join(tokens) == re.sub(r"\s", "", pattern), pattern
    assert (tokens[0], tokens[-1]) == ("{", "}"), pattern
    holds, rest = _either(tokens[1:-1], line)
    assert not rest, pattern
    return holds


def _either(tokens: list[str], line: dict[str, Any]) -> tuple[bool, list[str]]:
    holds, rest = _both(tokens, line)
    while rest and rest[0] == "||":
        other, rest = _both(rest[1:], line)
        holds = holds or other
    return holds, rest


def _both(tokens: list[str], line: dict[str, Any]) -> tuple[bool, list[str]]:
    holds, rest = _term(tokens, line)
    while rest and rest[0] == "&&":
        other, rest = _term(rest[1:], line)
        holds = holds and other
    return holds, rest


def _term(tokens: list[str], line: dict[str, Any]) -> tuple[bool, list[str]]:
    if tokens[0] == "(":
        holds, rest = _either(tokens[1:], line)
        assert rest[0] == ")"
        return holds, rest[1:]
    path, operator, wanted, *rest = tokens
    found: Any = line
    for step in path.removeprefix("$.").split("."):
        found = found.get(step) if isinstance(found, dict) else None
    is_equal = found == wanted.strip('"')
    # A field that is not there is neither equal nor unequal.
    return found is not None and (is_equal if operator == "=" else not is_equal), rest
