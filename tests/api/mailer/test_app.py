"""The mailer as events drive it: messages of the queue, the sweep, tries again, dead letters."""

import json
import re
from typing import Any

import pytest
import time_machine
from botocore.stub import Stubber
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from cabinet.accounts.keys import binding_key
from cabinet.autopay.service import AnnouncedCharge, account_from_token, announced_charge
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table
from cabinet.core.correlation import correlation_id
from cabinet.notifications.channels.email import ses
from cabinet.notifications.channels.email.rendering import RenderError
from cabinet.outbox.emails import Email, outbox_key, wake_mailer
from tests.support.aws import REGION, Aws
from tests.support.factories import bound_accounts, imported_receipts
from tests.support.mailer import EMAIL, fail_with, mails, make_user, rows, run, run_for, run_sweep, write

PLAN = "2026-11-28:2026-10-main"


def test_an_email_of_a_message_goes_out_once_and_leaves_no_secret_behind(aws: Aws) -> None:
    write(EMAIL)
    assert run_for(EMAIL, EMAIL) == {"batchItemFailures": []}
    run_sweep()
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


def test_the_sweep_finds_what_no_message_named(aws: Aws) -> None:
    write(EMAIL)
    assert run_sweep() == {"taken": 1}
    assert len(mails()) == 1


def test_the_message_after_the_commit_reaches_the_queue(aws: Aws) -> None:
    wake_mailer(EMAIL)
    got = aws.client("sqs").receive_message(QueueUrl=aws.environment["MAIL_QUEUE_URL"])["Messages"]
    pk, sk = outbox_key(EMAIL)
    assert json.loads(got[0]["Body"]) == {"pk": pk, "sk": sk, "correlation_id": correlation_id()}


