"""What a push says, when it may come, what an answer means."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.accounts.notification_kind_rules import KINDS, notification_kind
from cabinet.notifications.channels.email.rendering import EMAIL_TEMPLATES as TEMPLATES
from cabinet.notifications.channels.push.model import QueuedPush
from cabinet.notifications.channels.push.push_rules import (
    MAX_PAUSE_SECONDS,
    RETRY_AFTER_SECONDS,
    TEXTS,
    Outcome,
    earliest_send_time,
    kind_of_push,
    next_push,
    outcome,
    payload,
    push_headers,
    push_skip_reason,
    retry_pause,
)
from cabinet.web_push.encryption import to_base64url

START = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = st.sampled_from(
    ["Asia/Yekaterinburg", "Europe/Kaliningrad", "Asia/Kamchatka", "Europe/Moscow", "UTC"]
)

MOMENTS = st.integers(0, 3 * 366 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


def test_every_letter_with_a_kind_has_a_text() -> None:
    assert {template for template in TEMPLATES if notification_kind(template)} == set(TEXTS)


@pytest.mark.parametrize("template", TEXTS)
def test_a_push_says_kind_title_and_path_and_nothing_else(template: str) -> None:
    kind = notification_kind(template)
    assert kind is not None
    said = json.loads(payload(kind, template))
    assert said == {"kind": kind, "title": TEXTS[template].title, "path": TEXTS[template].path}
    assert "{" not in said["title"], "a title has no place for a value"
    assert said["path"].startswith("/")


@given(MOMENTS, ZONES, st.sampled_from(KINDS))
def test_only_an_emergency_comes_at_night(moment: datetime, zone: str, kind: str) -> None:
    when = earliest_send_time(kind, moment, zone)  # type: ignore[arg-type]
    if kind == "emergencies":
        assert when == moment
        return
    assert 8 <= when.astimezone(ZoneInfo(zone)).hour < 22
    assert timedelta(0) <= when - moment <= timedelta(hours=10)


@pytest.mark.parametrize(
    ("moment", "when"),
    [
        ("2026-11-30T21:59:59+05:00", "2026-11-30T21:59:59+05:00"),
        ("2026-11-30T22:00:00+05:00", "2026-12-01T08:00:00+05:00"),
        ("2026-12-31T23:30:00+05:00", "2027-01-01T08:00:00+05:00"),
        ("2026-12-01T07:59:59+05:00", "2026-12-01T08:00:00+05:00"),
        ("2026-12-01T08:00:00+05:00", "2026-12-01T08:00:00+05:00"),
    ],
)
def test_the_night_is_the_accounts_own(moment: str, when: str) -> None:
    asked = datetime.fromisoformat(moment).astimezone(UTC)
    assert earliest_send_time("receipts", asked, "Asia/Yekaterinburg") == datetime.fromisoformat(when)


def test_a_topic_replaces_the_same_of_one_account_alone() -> None:
    topics = {
        push_headers("receipts", "reminder_receipt", "uk|1", b"a")["Topic"],
        push_headers("receipts", "reminder_receipt", "uk|2", b"a")["Topic"],
        push_headers("reminders", "reminder_debt", "uk|1", b"a")["Topic"],
    }
    assert len(topics) == 3
    assert all(len(topic) == 32 for topic in topics), "RFC 8030, 5.4: 32 letters at most"
    assert "Topic" not in push_headers("payments", "payment_received", "uk|1", b"a")


def test_a_topic_tells_nothing_to_who_knows_the_numbers_of_accounts() -> None:
    """Without the secret of a subscription nobody can compare, of two browsers neither."""
    topics = {push_headers("receipts", "receipt", "uk|1", secret)["Topic"] for secret in (b"a", b"b")}
    plain = to_base64url(hashlib.sha256(b"receipt#uk|1").digest()[:24])
    assert len(topics | {plain}) == 3


def test_an_emergency_is_urgent_and_is_no_news_the_next_day() -> None:
    assert push_headers("emergencies", "emergency", None, b"a") == {"TTL": "43200", "Urgency": "high"}
    assert push_headers("notices", "notice", None, b"a") == {"TTL": "86400", "Urgency": "normal"}


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (201, Outcome.SENT), (202, Outcome.SENT), (404, Outcome.ENDED), (410, Outcome.ENDED),
        (429, Outcome.RETRY), (500, Outcome.RETRY), (503, Outcome.RETRY),
        (301, Outcome.REFUSED), (400, Outcome.REFUSED), (401, Outcome.REFUSED), (403, Outcome.REFUSED),
        (413, Outcome.REFUSED),
    ],
)  # fmt: skip
def test_what_an_answer_means(status: int, meaning: Outcome) -> None:
    assert outcome(status) is meaning


def test_pauses_grow_and_end_and_a_push_service_lengthens_them() -> None:
    assert [retry_pause(tried, None) for tried in range(1, 7)] == [*RETRY_AFTER_SECONDS, None]
    assert retry_pause(1, 300) == 300
    assert retry_pause(3, 5) == RETRY_AFTER_SECONDS[2]
    assert retry_pause(1, 10**9) == MAX_PAUSE_SECONDS


def queued(template: str, at: int, *, due: int = 0, attempts: int = 0, status: str = "waiting") -> QueuedPush:
    return QueuedPush.model_validate(
        {
            "pk": "PUSHBOX#1", "sk": f"anna#{template}-{at}", "template": template, "user_id": "anna",
            "time_zone": "Asia/Yekaterinburg", "status": status, "attempts": attempts, "due_at": due,
            "created_at": (START + timedelta(minutes=at)).isoformat(),
        }
    )  # fmt: skip


def test_a_push_that_waits_for_the_morning_holds_up_nothing() -> None:
    night, emergency = queued("receipt", 0, due=100), queued("emergency", 1)
    assert next_push([night, emergency], 50) == emergency
    assert next_push([night], 50) is None
    assert next_push([night], 100) == night


def test_an_emergency_goes_first_and_its_end_does_not_overtake_it() -> None:
    begun, over, other = queued("emergency", 1, due=100), queued("emergency_over", 2), queued("notice", 0)
    assert next_push([over, queued("emergency", 1), other], 50) == queued("emergency", 1)
    assert next_push([over, begun, other], 50) == other
    assert next_push([over, begun], 50) is None
    assert next_push([over, queued("emergency", 1, due=100, attempts=5, status="sending")], 50) is None
    assert next_push([over, queued("emergency", 1, due=100, attempts=2)], 50) == over


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"profile": None}, "deleted"),
        ({"binding": None}, "unbound"),
        ({"is_former_holder": True}, "former_holder"),
        ({"profile": {"notifications": {"receipts": ["email"]}}}, "unsubscribed"),
        ({"profile": {"notifications": {"notices": []}}}, None),
        ({"moment": START + timedelta(hours=36)}, "outdated"),
        ({"push": queued("activation", 0)}, "unknown_template"),
    ],
)
def test_who_gets_no_push_and_why(changes: dict[str, Any], reason: str | None) -> None:
    push = queued("reminder_receipt", 0).model_copy(update={"account_id": "uk:1"})
    facts = {"push": push, "moment": START, "profile": {}, "binding": {}, "is_former_holder": False} | changes
    asked, moment = facts.pop("push"), facts.pop("moment")
    assert push_skip_reason(asked, moment, **facts) == reason


def test_a_push_about_no_account_needs_none() -> None:
    facts: dict[str, Any] = {"profile": {}, "binding": None, "is_former_holder": False}
    assert push_skip_reason(queued("payment_received", 0), START, **facts) is None


def test_a_letter_without_a_kind_is_no_push() -> None:
    assert kind_of_push("emergency") == "emergencies"
    with pytest.raises(ValueError, match="activation"):
        kind_of_push("activation")
