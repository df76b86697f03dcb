"""Bounces and complaints: who gets no more mail, and what is held until the address is released."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table
from cabinet.core.errors import NotFound
from cabinet.outbox.emails import Email
from tests.support.aws import Aws
from tests.support.factories import bound_accounts
from tests.support.mailer import EMAIL, mails, make_user, rows, run, run_sweep, write


def bounce(kind: str = "Permanent", address: str = "anna@example.ru", user_id: str = "u1") -> dict[str, Any]:
    message = {
        "eventType": "Bounce",
        "bounce": {"bounceType": kind, "bouncedRecipients": [{"emailAddress": address}]},
        "mail": {"tags": {"user_id": [user_id]}},
    }  # fmt: skip
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(message)}}]}


def test_a_bounced_address_gets_nothing_more_and_its_user_is_marked(aws: Aws) -> None:
    from cabinet.identity.email_problem import email_problem

    make_user()
    run(bounce())
    run(bounce())
    write(EMAIL)
    run_sweep()
    assert mails() == []
    assert rows(aws, "DELIVERY")[0]["reason"] == "suppressed"
    profile = dynamo.get(Table.USERS, ("USER#u1", "PROFILE"))
    assert profile is not None
    assert email_problem(profile) == "bounce"
    assert email_problem(profile | {"email": "new@example.ru"}) is None


def test_settings_warn_of_undelivered_mail_until_release(aws: Aws) -> None:
    from cabinet.notifications.suppression import unsuppress
    from subscriber_profile.app import app

    browser = bound_accounts.browser(app, bound_accounts.user("u1", email="anna@example.ru"))
    owner = {"pk": "EMAIL#anna@example.ru", "sk": "OWNER", "user_id": "u1"}
    dynamo.put(Table.USERS, owner, condition=IS_ABSENT, on_conflict=dynamo.conflict)
    assert browser.get("/api/profile").json()["email_problem"] is None
    run(bounce())
    assert browser.get("/api/profile").json()["email_problem"] == "bounce"
    unsuppress("Anna@example.ru")
    assert browser.get("/api/profile").json()["email_problem"] is None
    write(EMAIL)
    run_sweep()
    assert len(mails()) == 1


def test_a_letter_that_was_held_goes_when_the_address_is_released(aws: Aws) -> None:
    from cabinet.notifications.suppression import unsuppress

    make_user()
    run(bounce())
    write(EMAIL, Email("security_event", "Anna@example.ru", {"what": "x"}, email_id="second"))
    run_sweep()
    assert (mails(), len(rows(aws, "HELDMAIL"))) == ([], 2)
    assert unsuppress("Anna@example.ru") == 2
    assert rows(aws, "HELDMAIL") == []
    run_sweep()
    assert len(mails()) == 2
    with pytest.raises(NotFound):
        unsuppress("anna@example.ru")


def test_a_release_that_crashed_is_finished_by_the_next(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    from cabinet.notifications import suppression

    class Killed(BaseException):
        pass

    def die(person: str) -> int:
        raise Killed

    run(bounce())
    write(EMAIL)
    run_sweep()
    with monkeypatch.context() as dying:
        dying.setattr(suppression, "release_held", die)
        with pytest.raises(Killed):
            suppression.unsuppress("anna@example.ru")
    assert suppression.unsuppress("anna@example.ru") == 1
    run_sweep()
    assert len(mails()) == 1


def test_an_address_released_while_its_letter_is_being_held_gets_the_letter(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cabinet.notifications import outbox_store, suppression

    hold = outbox_store.mark_held

    def hold_too_late(*email: Any) -> None:
        suppression.unsuppress("anna@example.ru")
        hold(*email)

    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        run(bounce())
        write(EMAIL)
        with monkeypatch.context() as raced:
            raced.setattr(outbox_store, "mark_held", hold_too_late)
            run_sweep()
        assert (mails(), rows(aws, "HELDMAIL")) == ([], [])
        clock.shift(61)
        run_sweep()
    assert len(mails()) == 1


def test_a_letter_whose_link_has_ended_is_not_sent_after_the_release(aws: Aws) -> None:
    from cabinet.notifications.suppression import unsuppress

    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        run(bounce())
        for name, template in (("reset", "password_reset"), ("activation", "activation")):
            write(Email(template, "anna@example.ru", {"link": "https://example.ru/"}, email_id=name))
        run_sweep()
        clock.shift(timedelta(hours=2))
        assert unsuppress("anna@example.ru") == 1
        run_sweep()
    assert [mail["X-Cabinet-Letter"] for mail in mails()] == ["activation"]


def test_without_our_tags_the_user_is_found_by_the_address(aws: Aws) -> None:
    make_user("Anna@example.ru")
    owner = {"pk": "EMAIL#anna@example.ru", "sk": "OWNER", "user_id": "u1"}
    dynamo.put(Table.USERS, owner, condition=IS_ABSENT, on_conflict=dynamo.conflict)
    message = {
        "notificationType": "Complaint",
        "complaint": {"complainedRecipients": [{"emailAddress": "anna@example.ru"}]},
        "mail": {},
    }
    run({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(message)}}]})
    profile = dynamo.get(Table.USERS, ("USER#u1", "PROFILE"))
    assert profile is not None
    assert profile["email_problem"]["reason"] == "complaint"


def test_a_full_mailbox_is_not_suppressed(aws: Aws) -> None:
    run(bounce("Transient"))
    assert rows(aws, "SUPPRESSED") == []


@pytest.mark.parametrize(
    ("status", "diagnostic", "subtype", "is_permanent"),
    [
        ("5.3.0", "smtp; 550 5.3.0 rejected", "General", True),
        ("5.3.0", "", "General", True),
        ("5.4.4", "smtp; 550 5.4.4 Invalid domain", "General", True),
        ("5.1.1", None, "Undetermined", True),
        ("", "smtp; 550 5.1.1 user unknown", "General", True),
        (None, "smtp; 550 no such user", "General", True),
        ("4.4.7", "smtp; 421 try later", "General", False),
        ("5.2.2", "smtp; 552 5.2.2 mailbox full", "General", False),
        ("5.3.0", "smtp; 552 quota exceeded", "General", False),
        ("5.3.0", "smtp; 550 mailbox full", "MailboxFull", False),
        ("5.7.1", "smtp; 550 5.7.1 looks like spam", "General", False),
        ("5.6.0", "smtp; 554 message content rejected", "ContentRejected", False),
        (None, "smtp; from 10.250.5.51: come back later", "General", False),
        (None, None, "General", False),
    ],
)
def test_a_bounce_is_judged_by_its_status_where_ses_calls_it_transient(
    aws: Aws, status: str | None, diagnostic: str | None, subtype: str, is_permanent: bool
) -> None:
    told = {"emailAddress": "anna@example.ru", "status": status, "diagnosticCode": diagnostic}
    recipients = [told, {"emailAddress": "boris@example.ru", "status": "4.2.1"}]
    bounce = {"bounceType": "Transient", "bounceSubType": subtype, "bouncedRecipients": recipients}
    message = json.dumps({"eventType": "Bounce", "bounce": bounce, "mail": {}})
    run({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": message}}]})
    assert len(rows(aws, "SUPPRESSED")) == int(is_permanent)
    write(EMAIL, Email("security_event", "boris@example.ru", {"what": "x"}, email_id="two"))
    run_sweep()
    assert {mail["X-Cabinet-Letter"] for mail in mails()} == ({"two"} if is_permanent else {"one", "two"})


@pytest.mark.parametrize(
    ("kind", "is_asked_to_stop"),
    [("abuse", True), ("fraud", True), (None, True), ("not-spam", False), ("auth-failure", False)],
)
def test_who_says_that_our_mail_is_no_spam_goes_on_getting_it(
    aws: Aws, kind: str | None, is_asked_to_stop: bool
) -> None:
    make_user()
    complaint = {
        "complainedRecipients": [{"emailAddress": "anna@example.ru"}],
        "complaintFeedbackType": kind,
    }
    tags = {"tags": {"user_id": ["u1"]}}
    message = json.dumps({"eventType": "Complaint", "complaint": complaint, "mail": tags})
    run({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": message}}]})
    assert ("email_problem" in (dynamo.get(Table.USERS, ("USER#u1", "PROFILE")) or {})) is is_asked_to_stop
    write(EMAIL)
    run_sweep()
    assert len(mails()) == int(not is_asked_to_stop)


def test_a_bounce_of_a_changed_address_marks_nobody(aws: Aws) -> None:
    make_user("new@example.ru")
    run(bounce())
    profile = dynamo.get(Table.USERS, ("USER#u1", "PROFILE"))
    assert profile is not None
    assert "email_problem" not in profile
