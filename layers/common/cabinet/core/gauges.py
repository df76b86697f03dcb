"""Metrics that alarms watch: written to the log for CloudWatch and passed to this process's observers."""

from collections.abc import Callable

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

NAMESPACE = "Cabinet"

observers: list[Callable[[str, str, float], None]] = []
"""Each is called with the service, the metric's name and its value."""


class Gauges:
    """The metrics of one service."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._metrics = Metrics(namespace=NAMESPACE, service=service)

    def record(self, **values: float) -> None:
        """Record metrics by name; a name that ends in `Seconds` is in seconds, all others are counts."""
        for name, value in values.items():
            unit = MetricUnit.Seconds if name.endswith("Seconds") else MetricUnit.Count
            self._metrics.add_metric(name, unit, value)
            for observer in observers:
                observer(self._service, name, value)
        self._metrics.flush_metrics()
