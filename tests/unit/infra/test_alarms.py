"""Each alarm leads to its page; each measure of ours is drawn; what CloudWatch does with lines, in small."""

import json
import re
from typing import Any

import pytest

from cabinet.core.logging import Event
from infra.build.template import ROOT, Template
from tests.support.alarms import matches, raised

PAGE = ROOT / "docs" / "alarms.md"
TABLES = ("Users", "Accounts", "Payments", "Messages")
FAILED = {"type": "platform.report", "record": {"status": "timeout"}}


def sections() -> dict[str, str]:
    """Return the page's sections by their anchors."""
    parts = re.split(r"^## (.+)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-"): text
        for title, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_every_alarm_names_its_page_and_the_page_names_the_alarm(template: Template) -> None:
    page = sections()
    for name, alarm in template.resources("AWS::CloudWatch::Alarm"):
        linked = re.search(r"docs/alarms\.md#([\w-]+)$", alarm["AlarmDescription"])
        assert linked, name
        assert linked[1] in page, f"{name}: docs/alarms.md has no #{linked[1]}"
        assert f"`{name}`" in page[linked[1]], f"docs/alarms.md#{linked[1]} does not name {name}"


def test_every_page_is_in_the_order_of_an_incident(template: Template) -> None:
    named = set()
    for anchor, text in sections().items():
        steps = re.findall(r"^\*\*(.+?)\.\*\*", text, flags=re.MULTILINE)
        assert steps == ["You see", "It means", "Do", "It is over when"], anchor
        named |= set(re.findall(r"`(\w+Alarm|Budget)`", text))
    alarms = {name for name, _ in template.resources("AWS::CloudWatch::Alarm")}
    assert named == alarms | {name for name, _ in template.resources("AWS::Budgets::Budget")}


def test_every_alarm_tells_somebody_or_stops_its_functions_rollout(template: Template) -> None:
    stopping = {
        alarm["Ref"]: name
        for name, function in template.resources("AWS::Serverless::Function")
        for alarm in function["DeploymentPreference"]["Alarms"]
    }
    assert len(stopping) == len(list(template.resources("AWS::Serverless::Function")))
    for name, alarm in template.resources("AWS::CloudWatch::Alarm"):
        if name not in stopping:
            assert alarm["AlarmActions"] == [{"Ref": "Alarms"}], name
        else:
            dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
            function = stopping[name]
            assert dimensions == {
                "FunctionName": {"Ref": function}, "Resource": {"Fn::Sub": f"${{{function}}}:live"},
                "ExecutedVersion": {"Fn::GetAtt": [function, "Version.Version"]},
            }  # fmt: skip
            assert (alarm["MetricName"], alarm["Threshold"]) == ("Errors", 0)


def test_every_metric_of_ours_is_drawn_on_the_dashboard(template: Template) -> None:
    ((_, dashboard),) = template.resources("AWS::CloudWatch::Dashboard")
    drawn = dashboard["DashboardBody"]["Fn::Sub"][0]
    for name, alarm in template.resources("AWS::CloudWatch::Alarm"):
        if alarm.get("Namespace") == "Cabinet":
            assert f'"{alarm["MetricName"]}"' in drawn, name


def test_the_dashboard_is_json_that_answers_four_questions(template: Template) -> None:
    ((_, dashboard),) = template.resources("AWS::CloudWatch::Dashboard")
    body = json.loads(re.sub(r"\$\{[\w.:]+\}", "name", dashboard["DashboardBody"]["Fn::Sub"][0]))
    titles = [each["properties"]["markdown"] for each in body["widgets"] if each["type"] == "text"]
    asked = [re.sub(r"^## |\?.*", "", title) for title in titles]
    assert asked == ["Is it up", "Is money moving", "Is mail moving", "Is data fresh"]
    places = [(each["x"], each["y"], each["width"], each["height"]) for each in body["widgets"]]
    covered = [(x + i, y + j) for x, y, wide, high in places for i in range(wide) for j in range(high)]
    assert len(covered) == len(set(covered)), "widgets that lie upon each other"
    assert max(x for x, _ in covered) < 24


@pytest.mark.parametrize("restored", [False, True])
def test_alarms_and_dashboard_look_at_the_tables_that_functions_work_with(
    template: Template, restored: bool
) -> None:
    ((_, dashboard),) = template.resources("AWS::CloudWatch::Dashboard")
    names = dict.fromkeys(re.findall(r"\$\{([\w:.]+)\}", str(dashboard)), "other")
    names |= {"Alarms": "other"} | {f"{kind}Table": f"{kind}-kept" for kind in TABLES}
    if restored:
        names |= {f"Restored{kind}Table": f"{kind}-restored" for kind in TABLES}
    in_use = {f"{kind}-{'restored' if restored else 'kept'}" for kind in TABLES}
    alarm = dict(template.resources("AWS::CloudWatch::Alarm"))["TableThrottlesAlarm"]
    for watching in (dashboard, alarm):
        seen = set(re.findall(r"\w+-(?:kept|restored)", str(template.resolve(watching, names))))
        assert seen == in_use


@pytest.mark.parametrize(
    ("pattern", "line", "found"),
    [
        ('{ $.message = "a" }', {"message": "a"}, True),
        ('{ $.message = "a" }', {"message": "b"}, False),
        ('{ ($.message = "a") || ($.message = "b") }', {"message": "b"}, True),
        ('{ ($.type = "r") && ($.record.status != "ok") }', {"type": "r", "record": {"status": "ok"}}, False),
        ('{ ($.type = "r") && ($.record.status != "ok") }', {"type": "r", "record": {"status": "no"}}, True),
        ('{ ($.type = "r") && ($.record.status != "ok") }', {"type": "r"}, False),
    ],
)
def test_patterns_are_read_as_cloudwatch_reads_them(pattern: str, line: dict[str, Any], found: bool) -> None:
    assert matches(pattern, line) is found


@pytest.mark.parametrize("refused", [Event.REGISTRY_REFUSED, Event.REGISTRY_UNDO_REFUSED])
def test_a_refused_registry_or_undo_raises_an_alarm(template: Template, refused: Event) -> None:
    assert raised(template, [{"message": refused.value}], []) == {"RefusedRegistriesAlarm"}


@pytest.mark.parametrize(("times", "alarms"), [(4, set()), (5, {"FunctionFailuresAlarm"})])
def test_functions_that_time_out_raise_an_alarm(template: Template, times: int, alarms: set[str]) -> None:
    assert raised(template, [FAILED] * times, []) == alarms
