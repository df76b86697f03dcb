"""A check of a supplier's contracts as a person asks for it: the request with its audit row, and the result.

Reconciliation tries the contracts, as it has the banks' secrets; what asks has no right to them.
"""

from contextlib import suppress
from datetime import datetime

from cabinet.accounts.store import suppliers
from cabinet.audit.model import Action, Author
from cabinet.audit.store import Subject, record
from cabinet.aws import dynamo, queues
from cabinet.aws.dynamo import IS_PRESENT, Item, Key, Table, Transaction, key_attributes
from cabinet.aws.queues import Queue
from cabinet.core import clock
from cabinet.core.errors import Conflict
from cabinet.core.settings import http_settings
from cabinet.payments import contract_checks

_IS_LATER = "attribute_not_exists(pk) OR #asked_at <= :asked_at"
_UNCHANGED = f"{IS_PRESENT} AND #asked_at = :seen"


def check_key(supplier_id: str) -> Key:
    """Return the key of the last check of a supplier's contracts."""
    return f"SUPPLIER#{supplier_id}", "BANKCHECK"


def request(author: Author, supplier_id: str, now: datetime) -> Item:
    """Start a check of a supplier's contracts; return its state. Raises Conflict."""
    at = clock.timestamp(now)
    row: Item = {
        **key_attributes(check_key(supplier_id)),
        "state": "asked",
        "asked_at": at,
        "asked_by": author.name,
        "findings": [],
    }
    transaction = Transaction()
    transaction.put(Table.ACCOUNTS, row, condition=_IS_LATER, on_conflict=Conflict, asked_at=at)
    subject = Subject(f"supplier:{supplier_id}", (supplier_id,))
    record(transaction, author, Action.BANK_CHECKED, subject, now)
    transaction.commit()
    # Best effort: the person sees that no result came, and starts it again.
    queues.try_send(Queue.RECONCILIATION, [{"check_bank": supplier_id}])
    return row


def find(supplier_id: str) -> Item | None:
    """Return the last check of a supplier's contracts; None when there was none."""
    return dynamo.get(Table.ACCOUNTS, check_key(supplier_id), consistent=True)


def run(supplier_id: str) -> None:
    """Try the contracts and record the result; a check that was asked for anew is left to its own run."""
    (asked,) = dynamo.batch_get([(Table.ACCOUNTS, check_key(supplier_id))], consistent=True)
    supplier = suppliers([supplier_id]).get(supplier_id)
    if asked is None or asked["state"] != "asked" or supplier is None:
        return
    checks = contract_checks.check_contracts(supplier, http_settings().site_origin)
    found = [{"is_right": is_right, "text": text} for is_right, text in checks]
    with suppress(Conflict):
        dynamo.update(
            Table.ACCOUNTS, check_key(supplier_id),
            "SET #state = :done, #checked_at = :now, #findings = :found",
            condition=_UNCHANGED, on_conflict=Conflict, seen=asked["asked_at"], done="done",
            now=clock.timestamp(clock.now()), found=found,
        )  # fmt: skip
