"""Fills a template that somebody at the desk has uploaded, and stores the result in its row."""

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from cabinet.accounts.store import suppliers
from cabinet.aws import dynamo
from cabinet.aws.dynamo import Table
from cabinet.core import clock
from cabinet.core.errors import Conflict, NotFound
from cabinet.core.remaining_time import HasTime
from cabinet.exchange.errors import OutOfTime
from cabinet.exchange.gis.bounds import MAX_FILE_BYTES
from cabinet.exchange.gis.errors import GisTemplateRejected, TakesTooLong, TemplateTooLarge
from cabinet.exchange.gis.fill import FillReport, fill
from cabinet.exchange.gis.requests import fill_key, require_fill, result_key, template_key
from cabinet.exchange.imports import bucket

_IS_WAITING = "#state = :waiting"
_PIECE = 1 << 20
_ABSENT = {"404", "403", "NoSuchKey", "AccessDenied"}


class _FillNotPending(Conflict):
    """Another run has already written the result."""


def fill_uploaded_template(supplier_id: str, fill_id: str, has_time: HasTime) -> None:
    """Fill an uploaded template; nothing is done where nobody waits for it."""
    supplier = suppliers([supplier_id]).get(supplier_id)
    try:
        row = require_fill(supplier_id, fill_id)
    except NotFound:
        return
    if supplier is None or row["state"] != "waiting" or not _begin(supplier_id, fill_id):
        return
    with tempfile.TemporaryDirectory() as folder:
        template, made = Path(folder) / "template.xlsx", Path(folder) / "made.zip"
        try:
            _fetch(template_key(supplier_id, fill_id), template)
            with made.open("wb") as target:
                report = fill(template, row["kind"], supplier, row["period"], target, has_time)
        except GisTemplateRejected as refused:
            _finish(supplier_id, fill_id, state="refused", code=refused.code, message=refused.detail)
            return
        except OutOfTime:
            late = TakesTooLong()
            _finish(supplier_id, fill_id, state="refused", code=late.code, message=late.detail)
            return
        with made.open("rb") as body:
            bucket.s3().put_object(
                Bucket=bucket.name(), Key=result_key(supplier_id, fill_id), Body=body,
                ContentType="application/zip",
            )  # fmt: skip
    _finish(supplier_id, fill_id, state="ready", **_counts(report))


def _begin(supplier_id: str, fill_id: str) -> bool:
    """Note that a worker lives; False where nobody waits any more."""
    try:
        dynamo.update(
            Table.ACCOUNTS, fill_key(supplier_id, fill_id), "SET #started_at = :now",
            condition=_IS_WAITING, on_conflict=_FillNotPending, waiting="waiting",
            now=clock.timestamp(clock.now()),
        )  # fmt: skip
    except _FillNotPending:
        return False
    return True


def _counts(report: FillReport) -> dict[str, Any]:
    return {
        "rows": report.rows, "workbooks": report.workbooks, "total": report.total,
        "left_out": dict(report.left_out),
    }  # fmt: skip


def _fetch(key: str, path: Path) -> None:
    """Write an uploaded template to the disk; raises GisTemplateRejected where there is none, or too much."""
    try:
        found = bucket.s3().get_object(Bucket=bucket.name(), Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            raise GisTemplateRejected from None
        raise
    if found["ContentLength"] > MAX_FILE_BYTES:
        raise TemplateTooLarge
    with path.open("wb") as written:
        for piece in found["Body"].iter_chunks(_PIECE):
            written.write(piece)


def _finish(supplier_id: str, fill_id: str, **changes: Any) -> None:  # noqa: ANN401 - attributes of the row
    sets = ", ".join(f"#{name} = :{name}" for name in changes)
    with suppress(_FillNotPending):
        dynamo.update(
            Table.ACCOUNTS, fill_key(supplier_id, fill_id), f"SET {sets}",
            condition=_IS_WAITING, on_conflict=_FillNotPending, waiting="waiting", **changes,
        )  # fmt: skip
