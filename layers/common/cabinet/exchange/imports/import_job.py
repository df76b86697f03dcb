"""One import from the uploaded file to its report, whatever interrupts it.

Each step may be repeated: the same upload has the same import, a finished one is left alone, a broken-off
one checks the file again (checking writes nothing) and goes on after the last account that was done.
"""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cabinet.accounts.model import RegistryEncoding, Supplier
from cabinet.aws.clients import create_client
from cabinet.core import clock
from cabinet.core.errors import ServiceUnavailable
from cabinet.core.logging import Event, log_event
from cabinet.exchange.errors import ImportInProgress, StaleImport
from cabinet.exchange.formats import archive
from cabinet.exchange.formats.detection import FileReader
from cabinet.exchange.formats.encoding import ENCODINGS
from cabinet.exchange.imports import apply, job_store, previous_registry, report
from cabinet.exchange.imports.apply import Progress
from cabinet.exchange.imports.job_store import Job
from cabinet.exchange.imports.registry_parts import RegistryParts
from cabinet.exchange.imports.report import Findings
from cabinet.exchange.imports.staging_db import StagingDb
from cabinet.exchange.imports.summary import summary
from cabinet.exchange.imports.totals import Totals
from cabinet.exchange.imports.validate import ValidatedFile, check
from cabinet.exchange.imports.write_plan import Import
from cabinet.exchange.model import FORMATS, FormatName, RegistryRejected

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

INBOUND, REPORTS = "inbound/", "reports/"
_SAVED_EVERY_SECONDS = 5.0
_MARGIN_SECONDS = 45
"""What a run keeps for its last window of accounts and its report."""
_CHUNK_BYTES = 1 << 20

type RemainingTime = Callable[[], float]
"""Seconds that this run still has."""


class ImportResult(StrEnum):
    """How a run ended."""

    DONE = "done"
    """Applied or refused; the report is there."""
    CONTINUE = "continue"
    """Time ran short: run the same job again."""
    WAIT = "wait"
    """Another import of the supplier runs: run the same job again a little later."""


@dataclass(frozen=True, slots=True)
class ObjectLocation:
    """What an object's key says: ``inbound/<supplier>/[<format>/][<encoding>/]…/<file name>``."""

    supplier_id: str
    format: FormatName | None
    name: str
    encoding: RegistryEncoding | None = None

    @classmethod
    def of(cls, object_key: str) -> "ObjectLocation | None":
        """Read a key; None when it is not one of a registry."""
        parts = object_key.removeprefix(INBOUND).split("/")
        if not object_key.startswith(INBOUND) or len(parts) < 2 or not parts[-1]:
            return None
        said = parts[1:-1][:2]
        given = next((name for name in FORMATS if name in said[:1]), None)
        return cls(parts[0], given, parts[-1], next((name for name in ENCODINGS if name in said), None))


@cache
def _s3() -> "S3Client":
    client: S3Client = create_client("s3")
    return client


def run(job: Job, remaining: RemainingTime) -> ImportResult:
    """Import one uploaded file, as far as the time that remains allows."""
    item = job_store.begin(job)
    if item["status"] in job_store.FINISHED:
        job_store.release_leftover_lock(job)
        return ImportResult.DONE
    address, supplier = ObjectLocation.of(job.object_key), job_store.get_supplier(job.supplier_id)
    if address is None or supplier is None:
        return _finish(
            job, _rejection_report("unknown_supplier", f"Поставщика «{job.supplier_id}» нет."), Progress()
        )
    if job_store.is_locked_by_other(job, clock.now()):
        return ImportResult.WAIT
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder) / "registry"
        try:
            _download(job, path)
        except RegistryRejected as refusal:
            return _finish(job, _rejection_report(refusal.finding.code, refusal.finding.message), Progress())
        with StagingDb(Path(folder) / "stage.db") as staging, RegistryParts(_s3(), job) as parts:
            uploaded_on = clock.local_date(job.uploaded_at, supplier.time_zone)
            reading = FileReader(
                supplier, address.name, uploaded_on, address.format, encoding=address.encoding
            )
            checked = _check(path, reading, job, staging, parts)
            if checked.refused:
                return _finish(job, checked, Progress())
            return _apply(job, supplier, checked, staging, parts, item, remaining)


def _check(
    path: Path, reading: FileReader, job: Job, staging: StagingDb, parts: RegistryParts
) -> ValidatedFile:
    with ThreadPoolExecutor(apply.THREADS) as executor:
        look = partial(job_store.load_existing, executor=executor)
        return check(
            path,
            reading,
            job.uploaded_at,
            staging,
            apply.existing_accounts(executor),
            look,
            parts.find_issues,
        )


