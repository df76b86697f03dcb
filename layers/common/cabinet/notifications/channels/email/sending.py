"""Sends a MIME message by the provider that the settings name."""

import importlib
from email.utils import parseaddr

from cabinet.notifications.channels.email import ses
from cabinet.notifications.channels.email.provider import Provider, mail_settings
from cabinet.notifications.channels.email.return_path import return_path


def send(message: bytes, to: str, tags: dict[str, str | None]) -> str:
    """Hand a message over and return the provider's name for it; raises as `ses.send` and `smtp.send` do."""
    settings = mail_settings()
    if settings.mail_provider is Provider.SES:
        return ses.send(message, to, tags)
    if settings.smtp_bounce_address:
        sender = return_path(settings.smtp_bounce_address, to)
    else:
        sender = parseaddr(settings.mail_sender)[1]
    # Only here: most who send by SES would read it in vain at each cold start.
    smtp = importlib.import_module("cabinet.notifications.channels.email.smtp")
    name: str = smtp.send(message, sender, to)
    return name
