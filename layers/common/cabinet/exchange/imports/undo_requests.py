"""Requests to undo an import, and whether it can be undone. The worker does it (`undo_job`)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cabinet.audit.model import Action, Author
from cabinet.audit.store import record
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Key, Table, Transaction
from cabinet.core import clock
from cabinet.exchange.errors import StaleImport, UndoRejected
from cabinet.exchange.imports import job_store
from cabinet.exchange.imports.import_request_rules import UNDO_RETENTION_DAYS
from cabinet.exchange.imports.import_requests import (
    add_change_if_unchanged,
    audit_subject,
    file_name,
    send_message,
)


@dataclass(frozen=True, slots=True)
class Undo:
    """The undo of one import."""

    supplier_id: str
    import_id: str

    @property
    def key(self) -> Key:
        """Return the key of the import's item."""
        return job_store.import_key(self.supplier_id, self.import_id)

    @property
    def lock_name(self) -> str:
        """Return the name under which the supplier is reserved: not the import's own."""
        return f"undo-{self.import_id}"


def request(author: Author, supplier_id: str, import_id: str, reason: str, now: datetime) -> Undo:
    """Have an import undone; asked for twice, it is once.

    Raises UndoRejected when that cannot be, with why.
    """
    undo = Undo(supplier_id, import_id)
    while True:
        item = job_store.get_job(supplier_id, import_id)
        if item is None:
            raise UndoRejected(f"Загрузки {import_id} у поставщика {supplier_id} нет.")
        reject_impossible(item)
        if item["status"] == "undoing" or item.get("undo_state") == "requested":
            break
        transaction = Transaction()
        asked = {
            "undo_state": "requested", "undone_by": author.name, "undo_reason": reason,
            "undo_requested_at": clock.timestamp(now), "undo_started_at": "", "undo_report_key": "",
        }  # fmt: skip
        add_change_if_unchanged(
            transaction, item, asked, StaleImport,
            condition="(attribute_not_exists(#undo_state) OR #undo_state = :undo_seen)",
            undo_seen=item.get("undo_state", ""),
        )  # fmt: skip
        record(
            transaction, author, Action.IMPORT_UNDONE, audit_subject(item), now,
            before={"status": item["status"], "file": file_name(item)}, reason=reason,
        )  # fmt: skip
        try:
            transaction.commit()
        except StaleImport:
            continue  # it moves to states from which it never comes back: «applied», «undoing», «undone»
        break
    send_message(item, is_undo=True)
    return undo


def last_applied(supplier_id: str) -> str:
    """Return the import that was applied last and is not undone; raises UndoRejected when there is none."""
    applied = [
        item for item in _recent(supplier_id) if item["status"] in job_store.STATUSES_WITH_WRITTEN_ROWS
    ]
    if not applied:
        raise UndoRejected("Отменять нечего: принятых реестров, данные до которых ещё хранятся, нет.")
    return str(max(applied, key=lambda item: int(item["run"]))["import_id"])


def reject_impossible(item: Item) -> None:
    """Raise UndoRejected, with why, for an import that cannot be undone."""
    import_id = item["import_id"]
    if item["status"] == "undone":
        raise UndoRejected(f"Загрузка {import_id} уже отменена.")
    if item["status"] not in job_store.STATUSES_WITH_WRITTEN_ROWS:
        raise UndoRejected(f"Загрузка {import_id} ничего не изменила: её состояние — {item['status']}.")
    if "run" not in item or datetime.fromisoformat(item["applied_at"]) < _oldest():
        raise UndoRejected(
            f"Данные до загрузки {import_id} уже не хранятся: отменить её можно {UNDO_RETENTION_DAYS} дней."
        )
    newer = sorted(
        (int(other["run"]), str(other["import_id"]))
        for other in _recent(str(item["pk"]).partition("#")[2])
        if other["status"] in job_store.STATUSES_WITH_WRITTEN_ROWS and int(other["run"]) > int(item["run"])
    )
    if newer:
        named = ", ".join(name for _, name in reversed(newer))
        raise UndoRejected(f"После неё применены другие реестры; сначала отмените их, по порядку: {named}.")


def _oldest() -> datetime:
    return clock.now() - timedelta(days=UNDO_RETENTION_DAYS)


def _recent(supplier_id: str) -> Iterator[Item]:
    """Yield the imports of which it is kept what they replaced."""
    pk, prefix = job_store.import_key(supplier_id, "")
    # A file may wait for a while before it is applied.
    first = f"{prefix}{_oldest() - timedelta(days=UNDO_RETENTION_DAYS):%Y%m%dT%H%M%SZ}"
    found = dynamo.query_all(Table.ACCOUNTS, pk, between=(first, f"{prefix}~"), consistent=True)
    return (item for item in found if "run" in item)
