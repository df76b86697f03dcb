"""One import from the uploaded file to its report, whatever interrupts it.

Each step may be repeated: the same upload has the same import, a finished one is left alone, a broken-off
one checks the file again (checking writes nothing) and continues after the last account that was done.
"""

import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from cabinet.accounts.supplier_model import Supplier
from cabinet.core import clock
from cabinet.core.errors import ServiceUnavailable
from cabinet.core.logging import Event, log_event
from cabinet.core.remaining_time import SecondsLeft
from cabinet.exchange.errors import ImportInProgress, StaleImport
from cabinet.exchange.formats import archive
from cabinet.exchange.formats.detection import FileReader
from cabinet.exchange.imports import apply, bucket, import_lock, job_store, previous_registry, report
from cabinet.exchange.imports.apply import Progress
from cabinet.exchange.imports.earlier_files import EarlierFiles
from cabinet.exchange.imports.job_store import Job
from cabinet.exchange.imports.locations import REPORTS, ObjectLocation
from cabinet.exchange.imports.previous_registry import KnownAccounts
from cabinet.exchange.imports.report import Issues
from cabinet.exchange.imports.staging_db import StagingDb
from cabinet.exchange.imports.summary import summary
from cabinet.exchange.imports.totals import Totals
from cabinet.exchange.imports.undo_log import UndoLog
from cabinet.exchange.imports.validate import ValidatedFile, check
from cabinet.exchange.imports.write_plan import Import
from cabinet.exchange.model import RegistryRejected

_SAVED_EVERY_SECONDS = 5.0
_MARGIN_SECONDS = 45
"""What a run keeps for its last window of accounts and its report."""
_CHUNK_BYTES = 1 << 20


class ImportResult(StrEnum):
    """How a run ended."""

    DONE = "done"
    """Applied or refused; the report is there."""
    CONTINUE = "continue"
    """Time ran short: run the same job again."""
    WAIT = "wait"
    """Another import of the supplier runs: run the same job again a little later."""


def run(job: Job, seconds_left: SecondsLeft) -> ImportResult:
    """Import one uploaded file, as far as the time that remains allows."""
    item = job_store.begin(job)
    if item["status"] in job_store.FINISHED:
        import_lock.release_leftover_lock(job)
        return ImportResult.DONE
    location, supplier = ObjectLocation.of(job.object_key), job_store.get_supplier(job.supplier_id)
    if location is None or supplier is None:
        return reject(job, "unknown_supplier", f"Поставщика «{job.supplier_id}» нет.")
    if import_lock.is_locked_by_other(job, clock.now()):
        return ImportResult.WAIT
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder) / "registry"
        try:
            download(job, path)
        except RegistryRejected as refusal:
            return reject(job, refusal.issue.code, refusal.issue.message)
        with StagingDb(Path(folder) / "stage.db") as staging, EarlierFiles(job) as earlier_files:
            uploaded_on = clock.local_date(job.uploaded_at, supplier.time_zone)
            reader = FileReader(
                supplier, location.name, uploaded_on, location.format, encoding=location.encoding
            )
            checked = check_file(path, reader, job, staging, earlier_files)
            if checked.refused:
                return _finish(job, checked, Progress())
            return _apply(job, supplier, checked, staging, earlier_files, seconds_left)


def check_file(
    path: Path, reader: FileReader, job: Job, staging: StagingDb, earlier_files: EarlierFiles
) -> ValidatedFile:
    """Read a whole file into `staging` and compare it with what is stored; nothing is written."""
    with ThreadPoolExecutor(apply.THREADS) as executor:
        load = partial(job_store.load_existing, executor=executor)
        return check(
            path,
            reader,
            job.uploaded_at,
            staging,
            apply.existing_accounts(executor),
            load,
            earlier_files.find_issues,
        )


def _apply(
    job: Job,
    supplier: Supplier,
    checked: ValidatedFile,
    staging: StagingDb,
    earlier_files: EarlierFiles,
    seconds_left: SecondsLeft,
) -> ImportResult:
    now = clock.now()
    try:
        run_number = import_lock.acquire_lock(job, now, now + timedelta(seconds=seconds_left()))
    except ImportInProgress:
        return ImportResult.WAIT
    try:
        progress = _resume_apply(job, supplier, checked, staging, run_number, seconds_left)
        if not progress.finished:
            return ImportResult.CONTINUE
        earlier_files.keep(checked.left_out)
        return _finish(job, checked, progress, staging)
    except StaleImport:
        return ImportResult.DONE
    finally:
        import_lock.release_lock(job)


def _resume_apply(
    job: Job,
    supplier: Supplier,
    checked: ValidatedFile,
    staging: StagingDb,
    run_number: int,
    seconds_left: SecondsLeft,
) -> Progress:
    registry, item = checked.registry, job_store.get_job(job.supplier_id, job.import_id)
    if registry is None or item is None:
        raise ServiceUnavailable
    format_name = checked.format or "native"
    scopes = apply.stamp_scopes(staging, format_name)
    latest_stamps = job_store.latest_applied(supplier.supplier_id, scopes)
    _note_beginning(job, item, run_number, registry.stamp, latest_stamps)
    for scope in sorted(scopes):
        if latest_stamps[scope] < registry.stamp:
            job_store.save_latest_stamp(supplier.supplier_id, scope, registry.stamp, job.import_id)
    log = UndoLog(job.supplier_id, job.import_id, run_number)
    importing = Import(supplier, registry, format_name, latest_stamps, staging.payments_digest, log)
    progress = Progress(item["after"], Counter(item["counts"]))
    accounts = staging.count_accounts()
    saved_at = time.monotonic()

    def may_go_on(reached: Progress) -> bool:
        nonlocal saved_at
        goes_on = seconds_left() > _MARGIN_SECONDS
        if not goes_on or time.monotonic() - saved_at > _SAVED_EVERY_SECONDS:
            job_store.save(
                job,
                status="applying",
                after=reached.after,
                counts=dict(reached.tally),
                accounts=accounts,
                accounts_done=staging.count_accounts(reached.after),
            )
            saved_at = time.monotonic()
        return goes_on

    return apply.apply(staging, importing, checked.left_out, progress, may_go_on)


