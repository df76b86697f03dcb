"""Staff requests about outgoing registries: make a new one, write an old one again, download a file.

The exports function does the work. Requests only send it a message: if that is lost, the nightly schedule
makes the registry, and a person can request the file again.
"""

from datetime import datetime
from typing import Literal

from botocore.exceptions import ClientError

from cabinet.audit.model import Action, Author
from cabinet.audit.store import Subject, record_access
from cabinet.aws import browser_storage, queues
from cabinet.aws.dynamo import Item, Page
from cabinet.aws.queues import Queue
from cabinet.core.errors import NotFound
from cabinet.exchange.errors import ExportFileAbsent, NothingToExport
from cabinet.exchange.exports.kinds import KINDS
from cabinet.exchange.imports import bucket

type ExportKind = Literal["payments", "readings", "refusals"]
type FileForm = Literal["csv", "xlsx"]

PAGE_SIZE = 25
_ABSENT = {"404", "403", "NoSuchKey", "AccessDenied"}


def list_registries(kind: ExportKind, supplier_id: str, after: Item | None = None) -> Page:
    """Return a page of a supplier's registries of one kind, the newest first."""
    return KINDS[kind].page(supplier_id, PAGE_SIZE, after)


def request_new(author: Author, kind: ExportKind, supplier_id: str, now: datetime) -> None:
    """Have what waits written into a registry now; raises NothingToExport."""
    if not KINDS[kind].has_waiting(supplier_id):
        raise NothingToExport
    subject = Subject(f"exports:{supplier_id}:{kind}", (supplier_id,))
    record_access(author, Action.EXPORT_REQUESTED, subject, now)
    queues.send(Queue.BACKGROUND_TASKS, [{"what": kind, "supplier_id": supplier_id}])


def request_rewrite(author: Author, kind: ExportKind, supplier_id: str, number: int, now: datetime) -> None:
    """Have a registry written again, byte for byte and as a workbook; raises NotFound for an open one."""
    require_registry(kind, supplier_id, number)
    subject = audit_subject(kind, supplier_id, number)
    record_access(author, Action.EXPORT_REPEATED, subject, now)
    queues.send(Queue.BACKGROUND_TASKS, [{"what": kind, "supplier_id": supplier_id, "number": number}])


def require_registry(kind: ExportKind, supplier_id: str, number: int) -> Item:
    """Return the row of a registry that is not open any more; raises NotFound."""
    row = KINDS[kind].find(supplier_id, number)
    if row is None or row["state"] == "open":
        raise NotFound
    return row


def create_download_link(
    author: Author, kind: ExportKind, supplier_id: str, number: int, form: FileForm, now: datetime
) -> str:
    """Return an address that saves a registry's file for some minutes; raises NotFound, ExportFileAbsent."""
    require_registry(kind, supplier_id, number)
    key = file_key(kind, supplier_id, number, form)
    try:
        browser_storage.client().head_object(Bucket=bucket.name(), Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            raise ExportFileAbsent from None
        raise
    seen = {"form": form}
    record_access(author, Action.EXPORT_TAKEN, audit_subject(kind, supplier_id, number), now, after=seen)
    name = key.rpartition("/")[2]
    return browser_storage.download_link(bucket.name(), key, f'attachment; filename="{name}"')


def file_key(kind: str, supplier_id: str, number: int, form: FileForm) -> str:
    """Return the location of a registry's file: the billing system's own, or the workbook for the desk."""
    name = f"{kind}_{supplier_id}_{number:06d}"
    if form == "xlsx":
        return f"reports/{supplier_id}/{kind}/{name}.xlsx"
    ending = "zip" if kind == "payments" else "csv"
    return f"outbound/{supplier_id}/{kind}/{name}.{ending}"


def audit_subject(kind: str, supplier_id: str, number: int) -> Subject:
    """Return a registry as the subject of an audit entry."""
    return Subject(f"export:{supplier_id}:{kind}:{number}", (supplier_id,))
