"""Restores accounts to their state before an import, in parallel, while time lasts.

Nothing is restored of an account on which something newer was written. Each write has the condition that the
row is as it was read, so a concurrent change is noticed and the account is read again.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from cabinet.accounts import paperless
from cabinet.accounts.paperless import StalePaperless
from cabinet.accounts.search_index import changes_of_rows
from cabinet.aws.dynamo import MAX_ACTIONS, Item, Table, Transaction
from cabinet.core import clock
from cabinet.core.errors import ServiceUnavailable
from cabinet.exchange.errors import ConcurrentModification
from cabinet.exchange.imports import apply, job_store
from cabinet.exchange.imports.undo_log import LoggedAccount
from cabinet.exchange.imports.undo_removals import apply_removals
from cabinet.exchange.imports.undo_rules import (
    QueuedReadingChange,
    RowChange,
    UndoDecision,
    decide,
    is_meter_state_field,
    rows_of,
    unaccounted_before,
)
from cabinet.exchange.imports.write_plan import change_meter_summaries
from cabinet.metering import export_queue
from cabinet.metering.errors import StaleMeter
from cabinet.metering.meter_summaries import summary_changes

_MAX_RETRIES = 6
MAX_LISTED = 10_000

type AccountLog = Sequence[LoggedAccount]
"""One account's lines of the log, in the order in which they were written."""


@dataclass(slots=True)
class UndoProgress:
    """How far an undo has come."""

    after: str = ""
    """The last account done, in the order of numbers."""
    restored: int = 0
    skipped: int = 0
    """Accounts on which something newer was written."""
    conflicts: list[tuple[str, str]] = field(default_factory=list)
    """The first of them, with the code of the reason."""
    finished: bool = False

    def note(self, undo: UndoDecision) -> None:
        """Count one account."""
        if not undo.conflicts:
            self.restored += 1
            return
        self.skipped += 1
        room = MAX_LISTED - len(self.conflicts)
        self.conflicts += [(undo.number, code) for code in sorted(undo.conflicts)][:room]


def run(
    accounts: Iterator[AccountLog],
    work: Callable[[Sequence[AccountLog]], list[UndoDecision]],
    progress: UndoProgress,
    may_go_on: Callable[[UndoProgress], bool],
) -> UndoProgress:
    """Give the accounts to `work` in windows; `may_go_on` is asked between them.

    `work` is `dry_run` or `restore_accounts`.
    """
    progress.finished = False
    with ThreadPoolExecutor(apply.THREADS) as executor:
        for window in itertools.batched(accounts, apply.THREADS * apply.BATCH_SIZE, strict=False):
            batches = itertools.batched(window, apply.BATCH_SIZE, strict=False)
            for done in executor.map(work, batches):
                for undo in done:
                    progress.note(undo)
            progress.after = window[-1][0].number
            if not may_go_on(progress):
                return progress
    progress.finished = True
    return progress


def dry_run(accounts: Sequence[AccountLog]) -> list[UndoDecision]:
    """Return what is to be restored of some accounts; nothing is written."""
    keys = [key for kept in accounts for key in rows_of(kept)]
    current = job_store.load_existing(keys, consistent=True)
    undos = [decide(kept, current) for kept in accounts]
    for undo in undos:
        apply_removals(undo)
    return undos


def restore_accounts(accounts: Sequence[AccountLog]) -> list[UndoDecision]:
    """Restore some accounts; those with conflicts are left as they are."""
    return [_restore_account(kept, undo) for kept, undo in zip(accounts, dry_run(accounts), strict=True)]


def _restore_account(kept: AccountLog, undo: UndoDecision) -> UndoDecision:
    for _ in range(_MAX_RETRIES):
        if undo.conflicts:
            return undo
        try:
            write_account(undo)
        except (ConcurrentModification, StaleMeter, StalePaperless):
            (undo,) = dry_run([kept])
            continue
        return undo
    raise ServiceUnavailable


