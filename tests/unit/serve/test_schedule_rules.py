"""When a schedule was last due."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.build.template import Template
from serve.manifest import schedules, time_zone
from serve.schedule_rules import ExpressionUnknown, last_due

TEMPLATE = Template.load()
ZONE = ZoneInfo("Asia/Yekaterinburg")  # five hours ahead


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "now", "due"),
    [
        ("rate(1 minute)", "2026-11-27T08:15:42", "2026-11-27T08:15:00"),
        ("rate(2 minutes)", "2026-11-27T08:15:42", "2026-11-27T08:14:00"),
        ("rate(6 hours)", "2026-11-27T08:15:42", "2026-11-27T06:00:00"),
        ("rate(1 day)", "2026-11-27T08:15:42", "2026-11-27T00:00:00"),
        ("cron(30 1 * * ? *)", "2026-11-27T08:15:42", "2026-11-26T20:30:00"),
        ("cron(30 1 * * ? *)", "2026-11-27T20:29:59", "2026-11-26T20:30:00"),
        ("cron(30 1 * * ? *)", "2026-11-27T20:30:00", "2026-11-27T20:30:00"),
        ("cron(0 * * * ? *)", "2026-11-27T08:15:42", "2026-11-27T08:00:00"),
        ("cron(*/20 9-17 ? * MON-FRI *)", "2026-11-29T08:15:42", "2026-11-27T12:40:00"),
        ("cron(5/30 0 1,15 * ? *)", "2026-11-27T08:15:42", "2026-11-14T19:35:00"),
        ("cron(0 0 29 2 ? *)", "2026-11-27T08:15:42", "2024-02-28T19:00:00"),
        ("cron(0 0 1 1 ? 2020)", "2022-11-27T08:15:42", "2019-12-31T19:00:00"),
    ],
)
def test_the_newest_due_moment_is_found(expression: str, now: str, due: str) -> None:
    assert last_due(expression, ZONE)(at(now)) == at(due)


def test_what_was_not_due_in_four_years_is_not_due() -> None:
    assert last_due("cron(0 0 1 1 ? 2019)", ZONE)(at("2026-11-27T08:15:42")) is None


@pytest.mark.parametrize(
    "expression",
    [
        "rate(0 minutes)", "rate(5 weeks)", "at(2026-11-27T08:15:42)", "cron(0 0 L * ? *)",
        "cron(60 0 * * ? *)", "cron(0 9-5 * * ? *)", "cron(0 0 * JAN ? *)", "cron(0 0 * * *)", "",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionUnknown):
        last_due(expression, ZONE)


@given(st.integers(1_000_000_000, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)))
def test_each_schedule_of_the_template_is_due_once_between_neighbours(now: datetime) -> None:
    for schedule in schedules(TEMPLATE):
        due = last_due(schedule.expression, ZoneInfo(time_zone(TEMPLATE)))
        found = due(now)
        assert found is not None
        assert found <= now
        assert due(found) == found
        before = due(found - timedelta(microseconds=1))
        assert before is not None
        assert before < found
