"""What a person asks at the desk: a template uploaded, filled by the worker, the files taken.

The row says how far it has come. The worker begins anew each time its message comes, and only a row that
waits becomes ready or refused, so a message that comes twice does no harm.
"""

import secrets
from datetime import datetime, timedelta

from cabinet.audit.model import Action, Author
from cabinet.audit.store import Subject, record, record_access
from cabinet.aws import dynamo, queues
from cabinet.aws.browser_storage import UploadForm, download_link, upload_form
from cabinet.aws.dynamo import IS_ABSENT, Item, Key, Page, Table, Transaction
from cabinet.aws.queues import Queue
from cabinet.core import clock
from cabinet.core.errors import Conflict, FieldError, InvalidFields
from cabinet.core.periods import Period
from cabinet.exchange.errors import ExportFileAbsent, UploadExpired
from cabinet.exchange.gis.bounds import MAX_FILE_BYTES
from cabinet.exchange.gis.request_rules import is_message_lost
from cabinet.exchange.gis.template_rules import GisKind
from cabinet.exchange.imports import bucket
from cabinet.exchange.lost_messages import claim_resend
from cabinet.signed_tokens import Purpose, TokenInvalid, sign, verify

TASK = "gis"
RETENTION = timedelta(days=30)
PAGE_SIZE = 25
FORM_LIFETIME = timedelta(minutes=15)
UPLOAD_TOKEN_LIFETIME = timedelta(hours=1)


def create_upload(
    staff_id: str, supplier_id: str, kind: GisKind, period: Period, size: int, now: datetime
) -> tuple[str, UploadForm]:
    """Return what names the filling and a form for its template; raises InvalidFields. Nothing is written."""
    if not 0 < size <= MAX_FILE_BYTES:
        message = f"Шаблон — от 1 байта до {MAX_FILE_BYTES // 1_000_000} МБ. Скачайте пустой шаблон ещё раз."
        raise InvalidFields(FieldError("size", "too_large" if size else "file_empty", message))
    fill_id = f"{now:%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(6)}"
    claims = {
        "sub": staff_id, "supplier_id": supplier_id, "fill_id": fill_id, "kind": kind, "period": period,
    }  # fmt: skip
    token = sign(Purpose.GIS_TEMPLATE, claims, UPLOAD_TOKEN_LIFETIME)
    key = template_key(supplier_id, fill_id)
    return fill_id, upload_form(bucket.name(), key, MAX_FILE_BYTES, FORM_LIFETIME, token)


def request_fill(author: Author, supplier_id: str, fill_id: str, token: str, now: datetime) -> Item:
    """Have an uploaded template filled and return its row; asked for twice, it is once.

    Raises UploadExpired.
    """
    try:
        claims = verify(Purpose.GIS_TEMPLATE, token)
    except TokenInvalid:
        raise UploadExpired from None
    if (claims.get("sub"), claims.get("supplier_id"), claims.get("fill_id")) != (
        author.who, supplier_id, fill_id,
    ):  # fmt: skip
        raise UploadExpired
    pk, sk = fill_key(supplier_id, fill_id)
    row: Item = {
        "pk": pk, "sk": sk, "kind": claims["kind"], "period": claims["period"], "state": "waiting",
        "requested_at": clock.timestamp(now), "requested_by": author.name,
        "expires_at": clock.epoch(now + RETENTION),
    }  # fmt: skip
    transaction = Transaction()
    transaction.put(Table.ACCOUNTS, row, condition=IS_ABSENT, on_conflict=_IsRequested)
    asked = {"kind": row["kind"], "period": row["period"]}
    record(
        transaction, author, Action.GIS_FILL_REQUESTED, audit_subject(supplier_id, fill_id), now, after=asked
    )
    try:
        transaction.commit()
    except _IsRequested:
        row = require_fill(supplier_id, fill_id)
    _send_message(supplier_id, fill_id)
    return row


def resend_lost_message(supplier_id: str, rows: list[Item], now: datetime) -> None:
    """Send the messages again that seem to be lost; best effort, each at most once a minute, a few times."""
    for row in rows:
        if is_message_lost(row, now) and claim_resend(row, now):
            _send_message(supplier_id, row["sk"])


def _send_message(supplier_id: str, fill_id: str) -> None:
    """Send the message that starts the worker; `resend_lost_message` repeats a lost one."""
    queues.try_send(Queue.BACKGROUND_TASKS, [{"what": TASK, "supplier_id": supplier_id, "fill_id": fill_id}])


def list_fills(supplier_id: str, after: Item | None = None) -> Page:
    """Return a page of a supplier's rows, the newest first."""
    pk, _ = fill_key(supplier_id, "-")
    return dynamo.query(Table.ACCOUNTS, pk, limit=PAGE_SIZE, after=after, newest_first=True, consistent=True)


def require_fill(supplier_id: str, fill_id: str) -> Item:
    """Return the row; raises NotFound."""
    return dynamo.require(Table.ACCOUNTS, fill_key(supplier_id, fill_id), consistent=True)


def create_download_link(author: Author, supplier_id: str, fill_id: str, now: datetime) -> str:
    """Return an address that saves the files for some minutes; raises NotFound, ExportFileAbsent."""
    row = require_fill(supplier_id, fill_id)
    if row["state"] != "ready":
        raise ExportFileAbsent
    record_access(author, Action.GIS_FILE_TAKEN, audit_subject(supplier_id, fill_id), now)
    name = f"gis_{row['kind']}_{supplier_id}_{row['period']}.zip"
    key = result_key(supplier_id, fill_id)
    return download_link(bucket.name(), key, f'attachment; filename="{name}"')


def fill_key(supplier_id: str, fill_id: str) -> Key:
    """Return the key of a row; they sort by time, to the microsecond."""
    return f"GISFILLS#{supplier_id}", fill_id


def template_key(supplier_id: str, fill_id: str) -> str:
    """Return the location of an uploaded template."""
    return f"desk/gis/{supplier_id}/{fill_id}.xlsx"


def result_key(supplier_id: str, fill_id: str) -> str:
    """Return the location of the files."""
    return f"reports/{supplier_id}/gis/{fill_id}.zip"


def audit_subject(supplier_id: str, fill_id: str) -> Subject:
    """Return a filled template as the subject of an audit entry."""
    return Subject(f"gis:{supplier_id}:{fill_id}", (supplier_id,))


class _IsRequested(Conflict):
    """The row is there: this is the same request again."""
