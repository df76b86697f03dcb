"""A rendered email as a MIME message: text and HTML alternatives, attachments, headers of a mailing."""

from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import urlsplit

from cabinet.core.contacts import ascii_email
from cabinet.notifications.model import Attachment, Rendered

_POLICY = SMTP.clone(max_line_length=998)


def compose(
    rendered: Rendered,
    *,
    email_id: str,
    sender: str,
    to: str,
    now: datetime,
    site_origin: str,
    unsubscribe_url: str | None = None,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """Return the message as bytes.

    `Message-ID` follows from the email, so that the two copies of an email sent twice are one to a mail
    program; SES gives its own, and `X-Cabinet-Letter` still tells. A mailing can be left in one click
    (RFC 8058).

    Raises
    ------
    ValueError, email.errors.MessageError
        When a header would carry a line break or the address is none.
    """
    message = EmailMessage(policy=_POLICY)
    name, address = parseaddr(sender)
    message["From"] = Address(name, addr_spec=ascii_email(address))
    message["To"] = Address(addr_spec=ascii_email(to))
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = ascii_email(f"<{email_id}@{urlsplit(site_origin).hostname}") + ">"
    message["X-Cabinet-Letter"] = email_id
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe_url:
        message["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(rendered.text, cte="base64")
    message.add_alternative(rendered.html, subtype="html", cte="base64")
    for attachment in attachments:
        main, _, sub = attachment.content_type.partition("/")
        message.add_attachment(
            attachment.content, maintype=main, subtype=sub or "octet-stream", filename=attachment.name
        )
    return message.as_bytes()
