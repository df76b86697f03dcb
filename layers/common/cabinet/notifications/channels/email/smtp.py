"""Sends by SMTP (RFC 5321): a connection for each email, one try, and codes for what went wrong."""

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from cabinet.aws.secrets import CachedSecret, SecretUnreadable
from cabinet.core.contacts import ascii_email
from cabinet.notifications.channels.email.provider import (
    InvalidSendRequest,
    MailSettings,
    RecipientRejected,
    RetryableSendError,
    SendingSuspended,
    SmtpSecurity,
    Throttled,
    mail_settings,
)

_SECONDS = 8.0
"""Timeout of a whole SMTP dialogue: less than the claim in the outbox lasts."""
_PERMANENT = re.compile(r"5\.(?:[01]\.\d+|2\.1|3\.0|4\.4)\b")
"""RFC 3463: the address, a closed mailbox, the receiving system, a domain without mail."""
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
_NO_SUCH_MAILBOX = {550, 551, 553}


def send(message: bytes, sender: str, to: str) -> str:
    """Hand a MIME message to the server and return the server's identifier, for searching the server's log.

    Raises
    ------
    Throttled, SendingSuspended, RecipientRejected, RetryableSendError, InvalidSendRequest
        See each. Nothing has been sent unless it is a RetryableSendError itself.
    UnicodeError
        When the address has no domain that mail could reach.
    """
    recipient = ascii_email(to)
    with _connected(mail_settings()) as dialogue:
        dialogue.ask("MAIL", f"FROM:<{ascii_email(sender)}>", refused=_sender_error)
        dialogue.ask("RCPT", f"TO:<{recipient}>", refused=_recipient_error)
        return dialogue.data(message)


class _Dialogue:
    """One connection, with a limit for all that is said on it."""

    def __init__(self, server: smtplib.SMTP, deadline: float) -> None:
        self._server = server
        self._deadline = deadline

    def ask(self, verb: str, words: str, *, refused: Callable[[int, str], Exception]) -> None:
        """Say a command; what a refusal means is `refused`'s to tell."""
        _limit(self._server, self._deadline)
        code, reply = self._server.docmd(verb, words)
        if code // 100 != 2:
            raise refused(code, reply.decode("latin-1"))

    def data(self, message: bytes) -> str:
        """Send the message itself; if the connection breaks now, the outcome is unknown."""
        _limit(self._server, self._deadline)
        code, reply = self._server.docmd("DATA")
        if code != 354:
            raise _sender_error(code, reply.decode("latin-1"))
        _limit(self._server, self._deadline)
        self._server.send(_quoted(message))
        code, reply = self._server.getreply()
        text = reply.decode("latin-1")
        if code // 100 == 2:
            return text[:64]
        raise (
            InvalidSendRequest(_code(code, text))
            if code // 100 == 5
            else RetryableSendError(_code(code, text))
        )


@contextmanager
def _connected(settings: MailSettings) -> Iterator[_Dialogue]:
    """Give a connection on which mail may be sent, and close it after that."""
    deadline = time.monotonic() + _SECONDS
    try:
        server = _connect(settings, deadline)
    except (smtplib.SMTPException, OSError, SecretUnreadable) as error:
        raise _failure_before_mail(error) from None
    try:
        yield _Dialogue(server, deadline)
    except (smtplib.SMTPException, OSError) as error:
        raise RetryableSendError(type(error).__name__) from None
    finally:
        server.close()


def _connect(settings: MailSettings, deadline: float) -> smtplib.SMTP:
    context = ssl.create_default_context()
    where = settings.smtp_host, settings.smtp_port
    server: smtplib.SMTP
    if settings.smtp_security is SmtpSecurity.TLS:
        server = smtplib.SMTP_SSL(*where, timeout=_SECONDS, context=context)
    else:
        server = smtplib.SMTP(*where, timeout=_SECONDS)
    try:
        _limit(server, deadline)
        server.ehlo_or_helo_if_needed()
        if settings.smtp_security is SmtpSecurity.STARTTLS:
            _limit(server, deadline)
            server.starttls(context=context)
        if settings.smtp_user:
            _limit(server, deadline)
            server.login(settings.smtp_user, _password(settings.smtp_password_secret).get())
    except BaseException:
        server.close()
        raise
    return server


def _limit(server: smtplib.SMTP, deadline: float) -> None:
    """Let the next step take no longer than is left for the whole dialogue."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    if server.sock is not None:
        server.sock.settimeout(left)


@cache
def _password(secret: str) -> CachedSecret[str]:
    return CachedSecret(secret, str)


def _failure_before_mail(error: Exception) -> Exception:
    """Return what it means that there is no connection: the email is well, and waits."""
    if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code // 100 == 5:
        return SendingSuspended(str(error.smtp_code))
    if isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLCertVerificationError | SecretUnreadable):
        return SendingSuspended(type(error).__name__)
    return Throttled(type(error).__name__)


def _sender_error(code: int, reply: str) -> Exception:
    """Return the error of a server that accepts none of our mail, whoever it is for."""
    return SendingSuspended(_code(code, reply)) if code // 100 == 5 else Throttled(_code(code, reply))


def _recipient_error(code: int, reply: str) -> Exception:
    """Return what it means that this address is not taken."""
    found = _code(code, reply)
    if code // 100 != 5:
        return RetryableSendError(found)
    status = _ENHANCED.search(reply)
    is_permanent = _PERMANENT.match(status[0]) is not None if status else code in _NO_SUCH_MAILBOX
    return RecipientRejected(found) if is_permanent else RetryableSendError(found)


def _code(code: int, reply: str) -> str:
    """Return a reply's codes without its words, which may quote the address."""
    status = _ENHANCED.search(reply)
    return f"{code} {status[0]}" if status else str(code)


def _quoted(message: bytes) -> bytes:
    """Return the message as DATA carries it: CRLF, leading dots doubled, the end marked (RFC 5321, 4.5.2)."""
    lines = re.sub(rb"(?:\r\n|\r|\n)", b"\r\n", message)
    lines = re.sub(rb"(?m)^\.", b"..", lines)
    return lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n"
