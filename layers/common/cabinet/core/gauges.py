"""Measures that alarms look at: a line of the log for CloudWatch, and a call for other listeners."""

from collections.abc import Callable

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

NAMESPACE = "Cabinet"

observers: list[Callable[[str, str, float], None]] = []
"""Each gets the service, the measure's name and its value."""


class Gauges:
    """The measures of one service."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._metrics = Metrics(namespace=NAMESPACE, service=service)

    def record(self, **values: float) -> None:
        """Distinguish measures by their names; a name with this ending is of seconds, others are counts."""
        for name, value in values.items():
            unit = MetricUnit.Seconds if name.endswith("Seconds") else MetricUnit.Count
            self._metrics.add_metric(name, unit, value)
            for observer in observers:
                observer(self._service, name, value)
        self._metrics.flush_metrics()
