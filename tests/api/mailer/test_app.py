"""The mailer as events drive it: nudges, the sweep, bounces. Mail is looked at where moto's SES keeps it."""

import email
import json
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
import time_machine
from botocore.stub import Stubber
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table, Transaction
from cabinet.core.errors import NotFound
from cabinet.notifications.channels.email import ses
from cabinet.outbox.queue import Email, email_key, enqueue, wake_worker
from tests.conftest import REGION, Aws
from tests.support.factories import bound_accounts

LETTER = Email("activation", "anna@example.ru", {"link": "https://site/activate?token=t"}, letter_id="one")


class Context:
    """Lambda's context with plenty of time."""

    aws_request_id = "r"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


@pytest.fixture(autouse=True)
def _verified_sender(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_SENDER", "Личный кабинет <no-reply@cabinet.example.ru>")
    monkeypatch.delenv("MAIL_CONFIGURATION_SET", raising=False)
    aws.client("ses").verify_email_identity(EmailAddress="no-reply@cabinet.example.ru")


def write(*letters: Email) -> None:
    for letter in letters:
        transaction = Transaction()
        enqueue(transaction, letter)
        transaction.commit()


def run(event: dict[str, Any]) -> Any:
    from mailer.app import handler

    return handler(event, Context())


def nudged(*letters: Email) -> Any:
    records = []
    for letter in letters:
        pk, sk = email_key(letter)
        records.append(
            {
                "messageId": letter.letter_id,
                "body": json.dumps({"pk": pk, "sk": sk}),
                "eventSource": "aws:sqs",
            }
        )
    return run({"Records": records})


def swept() -> Any:
    return run({"schedule": "outbox"})


def mails() -> list[EmailMessage]:
    sent = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    return [email.message_from_string(message.raw_data, policy=default) for message in sent]  # type: ignore[arg-type, attr-defined]


def rows(aws: Aws, prefix: str) -> list[dict[str, Any]]:
    found = aws.table("MESSAGES_TABLE").scan()["Items"]
    return [row for row in found if row["pk"].startswith(prefix)]


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException, only: str = "") -> None:
    """Let the provider refuse; letters to others than `only` pass."""
    real = ses.send

    def send(message: bytes, to: str, tags: dict[str, str | None]) -> str:
        if only in to:
            raise error
        return real(message, to, tags)

    monkeypatch.setattr(ses, "send", send)


def test_a_nudged_letter_goes_out_once_and_leaves_no_secret_behind(aws: Aws) -> None:
    write(LETTER)
    assert nudged(LETTER, LETTER) == {"batchItemFailures": []}
    swept()
    (mail,) = mails()
    assert mail["To"] == "anna@example.ru"
    assert mail["Subject"] == "Подтвердите регистрацию в личном кабинете"
    assert mail["X-Cabinet-Letter"] == "one"
    assert "https://site/activate?token=t" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "https://site/activate?token=t" in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert rows(aws, "OUTBOX") == []
    (log,) = rows(aws, "DELIVERY")
    assert log["outcome"] == "sent"
    assert "anna" not in json.dumps(log, default=str)
    assert "token" not in json.dumps(log, default=str)


def test_the_sweep_finds_what_was_never_nudged(aws: Aws) -> None:
    write(LETTER)
    assert swept() == {"taken": 1}
    assert len(mails()) == 1


def test_the_nudge_after_the_commit_reaches_the_queue(aws: Aws) -> None:
    wake_worker(LETTER)
    got = aws.client("sqs").receive_message(QueueUrl=aws.environment["MAIL_QUEUE_URL"])["Messages"]
    pk, sk = email_key(LETTER)
    assert json.loads(got[0]["Body"]) == {"pk": pk, "sk": sk}