def write_account(undo: UndoDecision) -> None:
    """Write what is restored of one account, on the condition that nothing of it has moved."""
    transaction = Transaction()
    if undo.paperless is not None:
        paperless.restore_all(transaction, undo.paperless, clock.timestamp(clock.now()))
    for queue in dict.fromkeys(line.queue for line in undo.queued_readings):
        _restore_export_queue(
            transaction, undo, [line for line in undo.queued_readings if line.queue == queue]
        )
    for change in undo.changes:
        rows = _index_writes(change)
        if len(transaction) and len(transaction) + len(rows) >= MAX_ACTIONS:
            transaction.commit()
            transaction = Transaction()
        _add(transaction, change, undo.meter_summaries)
        for write in rows:
            write(transaction)
    if undo.account and undo.account not in (change.key for change in undo.changes):
        change_meter_summaries(transaction, undo.account, undo.meter_summaries)
    if len(transaction):
        transaction.commit()


def _index_writes(change: RowChange) -> list[Callable[[Transaction], object]]:
    """Return the writes by which the desk's search follows an account's holder and address."""
    stays = change.target is not None and change.fields is not None and "holder" not in change.fields
    if change.key[1] != "ACCOUNT" or stays:
        return []
    return [*changes_of_rows(change.current, change.target, change.current["account_id"])]


def _restore_export_queue(
    transaction: Transaction, undo: UndoDecision, lines: Sequence[QueuedReadingChange]
) -> None:
    """Put back what the account's row of the export queue said of readings; raises StaleMeter."""
    row = job_store.load_existing([lines[0].queue], consistent=True).get(lines[0].queue)
    if row is None:
        raise StaleMeter
    changes = [export_queue.QueueChange.of(line.attribute, line.line) for line in lines]
    export_queue.update_queue(transaction, str(row["account_id"]), row, changes)


def _add(transaction: Transaction, change: RowChange, meter_summaries: dict[str, Item | None]) -> None:
    is_account, is_meter = change.key[1] == "ACCOUNT", change.key[1].startswith("METER#")
    condition, seen = _unchanged(
        change.current, _CHECKED_ATTRIBUTES.get(change.key[1].partition("#")[0], ("mark",))
    )
    if change.target is None:
        if is_account:
            condition += _UNBOUND_AND_UNPAID
            seen |= {"nothing": {}}
        transaction.delete(
            Table.ACCOUNTS, change.key, condition=condition, on_conflict=ConcurrentModification, **seen
        )
        return
    target, fields = change.target, change.fields
    if is_meter:
        # Increase the version, so that a writer that read the old one fails.
        target = target | {"version": change.current["version"] + 1}
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    sets, removes = [], []
    for index, name in enumerate(sorted(target.keys() | change.current.keys() if fields is None else fields)):
        if change.keeps_state and is_meter_state_field(name):
            continue
        if target.get(name) == change.current.get(name) and (name in target) == (name in change.current):
            continue
        names[f"n{index}"] = name
        if name in target:
            sets.append(f"#n{index} = :v{index}")
            values[f"v{index}"] = target[name]
        else:
            removes.append(f"#n{index}")
    for index, (payment_id, entry) in enumerate(unaccounted_before(change).items()):
        names |= {"unaccounted": "unaccounted", f"p{index}": payment_id}
        if entry is None:
            removes.append(f"#unaccounted.#p{index}")
        else:
            sets.append(f"#unaccounted.#p{index} = :p{index}")
            values[f"p{index}"] = entry
    if is_account:
        entries = summary_changes(meter_summaries)
        sets += entries.sets
        removes += entries.removes
        names |= entries.names
        values |= entries.values
    expression = " ".join(
        f"{verb} {', '.join(parts)}" for verb, parts in (("SET", sets), ("REMOVE", removes)) if parts
    )
    transaction.update(
        Table.ACCOUNTS, change.key, expression, condition=condition, on_conflict=ConcurrentModification,
        names=names, **seen, **values,
    )  # fmt: skip


_CHECKED_ATTRIBUTES = {
    "ACCOUNT": ("mark", "revision"),
    "METER": ("mark", "version"),
    "READING": ("mark", "accepted_on", "status"),
}
_UNBOUND_AND_UNPAID = (
    " AND attribute_not_exists(#bound) AND attribute_not_exists(#reserved_version)"
    " AND #unaccounted = :nothing"
)
"""The account has no bindings and no payments, so it can be deleted."""


def _unchanged(current: Item, names: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """Return the condition that a row is as it was read, with its values."""
    seen = {f"seen_{name}": current[name] for name in names if name in current}
    parts = [
        f"#{name} = :seen_{name}" if name in current else f"attribute_not_exists(#{name})" for name in names
    ]
    return " AND ".join(["attribute_exists(pk)", *parts]), seen