def _note_beginning(
    job: Job, item: dict[str, Any], run_number: int, stamp: str, latest_stamps: dict[str, str]
) -> None:
    """Note what an undo starts from: the run, by which imports follow each other, and the earlier stamps.

    Raises StaleImport where the import is finished or undone meanwhile.
    """
    before = item.get("newest_before", latest_stamps)
    job_store.save(
        job, status="applying", run=run_number, newest_before=before, registry_stamp=stamp,
        applied_at=clock.timestamp(clock.now()),
    )  # fmt: skip


# ------------------------------------------------------------------ the file and the report


def download(job: Job, path: Path) -> None:
    """Bring the object to disk in pieces; raises RegistryRejected for one that is too large."""
    answer = bucket.s3().get_object(Bucket=bucket.name(), Key=job.object_key)
    if answer["ContentLength"] > archive.MAX_FILE_BYTES:
        raise archive.too_large(answer["ContentLength"])
    if job.is_from_desk and answer["ETag"].strip('"') != job.version:
        raise RegistryRejected("file_changed", "Файл изменился после того, как его загрузили.")
    with path.open("wb") as written:
        for chunk in answer["Body"].iter_chunks(_CHUNK_BYTES):
            written.write(chunk)


def job_for_object(object_key: str) -> Job | None:
    """Return the job of an uploaded object as it is now; None when its key is not one of a registry."""
    location = ObjectLocation.of(object_key)
    if location is None:
        return None
    head = bucket.s3().head_object(Bucket=bucket.name(), Key=object_key)
    version = head["ETag"].strip('"')
    return Job(location.supplier_id, object_key, version, head["LastModified"], location.import_id)


def reject(job: Job, code: str, message: str) -> ImportResult:
    """End an import whose file cannot even be read."""
    return _finish(job, rejected_file(code, message), Progress())


def rejected_file(code: str, message: str) -> ValidatedFile:
    """Return the outcome of a file that could not even be read."""
    issues = Issues()
    issues.add(RegistryRejected(code, message).issue)
    return ValidatedFile(issues, refused=True)


def _finish(
    job: Job, checked: ValidatedFile, progress: Progress, staging: StagingDb | None = None
) -> ImportResult:
    absent = _note_known_accounts(job, checked, staging) if staging is not None else {}
    totals = staging.totals if staging is not None else Totals()
    status = "refused" if checked.refused else "applied"
    report_key = f"{REPORTS}{job.supplier_id}/{job.import_id}.csv"
    content = report.to_csv(checked.issues, summary(checked, progress.tally, totals, absent))
    bucket.write(report_key, content, "text/csv; charset=utf-8")
    try:
        job_store.save(
            job,
            status=status,
            after=progress.after,
            counts=dict(progress.tally),
            amount=totals.amount,
            **checked.facts(),
            report_key=report_key,
            finished_at=clock.timestamp(clock.now()),
        )
    except StaleImport:
        return ImportResult.DONE
    log_verdict(job, checked, Event.REGISTRY_APPLIED)
    return ImportResult.DONE


def log_verdict(job: Job, checked: ValidatedFile, accepted: Event) -> None:
    """Log that a file was refused, or else what was `accepted`."""
    worst = checked.issues.worst
    log_event(
        Event.REGISTRY_REFUSED if checked.refused else accepted,
        supplier_id=job.supplier_id, import_id=job.import_id, errors=checked.issues.errors,
        code=worst.code if worst else None, place=worst.location.line if worst else None,
    )  # fmt: skip


def _note_known_accounts(job: Job, checked: ValidatedFile, staging: StagingDb) -> dict[str, list[str]]:
    """Store which accounts are known now; return, by kind of file, those that this registry lacks."""
    noted = compare_with_previous(job, checked, staging)
    if not noted:
        return {}
    item = job_store.get_job(job.supplier_id, job.import_id)
    if item is not None and "numbers_kept" not in item:
        previous_registry.keep(
            job.supplier_id, job.import_id, {scope: known for scope, known, _ in noted.values()}
        )
        job_store.save(job, numbers_kept=True)
    for scope, _, found in noted.values():
        previous_registry.save(job.supplier_id, scope, found)
    return {section: found.missing for section, (_, _, found) in noted.items()}


def compare_with_previous(
    job: Job, checked: ValidatedFile, staging: StagingDb
) -> dict[str, tuple[str, KnownAccounts, KnownAccounts]]:
    """Return, by kind of file, the scope and which accounts are known of it before and after the registry."""
    noted: dict[str, tuple[str, KnownAccounts, KnownAccounts]] = {}
    if checked.registry is None:
        return noted
    for section in previous_registry.COMPARED_SECTIONS:
        if section not in staging.sections:
            continue
        scope = f"{checked.format or 'native'}-{section}"
        known = previous_registry.load(job.supplier_id, scope)
        found = known.with_registry(checked.registry.stamp, staging.numbers(section), job.import_id)
        if found is not known:
            noted[section] = scope, known, found
    return noted
