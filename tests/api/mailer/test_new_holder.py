"""The receipt that is mailed to a new holder names no payment of before the change."""

import re
from typing import Any

import pytest

from cabinet.accounts.holders import holder_key
from cabinet.accounts.keys import binding_key
from cabinet.accounts.store import get_account_and_supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.outbox.emails import Email
from tests.support import pdf_reader
from tests.support.aws import Aws
from tests.support.factories import bound_accounts, imported_receipts, successions
from tests.support.mailer import mails, rows, run_sweep, write

LAST_PAYMENT = "08.08.2019"
"""What the sheet of September prints: the last payment received by the month's end."""


def mail_receipt(changed_on: str, last_period: str) -> None:
    """Mail September's receipt to a resident who bound the account after its holder had changed."""
    account = imported_receipts.write_all()
    former = {"ended_on": changed_on, "last_period": last_period}
    successions.change_account(
        holder="Петрова Анна",
        holder_since=changed_on,
        former_holders={holder_key(account.account_id, account.holder): former},
    )
    bound_accounts.user("u1", get_account_and_supplier(account.account_id)[0])
    dynamo.update(
        Table.USERS, binding_key("u1", account.account_id), "SET #paperless = :record",
        condition=dynamo.IS_PRESENT, on_conflict=dynamo.conflict,
        record={"enabled": True, "version": "2026-01", "sha256": "ab", "at": "2026-11-01"},
    )  # fmt: skip
    params: dict[str, Any] = {
        "number": account.number, "address": account.address.line, "title": "Квитанция Объединённая",
        "account_id": account.account_id, "document_id": "2019-09-united", "amount": 329308,
    }  # fmt: skip
    write(Email("receipt", "subscriber@example.com", params, "r", "u1", None, account.account_id))
    run_sweep()


@pytest.mark.parametrize(("changed_on", "is_printed"), [("2019-09-01", False), ("2019-08-01", True)])
def test_the_mailed_sheet_prints_only_a_payment_of_the_holders_own_time(
    aws: Aws, changed_on: str, is_printed: bool
) -> None:
    mail_receipt(changed_on, "2019-07")
    (mail,) = mails()
    (attached,) = mail.iter_attachments()
    text = re.sub(r"\s+", " ", " ".join(pdf_reader.page_texts(attached.get_content())))
    assert "за Сентябрь 2019" in text
    assert (LAST_PAYMENT in text) is is_printed


def test_a_former_holders_receipt_is_not_mailed(aws: Aws) -> None:
    mail_receipt("2019-10-05", "2019-09")
    assert mails() == []
    (email,) = rows(aws, "DEAD")
    assert email["failure"] == "not_found"
