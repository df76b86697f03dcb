"""Puts registries into the exchange bucket; `cabinet.exchange.exports` decides what is in them."""

import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from cabinet.accounts.supplier_model import Supplier
from cabinet.aws.clients import PORTABLE_STORAGE, create_client
from cabinet.core import clock
from cabinet.core.remaining_time import HasTime
from cabinet.exchange.exports.csv_writer import CsvFormat
from cabinet.exchange.exports.export_job import ExportedFile
from cabinet.exchange.exports.export_requests import file_key
from cabinet.exchange.exports.kinds import KINDS
from cabinet.exchange.exports.workbook import workbook
from cabinet.exchange.model import Registry

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Delivered:
    """A registry's file: where billing fetches it, and what it is."""

    key: str
    registry: Registry
    rows: int
    content: bytes
    workbook: bytes | None = None
    """The same rows as a workbook, where the supplier wants one."""


def deliver(kind: str, supplier: Supplier, has_time: HasTime) -> Delivered | None:
    """Deliver the registry that is next; None when nothing waits.

    A run that died before it could note the delivery has left its registry: then that one is next, the same
    bytes under the same key.
    """
    spec, now = KINDS[kind], clock.now()
    today = clock.local_date(now, supplier.time_zone)
    exported = spec.export(
        supplier.supplier_id, today, now, csv_format=CsvFormat.of(supplier), has_time=has_time
    )
    if exported is None:
        return None
    done = _upload(kind, supplier, exported)
    spec.mark_delivered(exported.registry, clock.now())
    return done


def redeliver(kind: str, supplier: Supplier, number: int) -> Delivered:
    """Deliver a registry once more, under its number; raises NotFound."""
    return _upload(kind, supplier, KINDS[kind].redeliver(supplier.supplier_id, number))


def deliver_for_desk(kind: str, supplier: Supplier, number: int) -> None:
    """Deliver a registry once more, and as a workbook for the desk; raises NotFound."""
    exported = KINDS[kind].redeliver(supplier.supplier_id, number)
    _upload(kind, supplier, exported)
    key = file_key(kind, supplier.supplier_id, number, "xlsx")
    book = workbook(exported.registry, exported.sheets)
    s3_client().put_object(Bucket=os.environ["EXCHANGE_BUCKET"], Key=key, Body=book)


def _upload(kind: str, supplier: Supplier, exported: ExportedFile) -> Delivered:
    """Write the file; the same registry has the same key and bytes, so that writing twice changes nothing."""
    registry = exported.registry
    key = f"outbound/{registry.supplier_id}/{kind}/{exported.name}"
    book = workbook(registry, exported.sheets) if supplier.registry_xlsx else None
    if book is not None:
        workbook_key = f"{key.rpartition('.')[0]}.xlsx"
        s3_client().put_object(Bucket=os.environ["EXCHANGE_BUCKET"], Key=workbook_key, Body=book)
    s3_client().put_object(Bucket=os.environ["EXCHANGE_BUCKET"], Key=key, Body=exported.content)
    return Delivered(key, registry, exported.rows, exported.content, book)


@cache
def s3_client() -> "S3Client":
    """Return the one client of S3."""
    client: S3Client = create_client("s3", PORTABLE_STORAGE)
    return client
