"""The PDF that is mailed to residents without paper: the same bytes as on the documents page."""

from typing import Any

from cabinet.accounts.keys import binding_key
from cabinet.accounts.new_holder_rules import account_for_new_holder, history_start_for
from cabinet.accounts.store import get_account_and_supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.notifications.model import Attachment


def receipt_attachment(user_id: str, params: dict[str, Any]) -> Attachment:
    """Return the PDF of an email's ``account_id`` and ``document_id``, drawn now if it is not stored.

    It shows what the person may see of the account: to a new holder, no payment from before them.

    Raises
    ------
    cabinet.core.errors.DomainError
        There is no such receipt or binding any more, it cannot be printed, or storage did not answer.
    """
    # Drawing needs a heavy layer, and one email in hundreds needs drawing.
    from cabinet.receipts import pdf_store

    account, supplier = get_account_and_supplier(params["account_id"])
    binding = dynamo.require(Table.USERS, binding_key(user_id, account.account_id))
    shown = account_for_new_holder(account, history_start_for(binding, account, supplier))
    pdf = pdf_store.ensure_document(shown, supplier, params["document_id"])
    return Attachment(pdf.file_name, pdf_store.MEDIA_TYPE, pdf_store.content(pdf))
