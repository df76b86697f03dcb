"""What a mail server reports of an email that could not be delivered (RFC 3464)."""

from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, Message

from cabinet.notifications.channels.email import return_path
from cabinet.notifications.suppression import Report, is_permanent

MAX_BYTES = 256 * 1024
"""What is read of a report: the email that comes back with it says nothing more."""
_ADDRESSED = ("To", "Delivered-To", "X-Original-To")


def read_delivery_report(raw: bytes) -> Report | None:
    """Return what a report asks of us; None for a delay, for another mail, and for one that proves nothing.

    Only addresses count whose return path the report was sent to (`return_path`): anyone can write a report.
    """
    try:
        message = message_from_bytes(raw[:MAX_BYTES], policy=policy.default)
        assert isinstance(message, EmailMessage)  # noqa: S101 - what the default policy makes
        if message.get_content_type() != "multipart/report":
            return None
        headers = " ".join(str(value) for name in _ADDRESSED for value in message.get_all(name, []))
        failed = [
            (address, status)
            for part in message.walk()
            if part.get_content_type() == "message/delivery-status"
            for block in part.get_payload()
            if isinstance(block, Message) and (found := _failed(block)) is not None
            for address, status in [found]
        ]
    except (MessageError, ValueError, LookupError, AttributeError, TypeError):
        return None  # torn, or made to be
    proved = [(address, status) for address, status in failed if return_path.is_authentic(headers, address)]
    if not proved:
        return None
    return Report("bounce", tuple(address for address, _ in proved), proved[0][1], None)


def _failed(block: Message) -> tuple[str, str] | None:
    """Return the recipient of a block, and the status, when it will never take mail."""
    if str(block.get("Action", "")).strip().lower() != "failed":
        return None
    status, diagnostic = str(block.get("Status", "")), str(block.get("Diagnostic-Code", ""))
    recipient = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
    address = recipient.partition(";")[2].strip(" <>\t")
    return (address, status.strip()[:16]) if address and is_permanent(status, diagnostic) else None
