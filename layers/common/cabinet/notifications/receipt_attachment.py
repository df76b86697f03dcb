"""The PDF that goes by mail to those who refused paper: the very bytes that the documents page gives."""

from typing import Any

from cabinet.accounts.store import get_account_and_supplier
from cabinet.notifications.model import Attachment


def receipt_attachment(params: dict[str, Any]) -> Attachment:
    """Return the sheet of a letter's ``account_id`` and ``document_id``, drawn now if it is not stored.

    Raises
    ------
    cabinet.core.errors.DomainError
        There is no such receipt any more, it cannot be printed, or storage did not answer.
    """
    # Drawing needs a heavy layer, and one letter in hundreds needs drawing.
    from cabinet.receipts import store as sheets

    account, supplier = get_account_and_supplier(params["account_id"])
    sheet = sheets.ensure_document(account, supplier, params["document_id"])
    return Attachment(sheet.file_name, sheets.MEDIA_TYPE, sheets.content(sheet))
