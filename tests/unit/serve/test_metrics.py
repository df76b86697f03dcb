"""What `serve` tells Prometheus: by the alarms' names, over all processes, and nothing of people."""

import json
import logging

import pytest

from infra.build.template import Template
from serve.app import create_app
from serve.metrics import (
    CLIENT_ERRORS,
    LATENCY_BUCKETS,
    REQUEST_SERIES,
    REQUESTS,
    Metrics,
    counted_events,
    counter,
    family_name,
    gauge,
)
from serve.request_log import EventCounter
from tests.support.alarms import lines_of
from tests.support.app_client import AppClient
from tests.support.aws import Aws

AGE = gauge("Cabinet_OldestDueOrderSeconds", service="reconciliation")


def test_sums_of_all_processes_are_told_and_a_gauge_by_whoever_told_it() -> None:
    metrics = Metrics([REQUESTS, AGE], lanes=3)
    assert metrics.text() == "# TYPE ApiGateway_Count counter\nApiGateway_Count 0\n"
    for lane in (0, 2):
        metrics.use_lane(lane)
        metrics.add(REQUESTS)
    metrics.set(AGE, 12.5)
    assert metrics.text() == (
        "# TYPE ApiGateway_Count counter\nApiGateway_Count 2\n"
        "# TYPE Cabinet_OldestDueOrderSeconds gauge\n"
        'Cabinet_OldestDueOrderSeconds{service="reconciliation"} 12.5\n'
    )


def test_lines_are_counted_by_the_templates_filters(template: Template) -> None:
    counted = counted_events(template)
    failures = counter(family_name("Cabinet", "FunctionFailures"))
    metrics = Metrics([each for series in counted.values() for each in series], lanes=1)
    counting = EventCounter(metrics, counted)
    for message in ("request_failed", "message_failed", "email_sent"):
        counting.handle(logging.LogRecord("x", logging.INFO, "x", 1, message, None, None))
    assert metrics.values()[failures] == 2


def test_every_alarm_on_our_own_metric_has_a_series_or_a_gauge(template: Template) -> None:
    counted = {each.family for series in counted_events(template).values() for each in series}
    for name, alarm in template.resources("AWS::CloudWatch::Alarm"):
        if alarm.get("Namespace") == "Cabinet" and not alarm.get("Dimensions"):
            assert family_name("Cabinet", alarm["MetricName"]) in counted, name


def test_a_request_is_told_by_its_route_not_by_its_path(
    aws: Aws, template: Template, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = Metrics(REQUEST_SERIES, lanes=1)
    site = AppClient(create_app(template, metrics))
    answer = site.get("/api/accounts/center:100500/summary", headers={"X-Correlation-Id": "abcdefgh"})
    site.get("/")
    assert answer.status_code == 401
    (line,) = [each for each in lines_of(caplog.records) if each["message"] == "request_served"]
    assert (line["function"], line["method"], line["status"]) == ("queries", "GET", 401)
    assert (line["route"], line["correlation_id"]) == ("/api/accounts/{account_id}/summary", "abcdefgh")
    assert "100500" not in json.dumps(line)
    values = metrics.values()
    assert (values[REQUESTS], values[CLIENT_ERRORS], values[LATENCY_BUCKETS[-1][1]]) == (1, 1, 1)
