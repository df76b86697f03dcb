"""The alarms of template.yaml as Prometheus's alerting rules, on the metrics that `serve` exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from serve.background import background_series
from serve.metrics import REQUEST_SERIES, Kind, Series, counted_events, family_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from infra.build.template import Template, Tree

_COMPARISONS = {"GreaterThanThreshold": ">"}
_MIN_SECONDS = 120
"""Two scrapes of a minute: `increase` and `max_over_time` see nothing in less."""


def alert_rules(template: Template) -> str:
    """Return the rules as YAML; alarms about what AWS alone knows are left out."""
    rules = [_rule(template, name, alarm) for name, alarm in _alarms_of_serve(template)]
    document = {"groups": [{"name": "cabinet", "rules": rules}]}
    return str(yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120))


def _alarms_of_serve(template: Template) -> Iterator[tuple[str, Tree]]:
    """Give the alarms about numbers that `serve` counts."""
    families = {series.family for series in _all_series(template)}
    for name, alarm in template.resources("AWS::CloudWatch::Alarm"):
        is_rollout_alarm = any(each["Name"] == "ExecutedVersion" for each in alarm.get("Dimensions", ()))
        if "MetricName" in alarm and not is_rollout_alarm and _family(alarm) in families:
            yield name, alarm


def _all_series(template: Template) -> Iterable[Series]:
    counted = [series for made in counted_events(template).values() for series in made]
    return [*REQUEST_SERIES, *counted, *background_series(template)]


def _family(alarm: Tree) -> str:
    return family_name(alarm["Namespace"], alarm["MetricName"])


def _rule(template: Template, name: str, alarm: Tree) -> dict[str, Any]:
    seconds = max(int(alarm["Period"]), _MIN_SECONDS)
    family = _family(alarm)
    selected = family + _labels(alarm)
    kind = next(series.kind for series in _all_series(template) if series.family == family)
    if kind is Kind.HISTOGRAM:
        share = float(alarm["ExtendedStatistic"].removeprefix("p")) / 100
        value = f"histogram_quantile({share:g}, sum by (le) (rate({family}_bucket[{seconds}s])))"
    elif kind is Kind.COUNTER:
        value = f"sum(increase({selected}[{seconds}s]))"
    else:
        value = f"max(max_over_time({selected}[{seconds}s]))"
    expression = f"{value} {_COMPARISONS[alarm['ComparisonOperator']]} {alarm['Threshold']}"
    if alarm["TreatMissingData"] == "breaching":
        expression += f" or absent_over_time({selected}[{seconds}s])"
    rule: dict[str, Any] = {"alert": name.removesuffix("Alarm"), "expr": expression}
    if alarm["EvaluationPeriods"] > 1:
        rule["for"] = f"{alarm['EvaluationPeriods'] * seconds}s"
    return rule | {"annotations": {"summary": alarm["AlarmDescription"]}}


def _labels(alarm: Tree) -> str:
    """Return the labels of an alarm's dimensions; the API's own id is none of ours."""
    found = []
    for each in alarm.get("Dimensions", ()):
        value = each["Value"]
        if each["Name"] == "QueueName":
            value = value["Fn::GetAtt"][0]
        if isinstance(value, str):
            found.append(f'{each["Name"]}="{value}"')
    return "{" + ",".join(found) + "}" if found else ""
