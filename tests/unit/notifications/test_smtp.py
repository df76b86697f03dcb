"""Mail by SMTP: what is said to the server, and what each of its refusals means for the letter."""

import socket
from collections.abc import Iterator

import pytest

from cabinet.notifications.channels.email import sending
from cabinet.notifications.channels.email.provider import (
    InvalidSendRequest,
    RecipientRejected,
    RetryableSendError,
    SendingSuspended,
    Throttled,
)
from cabinet.notifications.channels.email.return_path import is_authentic
from tests.support import fake_smtp
from tests.support.aws import Aws, clear_caches
from tests.support.fake_smtp import SmtpServer

MESSAGE = b"Subject: test\r\n\r\nfirst\r\n.second\r\nthird\r\n"
TO = "anna@example.ru"


@pytest.fixture
def server(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpServer]:
    with fake_smtp.serving() as made:
        settings = {
            "MAIL_PROVIDER": "smtp", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(made.port),
            "SMTP_SECURITY": "none", "MAIL_SENDER": "Личный кабинет <no-reply@cabinet.example.ru>",
        }  # fmt: skip
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        clear_caches()
        yield made


def send(to: str = TO) -> str:
    return sending.send(MESSAGE, to, {})


def test_a_letter_arrives_as_it_was_written(server: SmtpServer) -> None:
    assert send() == "2.0.0 queued as 4F2"
    assert server.messages == [MESSAGE]
    assert "MAIL FROM:<no-reply@cabinet.example.ru>" in server.commands
    assert f"RCPT TO:<{TO}>" in server.commands


def test_a_russian_domain_goes_out_in_ascii(server: SmtpServer) -> None:
    send("anna@почта.рф")
    assert "RCPT TO:<anna@xn--80a1acny.xn--p1ai>" in server.commands


def test_what_comes_back_comes_to_an_address_that_names_its_recipient(
    server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_BOUNCE_ADDRESS", "bounces@cabinet.example.ru")
    clear_caches()
    send()
    (said,) = [command for command in server.commands if command.startswith("MAIL")]
    assert said.startswith("MAIL FROM:<bounces+")
    assert len(said.partition("<")[2].partition("@")[0]) <= 64
    assert is_authentic(said, TO)
    assert not is_authentic(said, "other@example.ru")


def test_who_signs_in_does_it_by_a_secret(server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {
        "SMTP_USER": "cabinet", "SMTP_PASSWORD_SECRET": "smtp",
        "SECRETS_SOURCE": "environment", "SECRET_SMTP": "pw",
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    clear_caches()
    send()
    assert any(command.startswith("AUTH PLAIN ") for command in server.commands)
    monkeypatch.delenv("SECRET_SMTP")
    clear_caches()
    with pytest.raises(SendingSuspended):
        send()


@pytest.mark.parametrize(
    ("verb", "answer", "error", "code"),
    [
        ("greeting", "421 4.3.2 busy", Throttled, "SMTPConnectError"),
        ("MAIL", "451 4.7.1 slower", Throttled, "451 4.7.1"),
        ("MAIL", "550 5.7.1 who are you", SendingSuspended, "550 5.7.1"),
        ("RCPT", "450 4.2.1 greylisted", RetryableSendError, "450 4.2.1"),
        ("RCPT", "550 5.1.1 <anna@example.ru> unknown", RecipientRejected, "550 5.1.1"),
        ("RCPT", "550 no such user", RecipientRejected, "550"),
        ("RCPT", "552 5.2.2 full", RetryableSendError, "552 5.2.2"),
        ("RCPT", "554 5.7.1 spam", RetryableSendError, "554 5.7.1"),
        ("RCPT", "drop", RetryableSendError, "SMTPServerDisconnected"),
        ("DATA", "451 4.3.0 not now", Throttled, "451 4.3.0"),
        ("end", "452 4.3.1 no room", RetryableSendError, "452 4.3.1"),
        ("end", "554 5.6.0 content", InvalidSendRequest, "554 5.6.0"),
        ("end", "drop", RetryableSendError, "SMTPServerDisconnected"),
    ],
)
def test_a_refusal_says_whether_the_letter_waits(
    server: SmtpServer, verb: str, answer: str, error: type[Exception], code: str
) -> None:
    server.answers[verb] = answer
    with pytest.raises(error) as found:
        send()
    assert type(found.value) is error
    assert str(found.value) == code
    assert "anna" not in str(found.value)


def test_a_server_that_is_not_there_takes_no_mail_just_now(
    server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("SMTP_PORT", str(probe.getsockname()[1]))
        clear_caches()
        with pytest.raises(Throttled):
            send()


def test_a_server_without_encryption_is_told_nothing(
    server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_SECURITY", "starttls")
    clear_caches()
    with pytest.raises(SendingSuspended):
        send()
    assert not [command for command in server.commands if command.startswith(("MAIL", "AUTH"))]
