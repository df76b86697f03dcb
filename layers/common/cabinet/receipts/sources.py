"""Reads what a payment document is made of: the receipt, the meters and the last payment."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from cabinet import dynamo
from cabinet.accounts.keys import account_partition
from cabinet.accounts.model import Account, Supplier
from cabinet.billing.model import AccountPayment, Receipt
from cabinet.billing.store import receipts_at
from cabinet.dynamo import Table
from cabinet.errors import NotFound
from cabinet.metering.model import Meter
from cabinet.metering.store import meters
from cabinet.periods import Period
from cabinet.receipts.assembling import assemble
from cabinet.receipts.document import PaymentDocument

_DOCUMENT_ID = re.compile(r"((?:19|20)\d\d-(?:0[1-9]|1[0-2]))-(.{1,64})", re.ASCII)

# The three reads need nothing of each other, so they make one round trip together.
_readers = ThreadPoolExecutor(max_workers=3, thread_name_prefix="receipt")


def document_of(account: Account, supplier: Supplier, document_id: str) -> PaymentDocument:
    """Return the document with this identifier of the list «Документы»; one round trip.

    Raises
    ------
    NotFound
        The account has no such receipt.
    PayeeUnknown
        See `assemble`.
    """
    period, kind = _split(document_id)
    found = _readers.submit(receipts_at, account.account_id, [(period, kind)])
    devices = _readers.submit(meters, account.account_id)
    paid = _readers.submit(_last_payment, account.account_id, period)
    receipt, standing, payment = _only(found.result()), devices.result(), paid.result()
    return assemble(account, supplier, receipt, _in_order(standing), payment)


def _split(document_id: str) -> tuple[Period, str]:
    matched = _DOCUMENT_ID.fullmatch(document_id)
    if matched is None:
        raise NotFound
    return matched[1], matched[2]


def _only(receipts: Sequence[Receipt]) -> Receipt:
    if not receipts:
        raise NotFound
    return receipts[0]


def _last_payment(account_id: str, period: Period) -> AccountPayment | None:
    """The last payment received by the end of the document's month: a later one belongs to a later sheet."""
    page = dynamo.query(
        Table.ACCOUNTS,
        account_partition(account_id),
        between=("PAYMENT#", f"PAYMENT#{period}-31#~"),
        limit=1,
        newest_first=True,
    )
    return AccountPayment.model_validate(page.items[0]) if page.items else None


def _in_order(found: Sequence[Meter]) -> list[Meter]:
    """By the day of installation, then by number: the same sheet whatever order storage gives."""
    return sorted(found, key=lambda meter: (meter.installed_on or date.min, meter.number))
