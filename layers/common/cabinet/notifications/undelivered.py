"""Mail that somebody must look at, by pages: emails that died, addresses that are not written to.

Whoever is limited to suppliers sees what is about accounts of these: an email names its account, an address
its user, whose bindings say whose resident it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cabinet.accounts import store
from cabinet.audit.model import EVERY_SUPPLIER
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table
from cabinet.core.errors import NotFound
from cabinet.core.identifiers import supplier_part
from cabinet.notifications import outbox_store
from cabinet.notifications.suppression import LIST_SHARDS, list_entry_key
from cabinet.outbox.emails import SHARDS

_PAGE_TARGET = 25
_PAGE_SIZE = 25

type Covers = Callable[[list[str]], bool]
"""Whether somebody may see what is about these suppliers (`staff.model.Member.covers`)."""


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows, and where to continue; None at the end."""

    rows: list[Item]
    next_position: dict[str, Any] | None


def list_dead_letters(covers: Covers, after: dict[str, Any] | None) -> RowPage:
    """Return some dead letters."""
    return _list([f"DEADMAIL#{shard}" for shard in range(SHARDS)], covers, after)


def list_suppressed(covers: Covers, after: dict[str, Any] | None) -> RowPage:
    """Return some addresses that are not written to."""
    return _list([f"SUPPRESSIONS#{shard}" for shard in range(LIST_SHARDS)], covers, after)


def find_dead_letter(address_hash: str, email_id: str, covers: Covers) -> Item:
    """Return a dead letter; raises NotFound, also for another supplier's resident."""
    row = dynamo.get(Table.MESSAGES, outbox_store.dead_letter_key(address_hash, email_id), consistent=True)
    return _require_covered(row, covers)


def find_suppressed(address_hash: str, covers: Covers) -> Item:
    """Return the row of an address (its hash); raises NotFound, also for another supplier's resident."""
    return _require_covered(dynamo.get(Table.MESSAGES, list_entry_key(address_hash), consistent=True), covers)


def suppliers_for(row: Item) -> list[str]:
    """Return whose resident an e-mail or address is; without any it is ``*``: every member may see it."""
    if row.get("account_id"):
        return [supplier_part(str(row["account_id"]))]
    try:
        bindings = store.user_bindings(row["user_id"]).bindings if row.get("user_id") else []
    except NotFound:
        bindings = []
    found = dict.fromkeys(supplier_part(str(each["account_id"])) for each in bindings)
    return list(found) or [EVERY_SUPPLIER]


def audit_subject(row: Item) -> str:
    """Return what an entry of the audit log about an email or an address names."""
    return f"account:{row['account_id']}" if row.get("account_id") else f"user:{row.get('user_id') or ''}"


def _require_covered(row: Item | None, covers: Covers) -> Item:
    if row is None or not _is_covered(row, covers):
        raise NotFound
    return row


def _is_covered(row: Item, covers: Covers) -> bool:
    """Tell whether one of the suppliers is the member's own."""
    return covers([EVERY_SUPPLIER]) or any(covers([each]) for each in suppliers_for(row))


def _list(partitions: list[str], covers: Covers, after: dict[str, Any] | None) -> RowPage:
    """Go through some partitions, so that a page has enough rows or the partitions end."""
    found: list[Item] = []
    at: int = after["at"] if after else 0
    key: Item | None = after["key"] if after else None
    while at < len(partitions):
        page = dynamo.query(Table.MESSAGES, partitions[at], after=key, limit=_PAGE_SIZE, consistent=True)
        found += [row for row in page.items if _is_covered(row, covers)]
        key = page.next_key
        at += key is None
        if len(found) >= _PAGE_TARGET:
            break
    return RowPage(found, {"at": at, "key": key} if at < len(partitions) else None)