def test_a_lost_queue_does_not_break_the_request(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/123456789012/gone")
    wake_mailer(EMAIL)


def test_letters_to_one_person_go_in_the_order_of_events(aws: Aws) -> None:
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        for index in range(5):
            # Names that sort the other way round: the order is that of time.
            write(Email("security_event", "anna@example.ru", {"what": f"событие {index}"}, f"id-{9 - index}"))
            clock.shift(1)
        run_for(Email("security_event", "anna@example.ru", {}, "id-5"))
    texts = [mail.get_body(("plain",)).get_content() for mail in mails()]  # type: ignore[union-attr]
    assert [text.split("событие ")[1][0] for text in texts] == ["0", "1", "2", "3", "4"]


def test_the_oldest_goes_first_of_any_number_of_letters(aws: Aws) -> None:
    """By the names of their rows the first of them are the last to wait."""
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        for index in range(60):
            write(
                Email("security_event", "anna@example.ru", {"what": f"событие {index}."}, f"id-{99 - index}")
            )
            clock.shift(1)
        run_for(Email("security_event", "anna@example.ru", {}, "id-50"))
    first, second, *_ = mails()
    assert "событие 0." in first.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "событие 1." in second.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_who_refused_paper_gets_the_receipt_with_the_letter(aws: Aws) -> None:
    account = imported_receipts.write_all()
    bound_accounts.user("u1", account)
    refusal = {"enabled": True, "version": "2026-01", "sha256": "ab", "at": "2026-11-01"}
    dynamo.update(
        Table.USERS, binding_key("u1", account.account_id), "SET #paperless = :record",
        condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict, record=refusal,
    )  # fmt: skip
    params: dict[str, Any] = {
        "number": account.number, "address": account.address.line, "title": "Квитанция Объединённая",
        "account_id": account.account_id, "document_id": "2019-09-united", "amount": 329308,
    }  # fmt: skip
    write(Email("receipt", "subscriber@example.com", params, "r", "u1", None, account.account_id))
    run_sweep()
    (mail,) = mails()
    (attached,) = mail.iter_attachments()
    documents = aws.environment["DOCUMENTS_BUCKET"]
    (stored,) = aws.client("s3").list_objects_v2(Bucket=documents)["Contents"]
    sheet = aws.client("s3").get_object(Bucket=documents, Key=stored["Key"])["Body"].read()
    assert (attached.get_content_type(), attached.get_content()) == ("application/pdf", sheet)


def test_a_poison_letter_dies_and_holds_up_nobody(aws: Aws) -> None:
    poison = Email("activation", "anna@example.ru", {}, email_id="poison")
    unknown = Email("no-such-template", "anna@example.ru", {}, email_id="unknown")
    torn = Email("security_event", "anna@example.ru\nBcc: all@example.ru", {"what": "x"}, email_id="torn")
    write(poison, unknown, torn, EMAIL)
    run_sweep()
    assert [mail["X-Cabinet-Letter"] for mail in mails()] == ["one"]
    assert {row["sk"].partition("#")[2] for row in rows(aws, "DEADMAIL")} == {"poison", "unknown", "torn"}
    assert rows(aws, "OUTBOX") == []


@pytest.mark.parametrize("address", ["anna@почта.рф", "anna@xn--80a1acny.xn--p1ai"])
def test_the_request_to_the_provider_carries_a_cyrillic_domain_in_punycode(aws: Aws, address: str) -> None:
    write(Email("activation", address, {"link": "https://site/activate?token=t"}, email_id="one"))
    run_sweep()
    (sent,) = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    # once by the request, once by the header
    assert sent.destinations == ["anna@xn--80a1acny.xn--p1ai"] * 2  # type: ignore[union-attr]
    assert mails()[0]["To"] == "anna@xn--80a1acny.xn--p1ai"


@pytest.mark.parametrize("code", ["BadRequestException", "MessageRejected"])
def test_a_request_that_the_provider_does_not_take_waits_to_be_mended(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    """A request of the wrong form, or a sender that is not verified: our fault, not the letter's end."""
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        write(EMAIL)
        with monkeypatch.context() as patched:
            client = ses.ses_client()
            stubber = Stubber(client)
            stubber.add_client_error("send_email", code, "Missing final '@domain'")
            patched.setattr(ses, "ses_client", lambda: client)
            with stubber:
                run_sweep()
        assert "email_request_invalid" in caplog.messages
        assert rows(aws, "DEADMAIL") == []
        clock.shift(31)
        run_sweep()
    assert len(mails()) == 1


def test_a_failed_letter_is_tried_again_later_and_later_and_then_dies(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, ses.RetryableSendError("InternalServiceErrorException"))
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        write(Email("security_event", "anna@example.ru", {"what": "x"}, email_id="one"))
        tries = 0
        while rows(aws, "OUTBOX"):
            tries += run_sweep()["taken"]
            assert run_sweep() == {"taken": 0}, "not before its time"
            clock.shift(12 * 3600 + 1)
    assert tries == 8
    assert len(rows(aws, "DEADMAIL")) == 1


def test_a_letter_that_failed_once_keeps_its_place_and_later_steps_aside(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = Email("security_event", "anna@example.ru", {"what": "второе"}, email_id="two")
    real = ses.send

    def send(message: bytes, to: str, tags: dict[str, str | None]) -> str:
        if tags["letter"] == "one":
            raise ses.RetryableSendError("timeout")
        return real(message, to, tags)

    monkeypatch.setattr(ses, "send", send)
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        write(EMAIL)
        clock.shift(1)
        write(second)
        run_sweep()
        assert mails() == []
        clock.shift(31)
        run_sweep()
        assert [mail["X-Cabinet-Letter"] for mail in mails()] == ["two"]


def test_throttling_stops_the_mailer_and_costs_no_attempt(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def send(message: bytes, to: str, tags: dict[str, str | None]) -> str:
        calls.append(to)
        raise ses.Throttled("TooManyRequestsException")

    monkeypatch.setattr(ses, "send", send)
    write(*(Email("security_event", f"p{n}@example.ru", {"what": "x"}) for n in range(5)))
    run_sweep()
    assert len(calls) == 1
    assert sorted(int(row["attempts"]) for row in rows(aws, "OUTBOX")) == [0] * 5


@pytest.mark.parametrize("code", ["AccountSuspendedException", "SendingPausedException"])
def test_a_suspended_account_is_told_and_its_letters_wait(
    aws: Aws,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    code: str,
) -> None:
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        write(Email("security_event", "anna@example.ru", {"what": "x"}, email_id="one"))
        with monkeypatch.context() as patched:
            client = ses.ses_client()
            stubber = Stubber(client)
            for _ in range(3):
                stubber.add_client_error("send_email", code, "suspended")
            patched.setattr(ses, "ses_client", lambda: client)
            with stubber:
                for _ in range(3):
                    run_sweep()
                    clock.shift(3600)
        lines = [vars(record) for record in caplog.records if record.message == "mail_suspended"]
        assert [line["failure"] for line in lines] == [code] * 3
        measured = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
        assert [each["OldestEmailSeconds"] for each in measured] == [[0.0], [3600.0], [7200.0]]
        assert {each["service"] for each in measured} == {"mailer"}
        run_sweep()
    assert len(mails()) == 1


def test_a_letter_whose_link_has_ended_while_it_waited_is_not_sent(aws: Aws) -> None:
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        write(Email("password_reset", "anna@example.ru", {"link": "https://site/x"}, email_id="one"))
        clock.shift(3601)
        run_sweep()
    (row,) = rows(aws, "DELIVERY")
    assert (mails(), row["outcome"], row["reason"]) == ([], "skipped", "outdated")


def test_the_ended_claim_of_a_dead_mailer_is_taken_over(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        write(EMAIL)
        with monkeypatch.context() as patched:
            fail_with(patched, Killed())
            with pytest.raises(Killed):
                run_for(EMAIL)
        assert run_sweep() == {"taken": 0}, "its claim still holds"
        clock.shift(61)
        assert run_sweep() == {"taken": 1}
    assert len(mails()) == 1


def test_a_deleted_subscriber_gets_nothing(aws: Aws) -> None:
    write(Email("security_event", "anna@example.ru", {"what": "x"}, user_id="gone"))
    run_sweep()
    assert mails() == []
    assert rows(aws, "DELIVERY")[0]["reason"] == "deleted"


def test_mail_of_a_planned_charge_has_skip_and_switch_off_links(aws: Aws) -> None:
    make_user()
    bound = {"pk": "USER#u1", "sk": "BINDING#uk:1", "account_id": "uk:1"}
    dynamo.put(Table.USERS, bound, condition=IS_ABSENT, on_conflict=dynamo.conflict)
    params = {"number": "1", "amount": 329308, "on": "2026-11-28", "masked_pan": "…1234", "plan": PLAN}
    write(Email("autopay_planned", "anna@example.ru", params, "planned", "u1", None, "uk:1"))
    run_sweep()
    (mail,) = mails()
    plain = mail.get_body(("plain",))
    assert plain is not None
    links = dict(re.findall(r"/(autopay-skip|autopay-off)\?token=(\S+)", plain.get_content()))
    assert announced_charge(links["autopay-skip"]) == AnnouncedCharge("u1", "uk:1", PLAN)
    assert account_from_token(links["autopay-off"]) == ("u1", "uk:1")
    html = mail.get_body(("html",))
    assert html is not None
    assert all(token in html.get_content() for token in links.values())


def test_a_mailing_can_be_left_in_one_click_and_service_mail_cannot(aws: Aws) -> None:
    make_user()
    binding = {"pk": "USER#u1", "sk": "BINDING#uk:1", "account_id": "uk:1", "mailings": {"reminders": True}}
    dynamo.put(Table.USERS, binding, condition=IS_ABSENT, on_conflict=dynamo.conflict)
    params = {"number": "1", "address": "УЛ. МИРА, 1"}
    write(
        Email("reminder_window_opens", "anna@example.ru", params, "mailing", "u1", "reminders", "uk:1"),
        Email("security_event", "anna@example.ru", {"what": "x"}, "service", "u1"),
    )
    run_sweep()
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
    run_sweep()
    assert mails() == []


def test_a_dead_letter_is_sent_again_by_hand(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    from cabinet.notifications import outbox_store

    write(EMAIL)
    with monkeypatch.context() as patched:
        fail_with(patched, RenderError("no value"))
        run_sweep()
    (dead,) = outbox_store.dead_letters()
    outbox_store.resend(dead)
    run_sweep()
    assert len(mails()) == 1
    assert list(outbox_store.dead_letters()) == []


def test_a_letter_that_breaks_the_mailer_itself_holds_up_nobody(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, RuntimeError("a bug"), only="boris")
    write(Email("security_event", "boris@example.ru", {"what": "x"}, email_id="two"), EMAIL)
    with time_machine.travel("2026-11-01T10:00:00Z", tick=False) as clock:
        for _ in range(10):
            run_sweep()
            clock.shift(61)
    assert [mail["X-Cabinet-Letter"] for mail in mails()] == ["one"]
    assert [row["sk"].partition("#")[2] for row in rows(aws, "DEADMAIL")] == ["two"]


def test_a_record_that_names_no_email_fails_alone(aws: Aws) -> None:
    write(EMAIL)
    pk, sk = outbox_key(EMAIL)
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
    email = Email(
        name, "anna@example.ru", {"title": "т"}, "held", user_id="u1", account_id="uk-test:1234567899"
    )
    write(email)
    assert run_for(email) == {"batchItemFailures": []}
    assert mails() == []
    (log,) = rows(aws, "DELIVERY")
    assert (log["outcome"], log["reason"]) == ("skipped", "former_holder")
