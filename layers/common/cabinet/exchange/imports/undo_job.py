"""One undo from its request (`undo_requests`) to its report, whatever interrupts it.

First every account is checked, and nothing is written if any of them has something newer. Then the
accounts are restored one after the other. A run that breaks off is run again: what is restored is known by
its mark. What a rival changes between the two passes is left and named in the report.
"""

import csv
import io
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from cabinet.aws import dynamo
from cabinet.aws.dynamo import Item, Table
from cabinet.core import clock
from cabinet.core.logging import Event, log_error, log_event
from cabinet.core.remaining_time import SecondsLeft
from cabinet.exchange.errors import ImportInProgress, StaleImport, UndoRejected
from cabinet.exchange.exports.csv_writer import escape_formula
from cabinet.exchange.imports import (
    bucket,
    earlier_files,
    import_lock,
    job_store,
    previous_registry,
    undo_apply,
)
from cabinet.exchange.imports.import_job import ImportResult
from cabinet.exchange.imports.locations import REPORTS
from cabinet.exchange.imports.undo_apply import UndoProgress
from cabinet.exchange.imports.undo_requests import Undo, reject_impossible
from cabinet.exchange.imports.undo_rules import REASONS
from cabinet.exchange.imports.undo_staging import UndoStaging

_MARGIN_SECONDS = 45
COLUMNS = ("ls", "code", "message")


# ------------------------------------------------------------------ one run


def run(undo: Undo, seconds_left: SecondsLeft) -> ImportResult:
    """Undo as far as the time that remains allows."""
    item = job_store.get_job(undo.supplier_id, undo.import_id)
    if item is None or item["status"] == "undone" or item.get("undo_state") not in ("requested", "writing"):
        import_lock.release_leftover_lock(undo)
        return ImportResult.DONE
    now = clock.now()
    if item["undo_state"] == "requested" and not item.get("undo_started_at"):
        with suppress(StaleImport):
            _save(undo, seen=item["status"], undo_started_at=clock.timestamp(now))
    try:
        import_lock.acquire_lock(undo, now, now + timedelta(seconds=seconds_left()))
    except ImportInProgress:
        return ImportResult.WAIT
    try:
        outcome = _run_locked(undo, seconds_left)
    except StaleImport:
        outcome = ImportResult.DONE
    if outcome is not ImportResult.CONTINUE:
        # What continues at once keeps its turn: an import between two runs would find accounts of both kinds.
        import_lock.release_lock(undo)
    return outcome


def _run_locked(undo: Undo, seconds_left: SecondsLeft) -> ImportResult:
    item = job_store.get_job(undo.supplier_id, undo.import_id)
    if item is None or item["status"] not in job_store.STATUSES_WITH_WRITTEN_ROWS:
        return ImportResult.DONE
    if item["status"] != "undoing":
        try:
            reject_impossible(item)
        except UndoRejected as refusal:
            return _refuse(undo, item, UndoProgress(), refusal.detail)
    with tempfile.TemporaryDirectory(prefix="undo-") as folder, UndoStaging(Path(folder) / "undo.db") as kept:
        kept.load(undo.supplier_id, undo.import_id)
        if item["status"] != "undoing":
            dry_run = undo_apply.run(kept.accounts(), undo_apply.dry_run, UndoProgress(), lambda _: True)
            if dry_run.skipped:
                return _refuse(undo, item, dry_run, "")
            _save(undo, seen=item["status"], status="undoing", undo_state="writing", accounts=kept.count())
        progress = UndoProgress(
            item.get("undo_after", ""), int(item.get("undo_restored", 0)), int(item.get("undo_left", 0)),
            [(number, code) for number, code in item.get("undo_conflicts", ())],
        )  # fmt: skip
        may_go_on = _saving(undo, seconds_left)
        progress = undo_apply.run(
            kept.accounts(progress.after), undo_apply.restore_accounts, progress, may_go_on
        )
    if not progress.finished:
        return ImportResult.CONTINUE
    _restore_registry_state(undo, item)
    _finish(undo, item, progress)
    return ImportResult.DONE


def _saving(undo: Undo, seconds_left: SecondsLeft) -> Callable[[UndoProgress], bool]:
    def may_go_on(reached: UndoProgress) -> bool:
        goes_on = seconds_left() > _MARGIN_SECONDS
        if not goes_on:
            _save(
                undo, seen="undoing", undo_after=reached.after, undo_restored=reached.restored,
                undo_left=reached.skipped, undo_conflicts=[list(each) for each in reached.conflicts[:500]],
                accounts_done=reached.restored + reached.skipped,
            )  # fmt: skip
        return goes_on

    return may_go_on


def _restore_registry_state(undo: Undo, item: Item) -> None:
    """Restore what the supplier's registries are compared with, so that the same one may come again."""
    for scope, stamp in item.get("newest_before", {}).items():
        job_store.restore_latest_stamp(undo.supplier_id, scope, str(stamp), undo.import_id)
    stamp = str(item.get("registry_stamp", ""))
    previous_registry.restore(undo.supplier_id, undo.import_id)
    earlier_files.forget(undo.supplier_id, undo.import_id, stamp)


def _refuse(undo: Undo, item: Item, dry_run: UndoProgress, why: str) -> ImportResult:
    lines = [
        why or f"Загрузка не отменена, ничего не изменено: счетов, на которых стоит новое, {dry_run.skipped}."
    ]
    key = _report(undo, dry_run, lines)
    _save(undo, seen=item["status"], undo_state="refused", undo_report_key=key)
    log_error(
        Event.REGISTRY_UNDO_REFUSED, supplier_id=undo.supplier_id, import_id=undo.import_id,
        accounts=dry_run.skipped,
    )  # fmt: skip
    return ImportResult.DONE


def _finish(undo: Undo, item: Item, progress: UndoProgress) -> None:
    lines = [f"Загрузка отменена. Счетов возвращено: {progress.restored}."]
    if progress.skipped:
        lines.append(
            f"Оставлено как есть, потому что во время отмены на них появилось новое: {progress.skipped}."
        )
    key = _report(undo, progress, lines)
    _save(
        undo, seen="undoing", status="undone", undo_state="done", undo_report_key=key,
        undo_restored=progress.restored, undo_left=progress.skipped, undone_at=clock.timestamp(clock.now()),
    )  # fmt: skip
    log_event(
        Event.REGISTRY_UNDONE,
        supplier_id=undo.supplier_id,
        import_id=undo.import_id,
        skipped=progress.skipped,
    )


def _report(undo: Undo, progress: UndoProgress, lines: list[str]) -> str:
    """Write the report, ``ls;code;message``, and return its key."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number, code in progress.conflicts:
        writer.writerow([escape_formula(number), code, REASONS[code]])
    if progress.skipped > len({number for number, _ in progress.conflicts}):
        writer.writerow(["", "more", "Остальные счета не перечислены."])
    for line in lines:
        writer.writerow(["", "summary", line])
    key = f"{REPORTS}{undo.supplier_id}/{undo.import_id}-undo.csv"
    bucket.write(key, written.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8")
    return key


def _save(undo: Undo, *, seen: str, **attributes: Any) -> None:  # noqa: ANN401 - the item's attributes
    """Change the import's item, if its state is the one that was `seen`; raises StaleImport."""
    dynamo.update(
        Table.ACCOUNTS, undo.key, "SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
        condition="attribute_exists(pk) AND #status = :seen", on_conflict=StaleImport,
        seen=seen, **attributes,
    )  # fmt: skip
