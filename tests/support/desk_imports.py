"""Imports as the desk finds them in each state, and a call of each of their routes that succeeds."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cabinet.aws import dynamo
from cabinet.aws.dynamo import IS_ABSENT, Table
from cabinet.core import clock
from cabinet.core.errors import Conflict
from cabinet.exchange.imports import import_requests, job_store
from cabinet.exchange.imports.preview import CheckResult, Preview
from cabinet.exchange.imports.preview_record import to_record
from cabinet.exchange.imports.report import Issues
from cabinet.exchange.imports.validate import ValidatedFile
from tests.support.desk import Desk, Person
from tests.support.desk_call import SUPPLIER, DeskCall

_NUMBERS = itertools.count(1)
FOUND = to_record(CheckResult(ValidatedFile(Issues()), Preview(), {}, is_busy=False))


def an_import(status: str, **attributes: Any) -> str:
    """An import of the supplier in a state; return its own id."""
    now = clock.now() + timedelta(seconds=next(_NUMBERS))
    import_id = import_requests.new_import_id(now)
    pk, sk = job_store.import_key(SUPPLIER, import_id)
    at = clock.timestamp(clock.now())
    key = f"desk/{SUPPLIER}/{import_id}/registry.zip"
    item = {
        "pk": pk, "sk": sk, "import_id": import_id, "object_key": key, "version": "v", "uploaded_at": at,
        "status": status, "after": "", "counts": {}, "uploaded_by": "Петрова Анна",
        "check_report_key": f"reports/{SUPPLIER}/{import_id}-check.csv",
    }  # fmt: skip
    if status == "applied":
        item |= {"run": next(_NUMBERS), "applied_at": at, "finished_at": at, "applied_by": "Петрова Анна"}
    dynamo.put(Table.ACCOUNTS, item | attributes, condition=IS_ABSENT, on_conflict=Conflict)
    row_pk, row_sk = job_store.preview_key(SUPPLIER, import_id)
    row = {"pk": row_pk, "sk": row_sk, "found": FOUND}
    dynamo.put(Table.ACCOUNTS, row, condition=IS_ABSENT, on_conflict=Conflict)
    return import_id


def _undone_until_now() -> None:
    """Leave nothing in force: only the import that was applied last can be undone."""
    for item in job_store.list_jobs(SUPPLIER, 100).items:
        if item["status"] == "applied":
            dynamo.update(
                Table.ACCOUNTS, (item["pk"], item["sk"]), "SET #status = :undone",
                condition=dynamo.IS_PRESENT, on_conflict=Conflict, undone="undone",
            )  # fmt: skip


def _of(
    status: str, path: str = "", body: dict[str, Any] | None = None
) -> Callable[[Desk, Person], DeskCall]:
    def call(desk: Desk, person: Person) -> DeskCall:
        _undone_until_now()
        return DeskCall(f"/api/staff/imports/{SUPPLIER}:{an_import(status)}{path}", body, names_subject=True)

    return call


def _check(desk: Desk, person: Person) -> DeskCall:
    import_id, form = import_requests.create_upload(person.staff_id, SUPPLIER, "a.zip", 10, clock.now())
    path = f"/api/staff/imports/{SUPPLIER}:{import_id}/check"
    return DeskCall(path, {"ticket": form.token}, names_subject=True)


def _upload(desk: Desk, person: Person) -> DeskCall:
    form = {"supplier_id": SUPPLIER, "file_name": "реестр.zip", "size": 10}
    return DeskCall("/api/staff/imports", form, names_subject=True)


IMPORT_SCENARIOS: dict[str, Callable[[Desk, Person], DeskCall]] = {
    "GET /api/staff/imports": lambda desk, person: DeskCall(
        f"/api/staff/imports?supplier_id={SUPPLIER}", names_subject=True
    ),
    "POST /api/staff/imports": _upload,
    "GET /api/staff/imports/{import_id}": _of("preview"),
    "GET /api/staff/imports/{import_id}/preview": _of("preview", "/preview"),
    "GET /api/staff/imports/{import_id}/report": _of("preview", "/report?kind=check"),
    "POST /api/staff/imports/{import_id}/check": _check,
    "POST /api/staff/imports/{import_id}/apply": _of("preview", "/apply"),
    "POST /api/staff/imports/{import_id}/undo": _of("applied", "/undo", {"reason": "не тот месяц"}),
}