def _apply(
    job: Job,
    supplier: Supplier,
    checked: ValidatedFile,
    staging: StagingDb,
    parts: RegistryParts,
    item: dict[str, Any],
    remaining: RemainingTime,
) -> ImportResult:
    now = clock.now()
    try:
        job_store.acquire_lock(job, now, now + timedelta(seconds=remaining()))
    except ImportInProgress:
        return ImportResult.WAIT
    try:
        progress = _resume_apply(job, supplier, checked, staging, item, remaining)
        if not progress.finished:
            return ImportResult.CONTINUE
        parts.keep(checked.left_out)
        return _finish(job, checked, progress, staging)
    except StaleImport:
        return ImportResult.DONE
    finally:
        job_store.release_lock(job)


def _resume_apply(
    job: Job,
    supplier: Supplier,
    checked: ValidatedFile,
    staging: StagingDb,
    item: dict[str, Any],
    remaining: RemainingTime,
) -> Progress:
    registry = checked.registry
    if registry is None:
        raise ServiceUnavailable
    source = checked.format or "native"
    touched = apply.version_scopes(staging, source)
    newest = job_store.latest_applied(supplier.supplier_id, touched)
    for scope in sorted(touched):
        if newest[scope] < registry.stamp:
            job_store.mark_applied(supplier.supplier_id, scope, registry.stamp)
    importing = Import(supplier, registry, source, newest, staging.fingerprint)
    progress = Progress(item["after"], Counter(item["counts"]))
    accounts = staging.count_accounts()
    saved_at = time.monotonic()

    def may_go_on(reached: Progress) -> bool:
        nonlocal saved_at
        goes_on = remaining() > _MARGIN_SECONDS
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


# ------------------------------------------------------------------ the file and the report


def _download(job: Job, path: Path) -> None:
    """Bring the object to disk in pieces; raises RegistryRejected for one that is too large."""
    answer = _s3().get_object(Bucket=os.environ["EXCHANGE_BUCKET"], Key=job.object_key)
    if answer["ContentLength"] > archive.MAX_FILE_BYTES:
        raise archive.too_large(answer["ContentLength"])
    with path.open("wb") as written:
        for chunk in answer["Body"].iter_chunks(_CHUNK_BYTES):
            written.write(chunk)


def job_for_object(object_key: str) -> Job | None:
    """Return the job of an uploaded object as it is now; None when its key is not one of a registry."""
    address = ObjectLocation.of(object_key)
    if address is None:
        return None
    head = _s3().head_object(Bucket=os.environ["EXCHANGE_BUCKET"], Key=object_key)
    return Job(address.supplier_id, object_key, head["ETag"].strip('"'), head["LastModified"])


def _rejection_report(code: str, message: str) -> ValidatedFile:
    findings = Findings()
    findings.add(RegistryRejected(code, message).finding)
    return ValidatedFile(findings, refused=True)


def _finish(
    job: Job, checked: ValidatedFile, progress: Progress, staging: StagingDb | None = None
) -> ImportResult:
    absent = _compare_with_previous(job, checked, staging) if staging is not None else {}
    totals = staging.totals if staging is not None else Totals()
    status = "refused" if checked.refused else "applied"
    report_key = f"{REPORTS}{job.supplier_id}/{job.import_id}.csv"
    _s3().put_object(
        Bucket=os.environ["EXCHANGE_BUCKET"],
        Key=report_key,
        Body=report.to_csv(checked.findings, summary(checked, progress.tally, totals, absent)),
        ContentType="text/csv; charset=utf-8",
    )
    registry = checked.registry
    try:
        job_store.save(
            job,
            status=status,
            after=progress.after,
            counts=dict(progress.tally),
            format=checked.format,
            registry_number=registry.number if registry else None,
            registry_date=registry.dated.isoformat() if registry else None,
            rows=checked.rows,
            amount=totals.amount,
            errors=checked.findings.errors,
            warnings=checked.findings.warnings,
            report_key=report_key,
            finished_at=clock.timestamp(clock.now()),
        )
    except StaleImport:
        return ImportResult.DONE
    event = Event.REGISTRY_REFUSED if checked.refused else Event.REGISTRY_APPLIED
    log_event(event, supplier_id=job.supplier_id, import_id=job.import_id, errors=checked.findings.errors)
    return ImportResult.DONE


def _compare_with_previous(job: Job, checked: ValidatedFile, staging: StagingDb) -> dict[str, list[str]]:
    """Return, by kind of file, the accounts that the registry before named and this one does not."""
    absent: dict[str, list[str]] = {}
    if checked.registry is None:
        return absent
    for section in previous_registry.COMPARED_SECTIONS:
        if section not in staging.sections:
            continue
        scope = f"{checked.format or 'native'}-{section}"
        known = previous_registry.load(_s3(), job.supplier_id, scope)
        found = known.with_registry(checked.registry.stamp, staging.numbers(section))
        if found is not known:
            previous_registry.save(_s3(), job.supplier_id, scope, found)
            absent[section] = found.missing
    return absent
