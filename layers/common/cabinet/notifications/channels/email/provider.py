"""What all ways of sending mail have in common: the settings, and what a provider's refusal means."""

from enum import StrEnum
from functools import cache

from pydantic import Field

from cabinet.core.settings import Settings


class Provider(StrEnum):
    """What `MAIL_PROVIDER` may be: SES v2's protocol, or SMTP."""

    SES = "ses"
    SMTP = "smtp"


class SmtpSecurity(StrEnum):
    """How the connection is encrypted: from its beginning, by STARTTLS, or not at all (on this machine)."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class MailSettings(Settings):
    """What the mailer needs to know."""

    site_origin: str
    mail_sender: str
    """The From header: ``Личный кабинет <no-reply@host>``."""
    mail_provider: Provider = Provider.SES
    mail_configuration_set: str = ""
    """SES's configuration set."""
    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: SmtpSecurity = SmtpSecurity.STARTTLS
    smtp_user: str = ""
    """Empty: no sign-in is asked for."""
    smtp_password_secret: str = ""
    """Name of the secret."""
    smtp_bounce_address: str = ""
    """Where undeliverable mail comes back to (RFC 5321, the envelope's sender); empty: to `mail_sender`."""


class Throttled(Exception):
    """The provider accepts no mail at all just now: nothing is wrong with this e-mail."""


class SendingSuspended(Throttled):
    """The provider accepts none of our mail until a person has fixed our account there: e-mails wait."""


class RetryableSendError(Exception):
    """This try failed; whether the email went out is not known. The text is a code, for the log."""


class InvalidSendRequest(RetryableSendError):
    """The provider does not understand our request: ours to mend, and until then the email waits."""


class RecipientRejected(RetryableSendError):
    """The address takes no mail and never will: SES reports it by a bounce, SMTP may say so at once."""


SECONDS_TO_SEND = 11
"""What one email may take at worst: the provider's timeout and our own writes."""


@cache
def mail_settings() -> MailSettings:
    """Return the settings, read once."""
    return MailSettings.load()
