"""The PDF that goes by mail to those who refused paper: the very bytes that the documents page gives."""

from typing import Any

from cabinet.messaging.model import Attachment


def receipt_attachment(params: dict[str, Any]) -> Attachment:
    """Return the receipt of ``account_id``, ``period`` and ``kind``, made now if it was never made."""
    raise NotImplementedError("receipts by mail")
