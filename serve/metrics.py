"""Counters and gauges of all processes of one `serve`, in memory that they share; as Prometheus reads them.

Their names are those of the alarms in template.yaml: `AWS/ApiGateway` `5xx` is `ApiGateway_5xx`.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.sharedctypes import RawArray
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from infra.build.template import Template

LATENCY_BOUNDS_MS = (10, 25, 50, 100, 200, 400, 800, 1500, 3000, 10_000)
_EVENT = re.compile(r'\$\.message = "(\w+)"')


class Kind(StrEnum):
    """How Prometheus is to understand a family of series."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Series:
    """One exported number."""

    family: str
    kind: Kind
    labels: tuple[tuple[str, str], ...] = ()
    suffix: str = ""

    def line(self, value: float) -> str:
        """Return it as a line of Prometheus's text format."""
        labels = ",".join(f'{name}="{text}"' for name, text in self.labels)
        return f"{self.family}{self.suffix}{'{' + labels + '}' if labels else ''} {value:.10g}"


def counter(family: str, **labels: str) -> Series:
    """Return a series that only grows."""
    return Series(family, Kind.COUNTER, tuple(labels.items()))


def gauge(family: str, **labels: str) -> Series:
    """Return a series that is exported as it is."""
    return Series(family, Kind.GAUGE, tuple(labels.items()))


def family_name(namespace: str, metric: str) -> str:
    """Return what Prometheus calls a metric of CloudWatch."""
    return f"{namespace.removeprefix('AWS/')}_{metric}"


REQUESTS, CLIENT_ERRORS, SERVER_ERRORS = (
    counter(family_name("AWS/ApiGateway", name)) for name in ("Count", "4xx", "5xx")
)
_LATENCY = family_name("AWS/ApiGateway", "Latency")
LATENCY_BUCKETS = [
    (
        bound,
        Series(_LATENCY, Kind.HISTOGRAM, (("le", str(bound) if bound != math.inf else "+Inf"),), "_bucket"),
    )
    for bound in (*LATENCY_BOUNDS_MS, math.inf)
]
LATENCY_SUM = Series(_LATENCY, Kind.HISTOGRAM, (), "_sum")
LATENCY_COUNT = Series(_LATENCY, Kind.HISTOGRAM, (), "_count")
LATENCY_SERIES = (*(series for _, series in LATENCY_BUCKETS), LATENCY_SUM, LATENCY_COUNT)
REQUEST_SERIES = (REQUESTS, CLIENT_ERRORS, SERVER_ERRORS, *LATENCY_SERIES)


def counted_events(template: Template) -> dict[str, list[Series]]:
    """Return for each event of the log the series that the template's metric filters make of it."""
    counted = defaultdict(list)
    for _, properties in template.resources("AWS::Logs::MetricFilter"):
        for made in properties["MetricTransformations"]:
            series = counter(family_name(made["MetricNamespace"], made["MetricName"]))
            for event in _EVENT.findall(properties["FilterPattern"]):
                counted[event].append(series)
    return dict(counted)


class Metrics:
    """Numbers by series; each process writes into a lane of its own, whose sums outlive it."""

    def __init__(self, series: Iterable[Series], lanes: int) -> None:
        self._index = {each: number for number, each in enumerate(dict.fromkeys(series))}
        self._lanes = lanes
        self._values = RawArray("d", lanes * len(self._index))
        self._offset = 0
        self._lock = Lock()
        for each, number in self._index.items():
            if each.kind is Kind.GAUGE:
                for lane in range(lanes):
                    self._values[lane * len(self._index) + number] = math.nan

    def use_lane(self, lane: int) -> None:
        """Write into this lane from now on; once in each process, before anything is counted."""
        self._offset = lane * len(self._index)

    def add(self, series: Series, by: float = 1) -> None:
        """Count."""
        with self._lock:
            self._values[self._offset + self._index[series]] += by

    def set(self, series: Series, value: float) -> None:
        """Set a gauge's value; no other process sets the same one."""
        self._values[self._offset + self._index[series]] = value

    def text(self) -> str:
        """Return all values, in Prometheus's text format."""
        families: dict[tuple[str, Kind], list[str]] = defaultdict(list)
        for each, value in self.values().items():
            families[each.family, each.kind].append(each.line(value))
        lines = [line for (name, kind), told in families.items() for line in (f"# TYPE {name} {kind}", *told)]
        return "\n".join(lines) + "\n"

    def values(self) -> Mapping[Series, float]:
        """Return the sums of all lanes; gauges without a value are left out."""
        found = {}
        for each, number in self._index.items():
            lanes = [self._values[lane * len(self._index) + number] for lane in range(self._lanes)]
            told = [value for value in lanes if not math.isnan(value)]
            if told:
                found[each] = max(told) if each.kind is Kind.GAUGE else sum(told)
        return found
