"""Reads what a payment document is made of: the receipt, the meters and the last payment."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from cabinet.accounts.keys import account_partition
from cabinet.accounts.model import Account
from cabinet.accounts.supplier_model import Supplier
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Key, Table
from cabinet.billing.keys import receipt_key
from cabinet.billing.model import AccountPayment, Receipt
from cabinet.core.errors import NotFound
from cabinet.core.periods import Period
from cabinet.metering.model import Meter
from cabinet.metering.queries import list_shown_meters
from cabinet.receipts.builder import build_document
from cabinet.receipts.document import PaymentDocument

_DOCUMENT_ID = re.compile(r"((?:19|20)\d\d-(?:0[1-9]|1[0-2]))-([^#]{1,64})", re.ASCII)

_MAX_PAYMENTS_READ = 10
"""Maximum payments searched for one that was not withdrawn."""

# The two reads need nothing of each other, so they make one round trip together.
_readers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="receipt")


def stored_receipt_key(account_id: str, document_id: str) -> Key:
    """Return the key of a document's receipt; raises NotFound for what cannot be a document."""
    matched = _DOCUMENT_ID.fullmatch(document_id)
    if matched is None:
        raise NotFound
    return receipt_key(account_id, matched[1], matched[2])


def load_receipt(account_id: str, document_id: str) -> Receipt:
    """Return the receipt of a document; raises NotFound. One read."""
    row = dynamo.require(Table.ACCOUNTS, stored_receipt_key(account_id, document_id))
    return Receipt.model_validate(row)


def load_document(account: Account, supplier: Supplier, receipt: Receipt) -> PaymentDocument:
    """Return the document of a receipt, with meters and the last payment read; one round trip.

    Raises
    ------
    PayeeUnknown
        See `builder.build_document`.
    """
    meters = _readers.submit(list_shown_meters, account)
    payment = _readers.submit(_last_payment, account, receipt.period)
    return build_document(account, supplier, receipt, _meters_in_order(meters.result()), payment.result())


def _last_payment(account: Account, period: Period) -> AccountPayment | None:
    """The last payment received by the end of the document's month: a later one belongs to a later sheet."""
    since = account.shown_from.day if account.shown_from else ""
    low, high = f"PAYMENT#{since}", f"PAYMENT#{period}-31#~"
    if low > high:
        return None
    page = dynamo.query(
        Table.ACCOUNTS,
        account_partition(account.account_id),
        between=(low, high),
        limit=_MAX_PAYMENTS_READ,
        newest_first=True,
    )
    # One of zero was withdrawn by a registry.
    paid = (AccountPayment.model_validate(row) for row in page.items if row["amount"])
    return next(paid, None)


def _meters_in_order(found: Sequence[Meter]) -> list[Meter]:
    """Sort by the day of installation, then by number: the sheet does not depend on storage's order."""
    return sorted(found, key=lambda meter: (meter.installed_on or date.min, meter.number))
