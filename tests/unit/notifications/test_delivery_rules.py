"""What is sent next, when an e-mail is retried, who gets no mail."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.accounts.rules import is_paperless, is_subscribed
from cabinet.notifications.delivery_rules import (
    LEASE_SECONDS,
    MAX_ATTEMPTS,
    next_email,
    retry_after,
    skip_reason,
    throttle_pause,
)
from cabinet.notifications.model import QueuedEmail
from infra.build.template import Template

NOW = 1_000_000


def email(**changes: Any) -> QueuedEmail:
    fields: dict[str, Any] = {
        "pk": "OUTBOX#1", "sk": "person#a", "template": "notice", "to": "a@example.ru", "params": "{}",
        "status": "waiting", "created_at": "2026-11-01T10:00:00.000000+00:00",
    }  # fmt: skip
    return QueuedEmail.model_validate(fields | changes)


queues = st.lists(
    st.builds(
        lambda index, status, attempts, due: email(
            sk=f"person#{index}", status=status, attempts=attempts, due_at=NOW + due,
            created_at=f"2026-11-01T10:00:{index:02d}.000000+00:00",
        ),
        st.integers(0, 59), st.sampled_from(["waiting", "sending"]), st.integers(0, 8), st.integers(-99, 99),
    ),
    unique_by=lambda each: each.sk,
)  # fmt: skip


@given(queues)
def test_a_letter_overtakes_only_what_has_failed_twice(queue: list[QueuedEmail]) -> None:
    chosen = next_email(queue, NOW)
    if chosen is None:
        return
    assert chosen.due_at <= NOW
    for older in (each for each in queue if each.created_at < chosen.created_at):
        assert older.due_at > NOW
        assert older.status == "waiting"
        assert older.attempts >= 2


@given(queues)
def test_nobody_waits_without_a_reason(queue: list[QueuedEmail]) -> None:
    if next_email(queue, NOW) is None and any(each.due_at <= NOW for each in queue):
        first_due = min((each for each in queue if each.due_at <= NOW), key=lambda each: each.created_at)
        older = [each for each in queue if each.created_at < first_due.created_at]
        assert any(each.status == "sending" or each.attempts < 2 for each in older)


def test_retries_come_later_and_later_and_end_after_a_day() -> None:
    pauses = [retry_after(attempts) for attempts in range(1, MAX_ATTEMPTS + 1)]
    assert pauses.pop() is None
    kept = [pause for pause in pauses if pause is not None]
    assert len(kept) == len(pauses)
    assert all(earlier < later for earlier, later in pairwise(kept))
    assert 12 * 3600 < sum(kept) < 36 * 3600


@given(st.integers(1, 10_000))
def test_throttling_waits_between_seconds_and_a_quarter_of_an_hour(times: int) -> None:
    assert 5 <= throttle_pause(times) <= 900
    assert throttle_pause(times) <= throttle_pause(times + 1)


def test_a_claim_outlives_the_function_that_holds_it(template: Template) -> None:
    (mailer,) = (
        properties
        for name, properties in template.resources("AWS::Serverless::Function")
        if name == "MailerFunction"
    )
    assert mailer["Timeout"] < LEASE_SECONDS


def test_a_mailing_that_was_never_chosen_is_not_wanted() -> None:
    assert not is_subscribed(None, "notices")
    assert not is_subscribed({}, "notices")
    assert not is_subscribed({"mailings": {"notices": False}}, "notices")
    assert is_subscribed({"mailings": {"notices": True}}, "notices")


def test_a_withdrawn_refusal_of_paper_is_none() -> None:
    assert is_paperless({"paperless": {"enabled": True}})
    assert not is_paperless({"paperless": {"enabled": False}})
    assert not is_paperless({})
    assert not is_paperless(None)


PROFILE = {"user_id": "u1"}


@pytest.mark.parametrize(
    ("changes", "suppressed", "profile", "binding", "expected"),
    [
        ({}, False, None, None, None),
        ({}, True, PROFILE, None, "suppressed"),
        ({"user_id": "u1"}, False, None, None, "deleted"),
        ({"user_id": "u1"}, False, PROFILE, None, None),
        ({"user_id": "u1", "template": "activation"}, False, None, None, None),
        ({"user_id": "u1", "mailing": "notices", "account_id": "a:1"}, False, PROFILE, None, "unsubscribed"),
        (
            {"user_id": "u1", "mailing": "notices", "account_id": "a:1"},
            False, PROFILE, {"mailings": {"notices": True}}, None,
        ),
        ({"user_id": "u1", "template": "receipt", "account_id": "a:1"}, False, PROFILE, {}, "unsubscribed"),
        (
            {"user_id": "u1", "template": "receipt", "account_id": "a:1"},
            False, PROFILE, {"paperless": {"enabled": True}}, None,
        ),
    ],
)  # fmt: skip
def test_who_must_not_be_written_to(
    changes: dict[str, Any], suppressed: bool, profile: Any, binding: Any, expected: str | None
) -> None:
    found = skip_reason(email(**changes), is_suppressed=suppressed, profile=profile, binding=binding)
    assert found == expected


def test_a_former_holder_gets_no_mail_until_the_surname_is_given() -> None:
    about = email(user_id="u1", account_id="uk:1")
    account = {
        "account_id": "uk:1", "supplier_id": "uk", "number": "1", "holder": "Петров",
        "address": {"house": "1"}, "holder_since": "2026-11-01",
    }  # fmt: skip
    former, present = {"bound_at": "2026-10-01T10:00:00+00:00"}, {"bound_at": "2026-11-05T10:00:00+00:00"}
    reasons = [
        skip_reason(
            about, is_suppressed=False, profile={"email": "a@example.ru"}, binding=binding, account=account
        )
        for binding in (former, present)
    ]
    assert reasons == ["former_holder", None]


def test_an_emergency_is_mailed_whatever_mailings_are_chosen() -> None:
    told = email(template="emergency", user_id="u1", account_id="uk:1")
    silent = {"mailings": {"notices": False}}
    reasons = [
        skip_reason(told, is_suppressed=False, profile={"email": "a@example.ru"}, binding=binding)
        for binding in (None, silent)
    ]
    assert reasons == ["unbound", None]
