"""Every alarm of the template is a rule on an exported number, or concerns only AWS."""

import re
from typing import Any

import pytest
import yaml

from infra.__main__ import main
from infra.build.template import Template
from serve.background import background_series
from serve.metrics import REQUEST_SERIES, Metrics, counted_events
from serve.prometheus_alerts import alert_rules

OF_AWS = {"ThrottlesAlarm", "TableThrottlesAlarm", "BounceRateAlarm"}
"""Lambda's concurrency, DynamoDB's and SES's own numbers."""


@pytest.fixture(scope="module")
def rules() -> dict[str, dict[str, Any]]:
    document = yaml.safe_load(alert_rules(Template.load()))
    (group,) = document["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def test_only_what_aws_alone_knows_has_no_rule(template: Template, rules: dict[str, Any]) -> None:
    alarms = [name for name, _ in template.resources("AWS::CloudWatch::Alarm")]
    without = [name for name in alarms if name.removesuffix("Alarm") not in rules]
    assert {name for name in without if not name.endswith("ErrorsAlarm")} == OF_AWS
    rollouts = [name for name in without if name.endswith("ErrorsAlarm")]
    assert len(rollouts) == len(list(template.resources("AWS::Serverless::Function")))


@pytest.mark.parametrize(
    ("alert", "expression"),
    [
        ("ServerErrors", "sum(increase(ApiGateway_5xx[300s])) > 3"),
        ("FunctionFailures", "sum(increase(Cabinet_FunctionFailures[300s])) > 4"),
        (
            "Latency",
            "histogram_quantile(0.99, sum by (le) (rate(ApiGateway_Latency_bucket[300s]))) > 3000",
        ),
        (
            "MailDeadLetters",
            "max(max_over_time(SQS_ApproximateNumberOfMessagesVisible"
            '{QueueName="MailDeadLetters"}[120s])) > 0',
        ),
        (
            "OutboxAge",
            'max(max_over_time(Cabinet_OldestEmailSeconds{service="mailer"}[600s])) > 7200'
            ' or absent_over_time(Cabinet_OldestEmailSeconds{service="mailer"}[600s])',
        ),
    ],
)
def test_a_rule_asks_what_its_alarm_asks(
    rules: dict[str, dict[str, Any]], alert: str, expression: str
) -> None:
    assert rules[alert]["expr"] == expression
    assert re.search(r"docs/alarms\.md#[\w-]+$", rules[alert]["annotations"]["summary"])


def test_an_alarm_of_several_periods_waits_for_them(rules: dict[str, dict[str, Any]]) -> None:
    assert rules["Latency"]["for"] == "900s"
    assert "for" not in rules["ServerErrors"]


def test_every_series_that_a_rule_names_is_told(template: Template, rules: dict[str, dict[str, Any]]) -> None:
    counted = [series for made in counted_events(template).values() for series in made]
    metrics = Metrics([*REQUEST_SERIES, *counted, *background_series(template)], lanes=1)
    for series in background_series(template):
        metrics.set(series, 1)
    told = {line.rsplit(" ", 1)[0] for line in metrics.text().splitlines() if not line.startswith("#")}
    for rule in rules.values():
        for family, labels in re.findall(r"((?:Cabinet|SQS|ApiGateway)_\w+)(\{[^}]*\})?\[", rule["expr"]):
            whole = family + labels
            assert whole in told or any(each.startswith(f"{whole}{{le=") for each in told), whole


def test_the_command_prints_them(capsys: pytest.CaptureFixture[str], rules: dict[str, Any]) -> None:
    assert main(["serve", "--alert-rules"]) == 0
    printed = yaml.safe_load(capsys.readouterr().out)
    assert len(printed["groups"][0]["rules"]) == len(rules)
