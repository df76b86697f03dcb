"""What a person asks of imports: a file checked, what was checked applied. Each with its audit row, at once.

The worker does it (`desk_import_job`): the desk neither reads a file nor writes a resident's row. An undo
is asked for by `undo_requests`.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from cabinet.audit.model import Action, Author
from cabinet.audit.store import Subject, record
from cabinet.aws import queues
from cabinet.aws.browser_storage import UploadForm, download_link, upload_form
from cabinet.aws.dynamo import IS_ABSENT, IS_PRESENT, Item, Table, Transaction
from cabinet.aws.queues import Queue
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound
from cabinet.exchange.errors import ImportNotApplicable, StaleImport, UploadExpired
from cabinet.exchange.formats.archive import MAX_FILE_BYTES
from cabinet.exchange.imports import bucket, job_store
from cabinet.exchange.imports.import_request_rules import check_file, is_message_lost
from cabinet.exchange.imports.job_store import Job
from cabinet.exchange.imports.locations import desk_key
from cabinet.exchange.lost_messages import claim_resend
from cabinet.signed_tokens import Purpose, TokenInvalid, sign, verify

FORM_LIFETIME = timedelta(minutes=30)
"""50 MB take a while on a slow line."""
UPLOAD_TOKEN_LIFETIME = timedelta(hours=2)
_IS_SEEN = "#status = :seen"


def new_import_id(now: datetime) -> str:
    """Return an identifier that sorts by the time of the upload, as those of `job_store.Job` do."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(6)}"


def create_upload(
    staff_id: str, supplier_id: str, name: str, size: int, now: datetime
) -> tuple[str, UploadForm]:
    """Return an import's id and a form for its file, into the supplier's own folder; raises InvalidFields.

    Nothing is written: a file without a request to check it belongs to no import.
    """
    file_name = check_file(name, size)
    import_id = new_import_id(now)
    key = desk_key(supplier_id, import_id, file_name)
    claims = {"sub": staff_id, "supplier_id": supplier_id, "import_id": import_id, "key": key}
    token = sign(Purpose.REGISTRY_UPLOAD, claims, UPLOAD_TOKEN_LIFETIME)
    return import_id, upload_form(bucket.name(), key, MAX_FILE_BYTES, FORM_LIFETIME, token)


def request_check(author: Author, supplier_id: str, import_id: str, token: str, now: datetime) -> Item:
    """Have an uploaded file checked and return the import's item; raises UploadExpired."""
    try:
        claims = verify(Purpose.REGISTRY_UPLOAD, token)
    except TokenInvalid:
        raise UploadExpired from None
    named = claims.get("sub"), claims.get("supplier_id"), claims.get("import_id")
    if named != (author.who, supplier_id, import_id):
        raise UploadExpired
    item = _new_import_item(supplier_id, import_id, str(claims["key"]), author, now)
    return _begin(item | {"status": "checking"}, author, Action.IMPORT_CHECKED, now)


def request_import(author: Author, job: Job, now: datetime) -> Item:
    """Have a file imported without a check before it, as a command does; return the import's item."""
    item = _new_import_item(job.supplier_id, job.import_id, job.object_key, author, now)
    asked = {
        "status": "applying", "version": job.version, "applied_by": author.name,
        "apply_requested_at": clock.timestamp(now),
    }  # fmt: skip
    return _begin(item | asked, author, Action.IMPORT_APPLIED, now)


def request_apply(author: Author, supplier_id: str, import_id: str, now: datetime) -> Item:
    """Have what was checked applied and return the import's item.

    Asked for twice, it is once. Raises NotFound, ImportNotApplicable.
    """
    item = require_job(supplier_id, import_id)
    if item["status"] == "applying" and "apply_requested_at" in item:
        send_message(item)
        return item
    if item["status"] != "preview":
        raise ImportNotApplicable
    asked = {
        "status": "applying", "applied_by": author.name, "apply_requested_at": clock.timestamp(now),
    }  # fmt: skip
    transaction = Transaction()
    add_change_if_unchanged(transaction, item, asked, ImportNotApplicable)
    record(
        transaction, author, Action.IMPORT_APPLIED, audit_subject(item), now,
        before={"status": item["status"]}, after={"file": file_name(item), "rows": item.get("rows")},
    )  # fmt: skip
    transaction.commit()
    send_message(item)
    return item | asked


def require_job(supplier_id: str, import_id: str) -> Item:
    """Return an import's item; raises NotFound."""
    item = job_store.get_job(supplier_id, import_id)
    if item is None:
        raise NotFound
    return item


def resend_lost_message(item: Item, now: datetime) -> None:
    """Send a message again that seems to be lost; best effort, at most once a minute."""
    if is_message_lost(item, now) and claim_resend(item, now):
        send_message(item, is_undo=item["status"] == "applied")


def report_link(key: str, name: str) -> str:
    """Return an address that saves a report for some minutes."""
    disposition = f'attachment; filename="{name}"'
    return download_link(bucket.name(), key, disposition, "text/csv; charset=utf-8")


def audit_subject(item: Item) -> Subject:
    """Return an import as the subject of an audit entry."""
    supplier_id = str(item["pk"]).partition("#")[2]
    return Subject(f"import:{supplier_id}:{item['import_id']}", (supplier_id,))


def file_name(item: Item) -> str:
    """Return the name of the file as it was uploaded."""
    return str(item["object_key"]).rpartition("/")[2]


def add_change_if_unchanged(
    transaction: Transaction, item: Item, change: dict[str, Any], on_conflict: type[Conflict],
    condition: str = IS_PRESENT, **bound: Any,  # noqa: ANN401 - values of the condition
) -> None:  # fmt: skip
    """Add the change of an import's item, if its state is the one that was read and `condition` holds."""
    sets = ", ".join(f"#{name} = :{name}" for name in (*change, "mark"))
    transaction.update(
        Table.ACCOUNTS, (str(item["pk"]), str(item["sk"])), f"SET {sets}",
        condition=f"{_IS_SEEN} AND {condition}", on_conflict=on_conflict,
        seen=item["status"], mark=transaction.mark, **change, **bound,
    )  # fmt: skip


def _new_import_item(
    supplier_id: str, import_id: str, object_key: str, author: Author, now: datetime
) -> Item:
    pk, sk = job_store.import_key(supplier_id, import_id)
    at = clock.timestamp(now)
    return {
        "pk": pk, "sk": sk, "import_id": import_id, "object_key": object_key, "version": "",
        "uploaded_at": at, "requested_at": at, "uploaded_by": author.name, "after": "", "counts": {},
    }  # fmt: skip


def _begin(item: Item, author: Author, action: Action, now: datetime) -> Item:
    """Write a new import's item with its audit row; an existing one is left as it is."""
    transaction = Transaction()
    transaction.put(Table.ACCOUNTS, item, condition=IS_ABSENT, on_conflict=StaleImport)
    record(transaction, author, action, audit_subject(item), now, after={"file": file_name(item)})
    try:
        transaction.commit()
    except StaleImport:
        item = require_job(str(item["pk"]).partition("#")[2], str(item["import_id"]))
    send_message(item)
    return item


def send_message(item: Item, *, is_undo: bool = False) -> None:
    """Send the message that starts the worker; `resend_lost_message` repeats a lost one."""
    supplier_id = str(item["pk"]).partition("#")[2]
    undo = {"undo": item["import_id"], "supplier_id": supplier_id}
    queues.try_send(Queue.IMPORTS, [undo if is_undo else {"object_key": item["object_key"]}])