def test_a_lost_queue_does_not_break_the_request(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/123456789012/gone")
    wake_worker(LETTER)


def test_letters_to_one_person_go_in_the_order_of_events(aws: Aws) -> None:
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        for index in range(5):
            # Names that sort the other way round: the order is that of time.
            write(Email("security_event", "anna@example.ru", {"what": f"событие {index}"}, f"id-{9 - index}"))
            clock.shift(1)
        nudged(Email("security_event", "anna@example.ru", {}, "id-5"))
    texts = [mail.get_body(("plain",)).get_content() for mail in mails()]  # type: ignore[union-attr]
    assert [text.split("событие ")[1][0] for text in texts] == ["0", "1", "2", "3", "4"]


def test_a_poison_letter_dies_and_holds_up_nobody(aws: Aws) -> None:
    poison = Email("activation", "anna@example.ru", {}, letter_id="poison")
    unknown = Email("no-such-template", "anna@example.ru", {}, letter_id="unknown")
    torn = Email("security_event", "anna@example.ru\nBcc: all@example.ru", {"what": "x"}, letter_id="torn")
    write(poison, unknown, torn, LETTER)
    swept()
    assert [mail["X-Cabinet-Letter"] for mail in mails()] == ["one"]
    assert {row["sk"].partition("#")[2] for row in rows(aws, "DEADMAIL")} == {"poison", "unknown", "torn"}
    assert rows(aws, "OUTBOX") == []


def test_what_the_provider_refuses_for_good_dies_at_once(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, ses.Refused("MessageRejected"))
    write(LETTER)
    swept()
    (dead,) = rows(aws, "DEADMAIL")
    assert dead["failure"] == "MessageRejected"


@pytest.mark.parametrize("address", ["anna@почта.рф", "anna@xn--80a1acny.xn--p1ai"])
def test_the_request_to_the_provider_carries_a_cyrillic_domain_in_punycode(aws: Aws, address: str) -> None:
    write(Email("activation", address, {"link": "https://site/activate?token=t"}, letter_id="one"))
    swept()
    (sent,) = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    # once by the request, once by the header
    assert sent.destinations == ["anna@xn--80a1acny.xn--p1ai"] * 2  # type: ignore[union-attr]
    assert mails()[0]["To"] == "anna@xn--80a1acny.xn--p1ai"


def test_a_request_that_the_provider_does_not_understand_waits_to_be_mended(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """SES answers BadRequestException to a request of the wrong form: our fault, not the letter's end."""
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        write(LETTER)
        with monkeypatch.context() as patched:
            client = ses._client()
            stubber = Stubber(client)
            stubber.add_client_error("send_email", "BadRequestException", "Missing final '@domain'")
            patched.setattr(ses, "_client", lambda: client)
            with stubber:
                swept()
        assert "letter_misunderstood" in caplog.messages
        assert rows(aws, "DEADMAIL") == []
        clock.shift(31)
        swept()
    assert len(mails()) == 1


def test_a_failed_letter_is_tried_again_later_and_later_and_then_dies(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, ses.Failed("InternalServiceErrorException"))
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        write(LETTER)
        tries = 0
        while rows(aws, "OUTBOX"):
            tries += swept()["taken"]
            assert swept() == {"taken": 0}, "not before its time"
            clock.shift(12 * 3600 + 1)
    assert tries == 8
    assert len(rows(aws, "DEADMAIL")) == 1


def test_a_letter_that_failed_once_keeps_its_place_and_later_steps_aside(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = Email("security_event", "anna@example.ru", {"what": "второе"}, letter_id="two")
    real = ses.send

    def send(message: bytes, to: str, tags: dict[str, str | None]) -> str:
        if tags["letter"] == "one":
            raise ses.Failed("timeout")
        return real(message, to, tags)

    monkeypatch.setattr(ses, "send", send)
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        write(LETTER)
        clock.shift(1)
        write(second)
        swept()
        assert mails() == []
        clock.shift(31)
        swept()
        assert [mail["X-Cabinet-Letter"] for mail in mails()] == ["two"]


def test_throttling_stops_the_mailer_and_costs_no_attempt(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def send(message: bytes, to: str, tags: dict[str, str | None]) -> str:
        calls.append(to)
        raise ses.Throttled("TooManyRequestsException")

    monkeypatch.setattr(ses, "send", send)
    write(*(Email("security_event", f"p{n}@example.ru", {"what": "x"}) for n in range(5)))
    swept()
    assert len(calls) == 1
    assert sorted(int(row["attempts"]) for row in rows(aws, "OUTBOX")) == [0] * 5


def test_the_ended_claim_of_a_dead_mailer_is_taken_over(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        write(LETTER)
        with monkeypatch.context() as patched:
            fail_with(patched, Killed())
            with pytest.raises(Killed):
                nudged(LETTER)
        assert swept() == {"taken": 0}, "its claim still holds"
        clock.shift(61)
        assert swept() == {"taken": 1}
    assert len(mails()) == 1


def bounce(kind: str = "Permanent", address: str = "anna@example.ru", user_id: str = "u1") -> dict[str, Any]:
    message = {
        "eventType": "Bounce",
        "bounce": {"bounceType": kind, "bouncedRecipients": [{"emailAddress": address}]},
        "mail": {"tags": {"user_id": [user_id]}},
    }  # fmt: skip
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(message)}}]}


def make_user(email_address: str = "anna@example.ru") -> None:
    row = {"pk": "USER#u1", "sk": "PROFILE", "user_id": "u1", "email": email_address}
    dynamo.put(Table.USERS, row, condition=IS_ABSENT, on_conflict=dynamo.conflict)


def test_a_bounced_address_gets_nothing_more_and_its_user_is_marked(aws: Aws) -> None:
    from cabinet.notifications.suppression import email_problem

    make_user()
    run(bounce())
    run(bounce())
    write(LETTER)
    swept()
    assert mails() == []
    assert rows(aws, "DELIVERY")[0]["reason"] == "suppressed"
    profile = dynamo.get(Table.USERS, ("USER#u1", "PROFILE"))
    assert profile is not None
    assert email_problem(profile) == "bounce"
    assert email_problem(profile | {"email": "new@example.ru"}) is None


def test_the_settings_say_that_mails_do_not_arrive_until_the_address_is_released(aws: Aws) -> None:
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
    write(LETTER)
    swept()
    assert len(mails()) == 1


def test_a_letter_that_was_held_goes_when_the_address_is_released(aws: Aws) -> None:
    from cabinet.notifications.suppression import unsuppress

    make_user()
    run(bounce())
    write(LETTER, Email("security_event", "Anna@example.ru", {"what": "x"}, letter_id="second"))
    swept()
    assert (mails(), len(rows(aws, "HELDMAIL"))) == ([], 2)
    assert unsuppress("Anna@example.ru") == 2
    assert rows(aws, "HELDMAIL") == []
    swept()
    assert len(mails()) == 2
    with pytest.raises(NotFound):
        unsuppress("anna@example.ru")


def test_a_release_that_died_before_the_held_letters_is_finished_by_the_next(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cabinet.notifications import suppression

    class Killed(BaseException):
        pass

    def die(person: str) -> int:
        raise Killed

    run(bounce())
    write(LETTER)
    swept()
    with monkeypatch.context() as dying:
        dying.setattr(suppression, "send_held", die)
        with pytest.raises(Killed):
            suppression.unsuppress("anna@example.ru")
    assert suppression.unsuppress("anna@example.ru") == 1
    swept()
    assert len(mails()) == 1


def test_an_address_released_while_its_letter_is_being_held_gets_the_letter(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cabinet.notifications import outbox_store, suppression

    hold = outbox_store.held

    def hold_too_late(*letter: Any) -> None:
        suppression.unsuppress("anna@example.ru")
        hold(*letter)

    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        run(bounce())
        write(LETTER)
        with monkeypatch.context() as raced:
            raced.setattr(outbox_store, "held", hold_too_late)
            swept()
        assert (mails(), rows(aws, "HELDMAIL")) == ([], [])
        clock.shift(61)
        swept()
    assert len(mails()) == 1


def test_a_letter_whose_link_has_ended_is_not_sent_after_the_release(aws: Aws) -> None:
    from cabinet.notifications.suppression import unsuppress

    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        run(bounce())
        for name, template in (("reset", "password_reset"), ("activation", "activation")):
            write(Email(template, "anna@example.ru", {"link": "https://example.ru/"}, letter_id=name))
        swept()
        clock.shift(timedelta(hours=2))
        assert unsuppress("anna@example.ru") == 1
        swept()
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
    ("status", "diagnostic", "subtype", "is_for_good"),
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
    aws: Aws, status: str | None, diagnostic: str | None, subtype: str, is_for_good: bool
) -> None:
    told = {"emailAddress": "anna@example.ru", "status": status, "diagnosticCode": diagnostic}
    recipients = [told, {"emailAddress": "boris@example.ru", "status": "4.2.1"}]
    bounce = {"bounceType": "Transient", "bounceSubType": subtype, "bouncedRecipients": recipients}
    message = json.dumps({"eventType": "Bounce", "bounce": bounce, "mail": {}})
    run({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": message}}]})
    assert len(rows(aws, "SUPPRESSED")) == int(is_for_good)
    write(LETTER, Email("security_event", "boris@example.ru", {"what": "x"}, letter_id="two"))
    swept()
    assert {mail["X-Cabinet-Letter"] for mail in mails()} == ({"two"} if is_for_good else {"one", "two"})


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
    write(LETTER)
    swept()
    assert len(mails()) == int(not is_asked_to_stop)


def test_a_bounce_of_a_changed_address_marks_nobody(aws: Aws) -> None:
    make_user("new@example.ru")
    run(bounce())
    profile = dynamo.get(Table.USERS, ("USER#u1", "PROFILE"))
    assert profile is not None
    assert "email_problem" not in profile


def test_a_deleted_subscriber_gets_nothing(aws: Aws) -> None:
    write(Email("security_event", "anna@example.ru", {"what": "x"}, user_id="gone"))
    swept()
    assert mails() == []
    assert rows(aws, "DELIVERY")[0]["reason"] == "deleted"


def test_a_mailing_can_be_left_in_one_click_and_service_mail_cannot(aws: Aws) -> None:
    make_user()
    binding = {"pk": "USER#u1", "sk": "BINDING#uk:1", "account_id": "uk:1", "mailings": {"reminders": True}}
    dynamo.put(Table.USERS, binding, condition=IS_ABSENT, on_conflict=dynamo.conflict)
    params = {"number": "1", "address": "УЛ. МИРА, 1"}
    write(
        Email("reminder_window_opens", "anna@example.ru", params, "mailing", "u1", "reminders", "uk:1"),
        Email("security_event", "anna@example.ru", {"what": "x"}, "service", "u1"),
    )
    swept()
    by_id = {mail["X-Cabinet-Letter"]: mail for mail in mails()}
    assert by_id["mailing"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/api/notices/unsubscribe?token=" in by_id["mailing"]["List-Unsubscribe"]
    assert by_id["service"]["List-Unsubscribe"] is None


@pytest.mark.parametrize("binding", [None, {"mailings": {"reminders": False}}])
def test_the_unsubscribed_and_the_unbound_get_no_mailing(aws: Aws, binding: dict[str, Any] | None) -> None:
    make_user()
    if binding is not None:
        row = {"pk": "USER#u1", "sk": "BINDING#uk:1"} | binding
        dynamo.put(Table.USERS, row, condition=IS_ABSENT, on_conflict=dynamo.conflict)
    write(Email("reminder_window_opens", "anna@example.ru", {"number": "1"}, "m", "u1", "reminders", "uk:1"))
    swept()
    assert mails() == []


def test_a_dead_letter_is_sent_again_by_hand(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    from cabinet.notifications import outbox_store

    write(LETTER)
    with monkeypatch.context() as patched:
        fail_with(patched, ses.Refused("MessageRejected"))
        swept()
    (dead,) = outbox_store.dead_letters()
    outbox_store.resend(dead)
    swept()
    assert len(mails()) == 1
    assert list(outbox_store.dead_letters()) == []


def test_a_letter_that_breaks_the_mailer_itself_holds_up_nobody(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, RuntimeError("a bug"), only="boris")
    write(Email("security_event", "boris@example.ru", {"what": "x"}, letter_id="two"), LETTER)
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        for _ in range(10):
            swept()
            clock.shift(61)
    assert [mail["X-Cabinet-Letter"] for mail in mails()] == ["one"]
    assert [row["sk"].partition("#")[2] for row in rows(aws, "DEADMAIL")] == ["two"]


def test_a_record_that_is_no_nudge_fails_alone(aws: Aws) -> None:
    write(LETTER)
    pk, sk = email_key(LETTER)
    records = [
        {"messageId": "bad", "body": "{}", "eventSource": "aws:sqs"},
        {"messageId": "good", "body": json.dumps({"pk": pk, "sk": sk}), "eventSource": "aws:sqs"},
    ]
    assert run({"Records": records}) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert len(mails()) == 1


@pytest.mark.parametrize("name", ["notice", "request_changed"])
def test_who_bound_under_a_former_holder_gets_no_mail_of_the_account(aws: Aws, name: str) -> None:
    bound_accounts.supplier()
    bound_accounts.user("u1", bound_accounts.account(), email="anna@example.ru")
    row = dynamo.get(Table.ACCOUNTS, ("ACCOUNT#uk-test#1234567899", "ACCOUNT")) or {}
    dynamo.put(
        Table.ACCOUNTS,
        row | {"holder": "Петрова Анна"},
        condition=dynamo.IS_PRESENT,
        on_conflict=dynamo.conflict,
    )
    letter = Email(
        name, "anna@example.ru", {"title": "т"}, "held", user_id="u1", account_id="uk-test:1234567899"
    )
    write(letter)
    assert nudged(letter) == {"batchItemFailures": []}
    assert mails() == []
    (log,) = rows(aws, "DELIVERY")
    assert (log["outcome"], log["reason"]) == ("skipped", "former_holder")
