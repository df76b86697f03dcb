"""A person's file in the worker: checked, and imported when they have said so.

What is to be done is in the import's item, which the request has written (`import_requests`); a message
that comes twice, or without a request, does nothing.
"""

import tempfile
from pathlib import Path

from cabinet.accounts.supplier_model import Supplier
from cabinet.core import clock
from cabinet.core.logging import Event
from cabinet.core.remaining_time import SecondsLeft
from cabinet.exchange.errors import ConcurrentModification, StaleImport
from cabinet.exchange.formats.detection import FileReader
from cabinet.exchange.imports import bucket, import_job, job_store, report
from cabinet.exchange.imports.import_job import ImportResult
from cabinet.exchange.imports.job_store import Job
from cabinet.exchange.imports.locations import REPORTS, ObjectLocation
from cabinet.exchange.imports.preview import CheckResult, Preview, run_check
from cabinet.exchange.imports.preview_record import to_record
from cabinet.exchange.model import RegistryRejected


def run(job: Job, seconds_left: SecondsLeft) -> ImportResult:
    """Do what was asked for of a person's file."""
    item = job_store.get_job(job.supplier_id, job.import_id)
    if item is None:
        return ImportResult.DONE
    if item["status"] in ("checking", "applying"):
        job_store.mark_started(job, item, clock.now())
    if item["status"] == "checking":
        return _check(job)
    if item["status"] == "applying" and item["version"] != job.version:
        return import_job.reject(job, "file_changed", "Файл изменился после проверки: загрузите его снова.")
    return import_job.run(job, seconds_left)


def reject_missing(object_key: str) -> None:
    """End the import of a file that never came, or was deleted."""
    location = ObjectLocation.of(object_key)
    if location is None or not location.import_id:
        return
    job = Job(location.supplier_id, object_key, "", clock.now(), location.import_id)
    item = job_store.get_job(job.supplier_id, job.import_id)
    if item is None:
        return
    code, message = "file_missing", "Файл не загрузился: загрузите его снова."
    if item["status"] == "checking":
        _finish(job, _rejected_check(code, message))
    elif item["status"] == "applying":
        import_job.reject(job, code, message)


def _check(job: Job) -> ImportResult:
    location, supplier = ObjectLocation.of(job.object_key), job_store.get_supplier(job.supplier_id)
    if location is None or supplier is None:
        return _finish(job, _rejected_check("unknown_supplier", f"Поставщика «{job.supplier_id}» нет."))
    try:
        return _finish(job, _run_check(job, location, supplier))
    except RegistryRejected as refusal:
        return _finish(job, _rejected_check(refusal.issue.code, refusal.issue.message))
    except ConcurrentModification:
        return ImportResult.WAIT  # an undo has run meanwhile: compared again a little later


def _run_check(job: Job, location: ObjectLocation, supplier: Supplier) -> CheckResult:
    with tempfile.TemporaryDirectory(prefix="check-") as folder:
        path = Path(folder) / "registry"
        import_job.download(job, path)
        uploaded_on = clock.local_date(job.uploaded_at, supplier.time_zone)
        reader = FileReader(supplier, location.name, uploaded_on, location.format, encoding=location.encoding)
        return run_check(path, job, supplier, reader)


def _rejected_check(code: str, message: str) -> CheckResult:
    return CheckResult(import_job.rejected_file(code, message), Preview(), {}, is_busy=False)


def _finish(job: Job, examined: CheckResult) -> ImportResult:
    checked = examined.checked
    report_key = f"{REPORTS}{job.supplier_id}/{job.import_id}-check.csv"
    bucket.write(report_key, report.to_csv(checked.issues, examined.lines()), "text/csv; charset=utf-8")
    change = checked.facts() | {
        "status": "refused" if checked.refused else "preview",
        "version": job.version,
        "check_report_key": report_key,
        "checked_at": clock.timestamp(clock.now()),
    }
    if checked.refused:
        change |= {"finished_at": change["checked_at"], "report_key": report_key}
    try:
        job_store.finish_check(job, change, to_record(examined))
    except StaleImport:
        return ImportResult.DONE
    import_job.log_verdict(job, checked, Event.REGISTRY_CHECKED)
    return ImportResult.DONE
