"""The versions of a supplier's settings: who set them, when, and the settings themselves.

A version is written in the transaction of the change, with its row in the audit log. The settings from before
there was a history are written with the first change, without an author.
"""

from datetime import datetime
from typing import Any

from cabinet.accounts.keys import settings_version_key
from cabinet.accounts.supplier_model import Supplier
from cabinet.audit.model import Action, Author
from cabinet.audit.store import Subject, record
from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Item, Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound

PAGE_SIZE = 20


def add_revision(
    transaction: Transaction, author: Author, supplier: Supplier, existing: Item | None, revision: int,
    now: datetime,
) -> None:  # fmt: skip
    """Add a new version to the transaction that applies it, and its row in the audit log; raises Conflict."""
    supplier_id = supplier.supplier_id
    content = supplier.model_dump(mode="json")
    before = _content_of(existing)
    _put(transaction, supplier_id, revision, clock.timestamp(now), author.name, content)
    if existing is not None and find(supplier_id, revision - 1) is None:
        _put(transaction, supplier_id, revision - 1, "", "", before)
    changed = [name for name in content if before.get(name) != content[name]]
    subject = Subject(f"supplier:{supplier_id}", (supplier_id,))
    record(
        transaction, author, Action.SUPPLIER_CHANGED, subject, now,
        before={name: before[name] for name in changed if name in before},
        after={name: content[name] for name in changed},
    )  # fmt: skip


def find(supplier_id: str, revision: int) -> Item | None:
    """Return a version: {revision, at, by, content}; None when it is not kept."""
    return dynamo.get(Table.ACCOUNTS, settings_version_key(supplier_id, revision), consistent=True)


def require(supplier_id: str, revision: int) -> Item:
    """Return a version; raises NotFound."""
    found = find(supplier_id, revision)
    if found is None:
        raise NotFound
    return found


def recent(supplier_id: str) -> list[Item]:
    """Return the latest versions, the newest first."""
    pk, _ = settings_version_key(supplier_id, 0)
    return dynamo.query(
        Table.ACCOUNTS, pk, begins="SETTINGS#", newest_first=True, limit=PAGE_SIZE, consistent=True
    ).items


def _content_of(existing: Item | None) -> dict[str, Any]:
    return {} if existing is None else Supplier.model_validate(existing).model_dump(mode="json")


def _put(
    transaction: Transaction, supplier_id: str, revision: int, at: str, by: str, content: dict[str, Any]
) -> None:
    pk, sk = settings_version_key(supplier_id, revision)
    row: Item = {"pk": pk, "sk": sk, "revision": revision, "at": at, "by": by, "content": content}
    transaction.put(Table.ACCOUNTS, row, condition=IS_ABSENT, on_conflict=Conflict)
